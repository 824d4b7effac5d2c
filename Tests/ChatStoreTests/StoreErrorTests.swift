import ChatCore
import GRDB
import Testing

@testable import ChatStore

@Suite struct StoreErrorTests {
  @Test(arguments: [
    (ResultCode.SQLITE_FULL, StoreError.full), (.SQLITE_BUSY, .locked), (.SQLITE_LOCKED, .locked),
    (.SQLITE_CORRUPT_INDEX, .damaged), (.SQLITE_NOTADB, .notADatabase),
    (.SQLITE_READONLY_DBMOVED, .readOnly), (.SQLITE_IOERR_FSYNC, .diskFailed(code: 1034)),
    (.SQLITE_CANTOPEN, .cannotOpen(reason: "words")), (.SQLITE_AUTH, .cannotOpen(reason: "words")),
    (.SQLITE_MISUSE, .refused(code: 21, message: "words")),
  ])
  func `Each kind of SQLite's errors has a case of its own`(code: ResultCode, expected: StoreError)
  {
    #expect(StoreError(DatabaseError(resultCode: code, message: "words")) == expected)
  }

  @Test func `A statement never stands in what people read`() {
    let error = DatabaseError(
      resultCode: .SQLITE_ERROR, message: "near", sql: "SELECT secret", arguments: ["content"])
    let words = "\(ChatError(storing: error))"
    #expect(words == "the database refused (SQLite code 1): near")
  }

  @Test func `Each case says what happened`() {
    let all: [StoreError] = [
      .full, .diskFailed(code: 10), .locked, .damaged, .notADatabase, .foreign, .newerSchema,
      .readOnly, .cannotOpen(reason: "x"), .logWithoutDatabase, .logOfAnother,
      .logDamaged(frame: 1),
      .unreadable(what: "x", reason: "y"),
      .refused(code: 1, message: "x"),
    ]
    #expect(Set(all.map(\.description)).count == all.count)
    for error in all { #expect(error.chatError == .unavailable(reason: "\(error)")) }
  }

  @Test func `What the log does not allow stays what it is`() {
    #expect(ChatError(storing: ChatError.notFound(what: "x")) == .notFound(what: "x"))
    #expect(ChatError(storing: CancellationError()).code == "unavailable")
  }
}
