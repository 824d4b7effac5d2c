import ChatCore
import GRDB
import Testing

@testable import ChatStore

@Suite struct ChatThreadRowTests {
  private func row(muted: String, seq: String = "7") throws -> Row {
    try DatabaseQueue().read { db in
      let sql = "SELECT 't', \(seq) AS seq, NULL, 5, 'head', NULL, 'kind', '\(muted)', 3, 9"
      return try #require(try Row.fetchOne(db, sql: sql))
    }
  }

  @Test func `A row is a thread`() throws {
    var expected = ChatThread(
      id: ThreadID("t"), createdAt: Timestamp(milliseconds: 5), head: EntryID("head"),
      system: "kind", muted: [ChildID("a"), ChildID("b")], readSeq: 3,
      deletedAt: Timestamp(milliseconds: 9))
    expected.seq = 7
    #expect(try ChatThread(row: row(muted: #"["a","b"]"#)) == expected)
  }

  @Test func `A row that is no thread is an error`() throws {
    #expect(throws: StoreError.self) { try ChatThread(row: row(muted: "[")) }
    #expect(throws: StoreError.self) { try ChatThread(row: row(muted: "[]", seq: "NULL")) }
  }
}
