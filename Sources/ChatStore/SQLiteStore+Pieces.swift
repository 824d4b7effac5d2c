package import ChatCore
import GRDB

/// Reading what is too long for one view: first where it stands, then piece by piece, each in a
/// transaction of its own, so that a slow reader holds neither a connection nor the write-ahead log.
extension SQLiteStore {
  /// About how much one reading gives: enough for a chunk, short enough to hold nobody up. Of the
  /// last entry all is given, however long it is.
  private static let pieceLimit = (entryCount: 256, byteCount: 256 << 10)

  package func outline(
    of thread: ThreadID, before: EntryID?, limit: Int?
  ) async throws(ChatError) -> ThreadOutline {
    try await read { db in
      let thread = try db.livingThread(thread)
      let ranges = try db.ranges(of: thread, before: before, limit: limit)
      return try db.outline(
        of: thread, ranges.map(\.stretch), try db.forks(of: thread.id, along: ranges))
    }
  }

  package func tree(of thread: ThreadID) async throws(ChatError) -> ThreadOutline {
    try await read { db in
      var thread = try db.livingThread(thread)
      thread.lastSeq = try db.lastSeq(of: thread.id)
      // A branch is made after the one that it forks from, so the order of their numbers has each
      // entry behind its parent.
      let ends = try db.rows(
        """
        SELECT id, fork_position + 1,
          (SELECT max(position) FROM entry WHERE entry.branch = made.id)
        FROM branch AS made WHERE thread = ? ORDER BY id
        """, [thread.id.column]
      ) { (try $0.int(0), try $0.int(1), $0.optionalInt(2)) }
      let stretches = ends.compactMap { branch, first, last -> EntryCursor.Stretch? in
        guard let last, last >= first else { return nil }
        return EntryCursor.Stretch(branch: branch, positions: first...last)
      }
      return try db.outline(of: thread, stretches, [])
    }
  }

  package func piece(at cursor: EntryCursor) async throws(ChatError) -> EntryPiece {
    let (bodies, next) = try await piece(at: cursor, "body") { row in
      let body = try row.text(0)
      return (body, body.utf8.count)
    }
    return EntryPiece(entries: bodies, next: next)
  }

  /// What `value` makes of the rows at a cursor, from their `columns`, with the bytes that they
  /// have; and where those behind them begin.
  func piece<Value: Sendable>(
    at cursor: EntryCursor, _ columns: String,
    _ value: @escaping @Sendable (Row) throws -> (Value, byteCount: Int)
  ) async throws(ChatError) -> (values: [Value], next: EntryCursor?) {
    try await read { db in
      var cursor = cursor
      var (values, byteCount): ([Value], Int) = ([], 0)
      let limit = Self.pieceLimit
      while let stretch = cursor.stretch, values.count < limit.entryCount,
        byteCount < limit.byteCount
      {
        let (new, newByteCount) = try db.values(
          of: stretch, columns, value,
          limit: (limit.entryCount - values.count, limit.byteCount - byteCount))
        for _ in new { cursor.advance() }
        values += new
        byteCount += newByteCount
      }
      return (values, cursor.stretch == nil ? nil : cursor)
    }
  }
}

extension BranchRange {
  var stretch: EntryCursor.Stretch { EntryCursor.Stretch(branch: branch, positions: positions) }
}

extension Database {
  fileprivate func outline(
    of thread: ChatThread, _ stretches: [EntryCursor.Stretch], _ forks: [Fork]
  ) throws -> ThreadOutline {
    ThreadOutline(
      thread: thread, queued: try queued(in: thread.id) { try $0.text(1) }, seq: try lastSeq(),
      start: EntryCursor(stretches), forks: forks)
  }

  /// What `value` makes of a stretch's first entries, and how many bytes they have together.
  /// - Throws: `StoreError.unreadable` where one of them is not there.
  fileprivate func values<Value>(
    of stretch: EntryCursor.Stretch, _ columns: String,
    _ value: (Row) throws -> (Value, byteCount: Int),
    limit: (entryCount: Int, byteCount: Int)
  ) throws -> (values: [Value], byteCount: Int) {
    let (first, last) = (stretch.positions.lowerBound, stretch.positions.upperBound)
    let rows = try Row.fetchCursor(
      cachedStatement(
        sql: """
          SELECT \(columns), position FROM entry WHERE branch = ? AND position BETWEEN ? AND ?
          ORDER BY position LIMIT ?
          """),
      arguments: [stretch.branch, first, last, limit.entryCount])
    var (values, byteCount): ([Value], Int) = ([], 0)
    while byteCount < limit.byteCount, let row = try rows.next() {
      guard try row.int(row.count - 1) == first + Int64(values.count) else { break }
      let (new, newByteCount) = try value(row)
      values.append(new)
      byteCount += newByteCount
    }
    guard !values.isEmpty else {
      throw StoreError.unreadable(
        what: "branch \(stretch.branch)", reason: "nothing stands at position \(first)")
    }
    return (values, byteCount)
  }
}
