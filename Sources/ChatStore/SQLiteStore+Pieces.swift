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
      let stretches = ranges.map {
        EntryCursor.Stretch(branch: $0.branch, positions: $0.positions)
      }
      return try db.outline(of: thread, stretches, try db.forks(of: thread.id, along: ranges))
    }
  }

  package func tree(of thread: ThreadID) async throws(ChatError) -> ThreadOutline {
    try await read { db in
      let thread = try db.livingThread(thread)
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
    try await read { db in
      var cursor = cursor
      var (entries, byteCount): ([String], Int) = ([], 0)
      let limit = Self.pieceLimit
      while let stretch = cursor.stretch, entries.count < limit.entryCount,
        byteCount < limit.byteCount
      {
        let bodies = try db.bodies(
          of: stretch, limit: (limit.entryCount - entries.count, limit.byteCount - byteCount))
        for body in bodies {
          byteCount += body.utf8.count
          cursor.advance()
        }
        entries += bodies
      }
      return EntryPiece(entries: entries, next: cursor.stretch == nil ? nil : cursor)
    }
  }
}

extension Database {
  fileprivate func outline(
    of thread: ChatThread, _ stretches: [EntryCursor.Stretch], _ forks: [Fork]
  ) throws -> ThreadOutline {
    ThreadOutline(
      thread: thread, queued: try queued(in: thread.id) { try $0.text(1) }, seq: try lastSeq(),
      start: EntryCursor(stretches), forks: forks)
  }

  /// The JSON of a stretch's first entries, as it is stored.
  /// - Throws: `StoreError.unreadable` where one of them is not there.
  fileprivate func bodies(
    of stretch: EntryCursor.Stretch, limit: (entryCount: Int, byteCount: Int)
  ) throws -> [String] {
    let (first, last) = (stretch.positions.lowerBound, stretch.positions.upperBound)
    let rows = try Row.fetchCursor(
      cachedStatement(
        sql: """
          SELECT position, body FROM entry WHERE branch = ? AND position BETWEEN ? AND ?
          ORDER BY position LIMIT ?
          """),
      arguments: [stretch.branch, first, last, limit.entryCount])
    var (bodies, byteCount): ([String], Int) = ([], 0)
    while byteCount < limit.byteCount, let row = try rows.next() {
      guard try row.int(0) == first + Int64(bodies.count) else { break }
      let body = try row.text(1)
      byteCount += body.utf8.count
      bodies.append(body)
    }
    guard !bodies.isEmpty else {
      throw StoreError.unreadable(
        what: "branch \(stretch.branch)", reason: "nothing stands at position \(first)")
    }
    return bodies
  }
}
