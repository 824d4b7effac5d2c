import ChatCore
import Synchronization

/// The log in memory, with the store's rules, and with faults and delays where a test wants them.
final class MemoryLog: EntryStore, EntryReader {
  /// Asked before each group of changes; may hold it back, and its error fails the whole group.
  typealias Hook = @Sendable ([Change]) async -> ChatError?
  /// Asked before each reading, with the name of what is read.
  typealias ReadHook = @Sendable (String) async throws -> Void

  let state: Watched<LogState>
  /// What the log was after each change, from the beginning: what `kill -9` at that point leaves.
  /// Kept where a test asks for it, since each is a copy.
  let moments: Watched<[LogState]>
  private let keepsMoments: Bool
  /// How many changes each commit had.
  let groups = Watched<[Int]>([])
  private let hook = Mutex<Hook?>(nil)
  private let readHook = Mutex<ReadHook?>(nil)
  private let resultHook = Mutex<(@Sendable (String) async -> Void)?>(nil)

  init(_ state: LogState = LogState(), keepsMoments: Bool = false) {
    self.keepsMoments = keepsMoments
    self.state = Watched(state)
    moments = Watched([state])
  }

  func intercept(_ hook: Hook?) { self.hook.withLock { $0 = hook } }
  func interceptReading(_ hook: ReadHook?) { readHook.withLock { $0 = hook } }
  /// Holds back what has been read, which may be out of date then.
  func interceptReadingResult(_ hook: @escaping @Sendable (String) async -> Void) {
    resultHook.withLock { $0 = hook }
  }

  func commit(_ changes: [Change]) async -> [Result<Committed, ChatError>] {
    groups.update { $0.append(changes.count) }
    if let hook = hook.withLock({ $0 }), let error = await hook(changes) {
      return changes.map { _ in .failure(error) }
    }
    return changes.map { change in
      let result = state.update { state -> Result<Committed, ChatError> in
        Result { () throws(ChatError) in try state.apply(change) }
      }
      if keepsMoments, case .success = result {
        moments.update { [state] in $0.append(state.value) }
      }
      return result
    }
  }

  func read(_ what: String) async throws -> LogState {
    try await readHook.withLock { $0 }?(what)
    let view = state.value
    await resultHook.withLock { $0 }?(what)
    return view
  }

  var epoch: String { "memory" }

  func page(of thread: ThreadID, before: EntryID?, limit: Int?) async throws -> ThreadPage {
    let log = try await read("page")
    guard let head = log.threads[thread], head.isLiving else {
      throw ChatError.notFound(what: "thread \(thread)")
    }
    var last = head.head
    if let before {
      guard let entry = log.entries[before] else {
        throw ChatError.notFound(what: "entry \(before)")
      }
      last = entry.parent
    }
    let path = log.path(endingWith: last).map(\.withoutKept)
    let entries = limit.map { Array(path.suffix($0)) } ?? path
    return ThreadPage(
      entries: entries, queued: log.queued(in: thread), head: head.head, seq: log.seq,
      forks: log.forks(along: entries))
  }

  func path(of thread: ThreadID, before: EntryID) async throws -> [Entry] {
    let log = try await read("path")
    guard log.threads[thread]?.isLiving == true else {
      throw ChatError.notFound(what: "thread \(thread)")
    }
    guard let entry = log.entries[before] else {
      throw ChatError.notFound(what: "entry \(before)")
    }
    return log.path(endingWith: entry.parent)
  }

  func usage(of thread: ThreadID) async throws -> ThreadUsage {
    var sum = ThreadUsage()
    for entry in try await read("usage").entries.values where entry.thread == thread {
      if let usage = entry.message?.usage { sum.add(usage) }
    }
    return sum
  }

  func outline(
    of thread: ThreadID, before: EntryID?, limit: Int?
  ) async throws -> ThreadOutline {
    let page = try await page(of: thread, before: before, limit: limit)
    let log = state.value
    return try log.outline(of: thread, page.entries)
  }

  func tree(of thread: ThreadID) async throws -> ThreadOutline {
    let log = try await read("tree")
    let entries = log.entries.values.filter { $0.thread == thread && !$0.isQueued }
    // Numbers of a path's own: a parent's depth is less than its children's.
    return try log.outline(
      of: thread, entries.sorted { (log.depth($0), $0.id) < (log.depth($1), $1.id) })
  }

  /// A branch of its own for each entry, named by its place in the order of arrival.
  func piece(at cursor: EntryCursor) async throws -> EntryPiece {
    let log = try await read("piece")
    var (cursor, entries) = (cursor, [String]())
    while let stretch = cursor.stretch, entries.count < 3 {
      let entry = log.entries[log.arrival[Int(stretch.branch)]]
      entries.append(String(decoding: entry?.json ?? [], as: UTF8.self))
      cursor.advance()
    }
    return EntryPiece(entries: entries, next: cursor.stretch == nil ? nil : cursor)
  }

  func changes(after seq: Int64, limit: Int) async throws -> [LoggedChange.Subject] {
    let log = try await read("changes")
    let changes =
      log.entries.values.map { ($0.seq, LoggedChange.Subject.entry($0)) }
      + log.threads.values.map { ($0.seq, .thread($0)) }
    return changes.filter { $0.0 > seq }.sorted { $0.0 < $1.0 }.prefix(limit).map(\.1)
  }

  func entry(_ id: EntryID) async throws -> Entry? {
    try await read("entry").entries[id]?.withoutKept
  }

  func message(sentAs clientMessageID: String, in thread: ThreadID) async throws -> Message? {
    let log = try await read("message")
    guard log.threads[thread]?.isLiving == true else {
      throw ChatError.notFound(what: "thread \(thread)")
    }
    return log.clientMessageIDs["\(thread)/\(clientMessageID)"].flatMap { log.entries[$0]?.message }
  }

  func standings(of ids: Set<EntryID>) async throws -> [EntryID: EntryStanding] {
    let log = try await read("standings")
    return Dictionary(
      ids.compactMap { id in
        log.entries[id].map {
          (
            id,
            EntryStanding(
              thread: $0.thread, isMessage: $0.message != nil, hasPlace: !$0.isQueued)
          )
        }
      }, uniquingKeysWith: { first, _ in first })
  }

  func rollup(of message: EntryID) async throws -> Rollup? {
    try await read("rollup").rollups(of: message).last
  }

  func threads() async throws -> [ChatThread] {
    try await read("threads").threads.values.filter(\.isLiving)
      .sorted { $0.id.text < $1.id.text }
  }

  func snapshot(
    of thread: ThreadID, limit: Int
  ) async throws -> (page: ThreadPage, threads: [ChatThread]) {
    (try await page(of: thread, before: nil, limit: limit), try await threads())
  }

  func unfinished() async throws -> Unfinished {
    let log = try await read("unfinished")
    let entries = log.arrival.compactMap { log.entries[$0] }
    let messages = entries.compactMap(\.message)
    return Unfinished(
      turns: log.turns.filter { log.threads[$0.key]?.isLiving == true },
      queued: messages.filter { $0.status == .queued && log.threads[$0.thread]?.isLiving == true }
        .map { ($0, log.branchFrom[$0.id]) },
      streaming: messages.filter { $0.status == .streaming }
        .map { ($0, log.drafts[$0.id] ?? "") })
  }

  func children() async throws -> [ChildID: ChildRecord] { try await read("children").children }

  /// The core does not search.
  func search(_ query: SearchQuery) async throws -> SearchPage {
    SearchPage(hits: [], next: nil, seq: try await read("search").seq)
  }
}

extension Entry {
  /// As everybody but `path` sees it.
  var withoutKept: Entry {
    guard case .message(var message) = self else { return self }
    message.kept = nil
    return .message(message)
  }
}
