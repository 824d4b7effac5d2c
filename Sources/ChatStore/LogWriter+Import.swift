import ChatCore
import GRDB

extension LogWriter {
  /// About how much is taken over, or forgotten, in one transaction: some milliseconds. Of the last
  /// entry it is all, however long.
  private static let pieceLimit = (entryCount: 128, byteCount: 256 << 10)

  /// Takes a step of an import.
  /// - Throws: `ChatError.conflict` where it is not the time for it, or the thread is deleted;
  ///   `.invalid` for a thread that can't be made.
  mutating func take(_ step: ImportStep) throws -> Committed {
    switch step {
    case .stage(let entries):
      try stage(entries)
      return .done
    case .accept(let thread): return try accept(thread)
    case .take: return try takePiece() ?? .done
    case .drop: return .removed(try dropPiece())
    }
  }

  private func stage(_ entries: [Entry]) throws {
    try checkNoneAccepted()
    for entry in entries {
      try db.run(
        "INSERT INTO import_entry (id, body) VALUES (?, ?)", [entry.id.column, try entry.body()])
    }
  }

  private mutating func accept(_ new: ChatThread) throws -> Committed {
    try checkNoneAccepted()
    let prevSeq = seq
    var subjects: [LoggedChange.Subject] = []
    let thread = try open(new, &subjects)
    try db.run(
      "INSERT INTO import (id, thread, head) VALUES (1, ?, ?)",
      [thread.id.column, new.head?.column])
    return .imported(thread, subjects, prevSeq: prevSeq, isLast: false)
  }

  private func checkNoneAccepted() throws {
    guard try db.row("SELECT 1 FROM import", []) == nil else {
      throw ChatError.conflict(reason: "another import is not taken over yet")
    }
  }

  /// The import's thread, which is made where it is not there.
  private mutating func open(
    _ new: ChatThread, _ subjects: inout [LoggedChange.Subject]
  ) throws -> ChatThread {
    if var old = try db.thread(new.id) {
      guard old.deletedAt == nil else {
        throw ChatError.conflict(
          reason: "thread \(new.id) is here and deleted: take the deletion back, then import")
      }
      old.lastSeq = try db.lastSeq(of: old.id)
      return old
    }
    let made = try changeThread(new.id, create: true) {
      $0 = new
      ($0.head, $0.deletedAt) = (nil, nil)
    }
    guard case .thread(let thread, _) = made else { return new }
    subjects.append(.thread(thread))
    return thread
  }

  /// - Returns: nil where nothing was accepted.
  private mutating func takePiece() throws -> Committed? {
    guard let row = try db.row("SELECT thread, head FROM import", []) else { return nil }
    let (id, head) = (ThreadID(try row.text(0)), row.optionalText(1).map(EntryID.init))
    let prevSeq = seq
    var subjects: [LoggedChange.Subject] = []
    let piece = try stagedPiece()
    for entry in piece.entries {
      // It may have come since it was put by.
      let isHere = try db.row("SELECT 1 FROM entry WHERE id = ?", [entry.id.column]) != nil
      if !isHere { subjects.append(.entry(try insert(entry).0)) }
    }
    try db.run("DELETE FROM import_entry WHERE number <= ?", [piece.end])
    let isLast = try db.row("SELECT 1 FROM import_entry LIMIT 1", []) == nil
    if isLast { subjects += try end(id, head: head) }
    guard var thread = try db.thread(id) else {
      throw StoreError.unreadable(what: "the import", reason: "its thread \(id) is missing")
    }
    thread.lastSeq = try db.lastSeq(of: id)
    return .imported(thread, subjects, prevSeq: prevSeq, isLast: isLast)
  }

  /// The head moves only where there was none.
  private mutating func end(_ id: ThreadID, head: EntryID?) throws -> [LoggedChange.Subject] {
    try db.run("DELETE FROM import", [])
    guard let head, try db.thread(id)?.head == nil,
      case .thread(let thread, _) = try changeThread(id, create: false, { $0.head = head })
    else { return [] }
    return [.thread(thread)]
  }

  /// What comes next, and the number of its last.
  private func stagedPiece() throws -> (entries: [Entry], end: Int64) {
    let limit = Self.pieceLimit
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT id, body, number, length(CAST(body AS BLOB)) FROM import_entry
          ORDER BY number LIMIT ?
          """),
      arguments: [limit.entryCount])
    var (entries, end, length): ([Entry], Int64, Int64) = ([], 0, 0)
    while length < limit.byteCount, let row = try rows.next() {
      entries.append(try Entry(row: row))
      end = try row.int(2)
      length += try row.int(3)
    }
    return (entries, end)
  }

  private func dropPiece() throws -> Int {
    try db.run("DELETE FROM import", [])
    try db.run(
      """
      DELETE FROM import_entry WHERE number IN (
        SELECT number FROM import_entry ORDER BY number LIMIT ?)
      """, [Self.pieceLimit.entryCount])
    return db.changesCount
  }
}
