import ChatCore
import Foundation
import GRDB
import Testing

@testable import ChatStore

@Suite(.timeLimit(.minutes(2))) struct LongThreadTests {
  private static let entryCount = 100_000

  /// A thread as a year of talk leaves it, put there by hand since only reading is looked at.
  private func fill(_ store: SQLiteStore) async throws {
    let text = String(repeating: "lorem ipsum ", count: 160)
    try await store.pool.write { db in
      try db.execute(
        sql: "INSERT INTO branch (id, thread, fork_position) VALUES (1, 'main', -1)")
      try db.execute(
        sql: """
          WITH RECURSIVE entries(n) AS (
            SELECT 0 UNION ALL SELECT n + 1 FROM entries WHERE n < ?1 - 1)
          INSERT INTO entry (id, thread, seq, branch, position, parent, type, status, body)
          SELECT printf('%036d', n), 'main', n + 2, 1, n,
            CASE WHEN n > 0 THEN printf('%036d', n - 1) END, 'Message', 'complete',
            '{"type":"Message","id":"' || printf('%036d', n) || '","parent":'
            || CASE WHEN n > 0 THEN printf('"%036d"', n - 1) ELSE 'null' END
            || ',"thread":"main","seq":' || (n + 2) || ',"created_at":"2026-11-22T10:00:00.123Z",'
            || '"role":"user","content":"' || ?2 || '","to":null,"author":null,'
            || '"status":"complete","error":null,"model":null,"stop_reason":null,"usage":null}'
          FROM entries
          """, arguments: [Self.entryCount, text])
      try db.execute(sql: "UPDATE log SET seq = ?", arguments: [Self.entryCount + 1])
      try db.execute(
        sql: "UPDATE thread SET head = printf('%036d', ?)", arguments: [Self.entryCount - 1])
    }
  }

  @Test func `Reading piece by piece takes no more memory than a piece`() async throws {
    try await withStore { store in
      try await fill(store)
      let before = residentBytes()
      var (most, count, byteCount) = (0, 0, 0)
      var cursor = try await store.outline(of: .main, before: nil, limit: nil).start
      while let here = cursor {
        let piece = try await store.piece(at: here)
        count += piece.entries.count
        byteCount += piece.entries.reduce(0) { $0 + $1.utf8.count }
        most = max(most, residentBytes() - before)
        cursor = piece.next
      }
      #expect(count == Self.entryCount)
      #expect(byteCount > 200 << 20)
      #expect(most < 64 << 20)
      // All at once is what the bound is for.
      let outline = try await store.outline(of: .main, before: nil, limit: nil)
      let all = try await store.entries(of: outline)
      #expect(residentBytes() - before > 128 << 20)
      #expect(all.count == Self.entryCount)
    }
  }

  /// Bytes of memory that the process has, by proc(5).
  private func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
  }
}
