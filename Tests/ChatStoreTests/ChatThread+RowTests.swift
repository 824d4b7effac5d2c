import ChatCore
import GRDB
import Testing

@testable import ChatStore

@Suite struct ChatThreadRowTests {
  private func row(muted: String, seq: String = "7", limits: String = "NULL, 0") throws -> Row {
    try DatabaseQueue().read { db in
      let sql = """
        SELECT 't', \(seq) AS seq, NULL, 5, 'head', NULL, 'kind', '\(muted)', 3, 9, \(limits)
        """
      return try #require(try Row.fetchOne(db, sql: sql))
    }
  }

  @Test func `A row is a thread`() throws {
    var expected = ChatThread(
      id: ThreadID("t"), createdAt: Timestamp(milliseconds: 5), head: EntryID("head"),
      system: "kind", muted: [ChildID("a"), ChildID("b")], readSeq: 3,
      deletedAt: Timestamp(milliseconds: 9))
    (expected.seq, expected.maxToolRounds) = (7, 0)
    #expect(try ChatThread(row: row(muted: #"["a","b"]"#)) == expected)
    (expected.maxTokens, expected.maxToolRounds) = (4096, nil)
    #expect(try ChatThread(row: row(muted: #"["a","b"]"#, limits: "4096, NULL")) == expected)
  }

  @Test func `What is written is read back, and can be taken back`() async throws {
    try await withStore { store in
      try await store.commit(.thread(.main) { ($0.maxTokens, $0.maxToolRounds) = (4096, 0) })
      var main = try #require(try await store.threads().first)
      #expect(main.maxTokens == 4096 && main.maxToolRounds == 0)
      try await store.commit(.thread(.main) { $0.maxTokens = nil })
      main = try #require(try await store.threads().first)
      #expect(main.maxTokens == nil && main.maxToolRounds == 0)
    }
  }

  @Test func `A row that is no thread is an error`() throws {
    #expect(throws: StoreError.self) { try ChatThread(row: row(muted: "[")) }
    #expect(throws: StoreError.self) { try ChatThread(row: row(muted: "[]", seq: "NULL")) }
  }
}
