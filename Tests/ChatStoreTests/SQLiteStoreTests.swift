import ChatCore
import Foundation
import GRDB
import Testing

@testable import ChatStore

@Suite struct SQLiteStoreTests {
  @Test func `A commit is flushed to the disk before it returns`() async throws {
    try await withStore { store in
      let (synchronous, mode) = try await store.pool.writeWithoutTransaction { db in
        (
          try Int.fetchOne(db, sql: "PRAGMA synchronous"),
          try String.fetchOne(db, sql: "PRAGMA journal_mode")
        )
      }
      #expect(synchronous == 2)
      #expect(mode == "wal")
    }
  }

  @Test func `The write-ahead log is kept small`() async throws {
    try await withStore { store in
      let (limit, checkpoint) = try await store.pool.writeWithoutTransaction { db in
        (
          try Int.fetchOne(db, sql: "PRAGMA journal_size_limit"),
          try Int.fetchOne(db, sql: "PRAGMA wal_autocheckpoint")
        )
      }
      #expect(limit == 16 << 20)
      #expect(checkpoint == 1000)
    }
  }

  @Test func `Opened again it is the same log`() async throws {
    try await withPath { path in
      let first = try SQLiteStore(path: path)
      let hello = try await first.say("hello")
      try await first.stored(.append(.rolledUp(hello)))
      try await first.commit(.thread(ThreadID("t"), create: true) { $0.title = "Two" })
      let (entries, threads) = (try await first.path(), try await first.threads())
      let seq = try await first.lastSeq()
      try first.close()

      let second = try SQLiteStore(path: path)
      #expect(second.epoch == first.epoch)
      #expect(try await second.path() == entries)
      #expect(try await second.threads() == threads)
      #expect(try await second.lastSeq() == seq)
      #expect(try await second.say("again").seq == seq + 1)
    }
  }

  @Test func `Another database is another log`() async throws {
    let first = try await withStore { $0.epoch }
    let second = try await withStore { $0.epoch }
    #expect(first != second)
    #expect(first.count == 36)
  }

  @Test func `A closed database is one file, and refuses without a crash`() async throws {
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      try await store.say("hello")
      try store.close()
      #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
      #expect(await store.commit([.append(.said("x"))])[0].error?.code == "unavailable")
      await #expect(throws: ChatError.self) { try await store.threads() }
    }
  }

  @Test(arguments: [0, 64, 4096]) func `A file that is no database is left as it is`(
    headerByteCount: Int
  ) async throws {
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      try await store.say("hello")
      try store.close()
      let file = URL(fileURLWithPath: path)
      var bytes = try Data(contentsOf: file)
      for index in headerByteCount..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: index) }
      try bytes.write(to: file)
      let error = try #require(throws: ChatError.self) { try SQLiteStore(path: path) }
      #expect(error.code == "unavailable")
      #expect("\(error)".hasPrefix("\(path): the database"))
      #expect(try Data(contentsOf: file) == bytes)
    }
  }

  @Test func `Damage that shows later is an error for those alone who read it`() async throws {
    try await withStore { store in
      let hello = try await store.say("hello")
      try await store.pool.write {
        try $0.execute(sql: "UPDATE entry SET body = 'x' WHERE id = ?", arguments: [hello.id.text])
      }
      let error = await #expect(throws: ChatError.self) { try await store.path() }
      #expect(error?.code == "unavailable")
      let amended = await store.commit([.amend(hello.id) { _ in }, .turnEnded(.main)])
      #expect(amended[0].error?.code == "unavailable")
      #expect(amended[1].error == nil)
      #expect(try await store.threads().count == 1)
    }
  }

  @Test func `A task that is cancelled still reads and writes`() async throws {
    try await withStore { store in
      let hello = try await withThrowingTaskGroup(of: Entry?.self) { group in
        group.cancelAll()
        group.addTask {
          #expect(Task.isCancelled)
          let hello = try await store.say("hello")
          return try await store.entry(hello.id)
        }
        return try await group.next()
      }
      #expect(try await store.path() == [hello])
    }
  }

  @Test func `Whoever waits for the disk keeps no thread of the tasks'`() async throws {
    try await withStore { store in
      try await store.pool.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA busy_timeout = 300000")  // for a machine that is busy as well
      }
      let other = try otherConnection(to: store.pool.path)
      try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
      // More than there are cooperative threads: were they held, nothing here would go on until
      // all these had failed as locked.
      let waiterCount = ProcessInfo.processInfo.activeProcessorCount + 1
      let results = await withTaskGroup(of: [Result<Committed, ChatError>].self) { group in
        for _ in 0..<waiterCount { group.addTask { await store.commit([.append(.said("x"))]) } }
        for _ in 0..<20 { await Task.yield() }
        _ = try? await store.path()
        try? await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        var results: [Result<Committed, ChatError>] = []
        for await result in group { results += result }
        return results
      }
      #expect(results.count == waiterCount)
      #expect(results.allSatisfy { $0.error == nil })
    }
  }
}
