import ChatCore
import Foundation
import GRDB
import Testing

@testable import ChatStore

/// What a disk and a database refuse while chatd runs is known, in words, until they take something
/// again; and who reads goes on.
@Suite(.timeLimit(.minutes(1))) struct RefusalTests {
  @Test(arguments: [
    (FaultyDisk.Kind.write, ResultCode.SQLITE_FULL, StoreError.full),
    (.sync, .SQLITE_IOERR_FSYNC, .diskFailed(code: 1034)),
    (.write, .SQLITE_IOERR_WRITE, .diskFailed(code: 778)),
    (.write, .SQLITE_CORRUPT, .damaged), (.write, .SQLITE_READONLY, .readOnly),
  ])
  func `A disk that refuses says why, and is asked again`(
    kind: FaultyDisk.Kind, code: ResultCode, error: StoreError
  ) async throws {
    try await withFaultyDisk { disk, path in
      try await check(try SQLiteStore(path: path), error) {
        disk.decide { $0.kind == kind ? code : nil }
      } end: {
        disk.decide(nil)
      }
    }
  }

  @Test func `A database that another program holds says so, and is asked again`() async throws {
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      let other = try otherConnection(to: path)
      try await check(store, .locked) {
        try await other.writeWithoutTransaction { try $0.beginTransaction(.immediate) }
      } end: {
        try await other.writeWithoutTransaction { try $0.rollback() }
      }
    }
  }

  private func check(
    _ store: SQLiteStore, _ error: StoreError, begin: () async throws -> Void,
    end: () async throws -> Void
  ) async throws {
    let journal = Journal(store: store, sink: Told())
    let running = Task { await journal.run() }
    defer { running.cancel() }
    _ = try await journal.entry(.append(.said("before")))
    try await journal.checkStore()
    let seq = try await store.lastSeq()
    try await begin()
    await #expect(throws: error.chatError) { try await journal.entry(.append(.said("now"))) }
    await #expect(throws: error.chatError) { try await journal.checkStore() }
    #expect(try await store.texts() == ["before"])
    try await end()
    try await journal.checkStore()
    #expect(try await store.lastSeq() == seq)
    _ = try await journal.entry(.append(.said("after")))
    #expect(try await store.texts() == ["before", "after"])
    #expect(try await store.damage() == [])
  }
}
