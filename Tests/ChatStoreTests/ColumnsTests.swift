import ChatCore
import GRDB
import Testing

@testable import ChatStore

@Suite struct ColumnsTests {
  private func row(_ sql: String) throws -> Row {
    try DatabaseQueue().read { try #require(try Row.fetchOne($0, sql: sql)) }
  }

  @Test func `Columns are read as what they are`() throws {
    let row = try row("SELECT 'text' AS a, 42 AS b, NULL AS c")
    #expect(try row.text(0) == "text")
    #expect(try row.int(1) == 42)
    #expect(row.optionalText(2) == nil)
    #expect(row.optionalInt(2) == nil)
  }

  @Test func `A value of another kind is an error that names its column`() throws {
    let row = try row("SELECT 'text' AS a, 42 AS b, NULL AS c")
    #expect(throws: StoreError.unreadable(what: "a row", reason: #"expected a number as "a""#)) {
      try row.int(0)
    }
    #expect(throws: StoreError.unreadable(what: "a row", reason: #"expected text as "b""#)) {
      try row.text(1)
    }
    #expect(throws: StoreError.self) { try row.text(2) }
  }

  @Test func `A row that has to be there and is not is an error`() throws {
    #expect(throws: StoreError.self) {
      try DatabaseQueue().read { db in
        try Row.required(db, sql: "SELECT 1 WHERE 0", of: "the log").int(0)
      }
    }
  }

  @Test func `A NUL does not cut a text off`() {
    #expect("a\0b".column == "a\u{FFFD}b")
    #expect("a\0\u{301}b".column == "a\u{FFFD}\u{301}b")
    #expect("Grüße 🎲".column == "Grüße 🎲")
    #expect(EntryID("x\0").column == "x\u{FFFD}")
    #expect(ThreadID("x\0").column == "x\u{FFFD}")
    #expect(ChildID("x\0").column == "x\u{FFFD}")
  }
}
