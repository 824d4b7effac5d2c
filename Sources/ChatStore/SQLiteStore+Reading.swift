package import ChatCore
import ChildProtocol
import GRDB

extension SQLiteStore {
  package func page(
    of thread: ThreadID, before: EntryID?, limit: Int?
  ) async throws(ChatError) -> ThreadPage {
    try await read { try $0.page(of: thread, before: before, limit: limit) }
  }

  package func snapshot(
    of thread: ThreadID, limit: Int
  ) async throws(ChatError) -> (page: ThreadPage, threads: [ChatThread]) {
    try await read { (try $0.page(of: thread, before: nil, limit: limit), try $0.threads()) }
  }

  package func changes(
    after seq: Int64, limit: Int
  ) async throws(ChatError) -> [LoggedChange.Subject] {
    try await read { db in
      let limit = max(0, limit)
      let entries = try db.rows(
        "SELECT id, body FROM entry WHERE seq > ? ORDER BY seq LIMIT ?", [seq, limit],
        Entry.init(row:))
      let threads = try db.rows(
        "SELECT \(ChatThread.listed) FROM thread WHERE seq > ? ORDER BY seq LIMIT ?",
        [seq, limit], ChatThread.init(listed:))
      let changes =
        entries.map { ($0.seq, LoggedChange.Subject.entry($0)) }
        + threads.map { ($0.seq, .thread($0)) }
      return changes.sorted { $0.0 < $1.0 }.prefix(limit).map(\.1)
    }
  }

  package func entry(_ id: EntryID) async throws(ChatError) -> Entry? {
    try await read { try $0.entry(id) }
  }

  package func message(
    sentAs clientMessageID: String, in thread: ThreadID
  ) async throws(ChatError) -> Message? {
    try await read { db in
      let thread = try db.livingThread(thread)
      return try db.entry(sentAs: clientMessageID.column, in: thread.id)?.message
    }
  }

  package func standings(
    of ids: Set<EntryID>
  ) async throws(ChatError) -> [EntryID: EntryStanding] {
    try await read { db in
      var standings: [EntryID: EntryStanding] = [:]
      for id in ids {
        let row = try db.row(
          "SELECT thread, type, branch IS NOT NULL FROM entry WHERE id = ?", [id.column])
        guard let row else { continue }
        standings[id] = EntryStanding(
          thread: ThreadID(try row.text(0)), isMessage: try row.text(1) == "Message",
          hasPlace: try row.int(2) != 0)
      }
      return standings
    }
  }

  package func rollup(of message: EntryID) async throws(ChatError) -> Rollup? {
    try await read { db in
      try db.row(
        """
        SELECT id, body FROM entry WHERE original = ? AND type = 'Rollup'
        ORDER BY arrival DESC LIMIT 1
        """, [message.column]
      ).map(Entry.init(row:))?.rollup
    }
  }

  package func threads() async throws(ChatError) -> [ChatThread] {
    try await read { try $0.threads() }
  }

  package func children() async throws(ChatError) -> [ChildID: ChildRecord] {
    try await read { db in
      let all = "SELECT id, wanted, generation, state, crashes, approvals FROM child"
      let records = try db.rows(all) { row in
        let id = try row.text(0)
        do {
          let json = try (3...5).map { try row.optionalText($0).map { try JSON(parsing: $0.utf8) } }
          return (
            ChildID(id),
            ChildRecord(
              wanted: row.optionalInt(1).map { $0 != 0 }, generation: try row.int(2),
              state: json[0], crashes: json[1], approvals: json[2])
          )
        } catch {
          throw StoreError.unreadable(what: "the record of child \(id)", reason: "\(error)")
        }
      }
      return Dictionary(records) { first, _ in first }
    }
  }
}

extension Database {
  func entry(sentAs clientMessageID: String, in thread: ThreadID) throws -> Entry? {
    try row(
      "SELECT id, body FROM entry WHERE thread = ? AND client_msg_id = ?",
      [thread.column, clientMessageID]
    ).map(Entry.init(row:))
  }

  fileprivate func page(of id: ThreadID, before: EntryID?, limit: Int?) throws -> ThreadPage {
    let thread = try livingThread(id)
    let ranges = try ranges(of: thread, before: before, limit: limit)
    return ThreadPage(
      entries: try ranges.flatMap { try entries(in: $0) },
      queued: try queued(in: id, Entry.init(row:)).compactMap(\.message),
      head: thread.head, seq: try lastSeq(), forks: try forks(of: id, along: ranges))
  }

  fileprivate func threads() throws -> [ChatThread] {
    try rows(
      """
      SELECT \(ChatThread.listed) FROM thread WHERE deleted_at IS NULL
      ORDER BY id <> 'main', created_at DESC, id DESC
      """, [], ChatThread.init(listed:))
  }

  /// The stretch of a thread's path that is asked for.
  /// - Throws: `ChatError.notFound` where `before` has no place in the thread.
  func ranges(of thread: ChatThread, before: EntryID?, limit: Int?) throws -> [BranchRange] {
    guard let end = try end(of: thread, before: before) else { return [] }
    return try BranchPath.ranges(endingAt: end, limit: limit) { try branch($0) }
  }

  /// Where that stretch ends; nil: the thread has no entries.
  private func end(of thread: ChatThread, before: EntryID?) throws -> Place? {
    guard let before else { return try thread.head.flatMap { try place(of: $0, in: thread.id) } }
    guard let place = try place(of: before, in: thread.id) else {
      throw ChatError.notFound(what: "entry \(before)")
    }
    return Place(branch: place.branch, position: place.position - 1)
  }

  /// What `read` makes of the identifier and the JSON of what waits in a thread, in the order of
  /// arrival.
  func queued<T>(in thread: ThreadID, _ read: (Row) throws -> T) throws -> [T] {
    try rows(
      "SELECT id, body FROM entry WHERE thread = ? AND status = 'queued' ORDER BY arrival",
      [thread.column], read)
  }

  fileprivate func entries(in range: BranchRange) throws -> [Entry] {
    try rows(
      """
      SELECT id, body FROM entry WHERE branch = ? AND position BETWEEN ? AND ? ORDER BY position
      """, [range.branch, range.positions.lowerBound, range.positions.upperBound],
      Entry.init(row:))
  }
}
