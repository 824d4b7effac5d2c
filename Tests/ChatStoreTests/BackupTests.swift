import ChatCore
import Foundation
import GRDB
import Testing

@testable import ChatStore

@Suite struct BackupTests {
  private func names(beside path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path)
  }

  @Test func `A copy is the same log under another epoch, in one file of its owner's`() async throws
  {
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      _ = try await Log(in: store)
      let target = path + ".copy"
      let backup = try await Backup.make(of: path, at: target)
      let attributes = try FileManager.default.attributesOfItem(atPath: target)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      #expect((attributes[.size] as? NSNumber)?.int64Value == backup.byteCount)
      #expect(backup.path == target && backup.entryCount == 8)
      let (seq, entries) = (try await store.lastSeq(), try await store.path())
      #expect(backup.lastSeq == seq)
      let name = URL(fileURLWithPath: path).lastPathComponent
      #expect(
        try names(beside: path).sorted() == ["", "-shm", "-wal", ".copy"].map { name + $0 })

      let copy = try SQLiteStore(path: target)
      #expect(copy.epoch != store.epoch)
      #expect(copy.epoch.count == 36)
      #expect(try await copy.path() == entries)
      let (threads, unfinished) = (try await store.threads(), try await store.unfinished())
      #expect(try await copy.threads() == threads)
      #expect(try await copy.unfinished().turns == unfinished.turns)
      #expect(try await copy.children().keys.map(\.text) == ["keeper"])
      #expect(try await Verification.run(on: target)?.findings == [])
    }
  }

  @Test func `What was committed before it begins is in it, whatever is written meanwhile`()
    async throws
  {
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      try await store.say("first")
      let rounds = Counter()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          let text = String(repeating: "x", count: 10_000)
          while rounds.count < 8 { try await store.say(text) }
        }
        for round in 0..<8 {
          defer { rounds.next() }
          let before = try await store.lastSeq()
          let backup = try await Backup.make(of: path, at: "\(path).\(round)")
          let after = try await store.lastSeq()
          #expect(backup.lastSeq >= before && backup.lastSeq <= after)
          let numbers = try await SQLiteStore(path: backup.path).changes(after: 0, limit: .max)
          #expect(numbers.count == Int(backup.lastSeq), "no number is missing")
        }
      }
    }
  }

  @Test func `Writers go on between its steps`() async throws {
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      let text = String(repeating: "x", count: 100_000)
      for _ in 0..<40 { try await store.say(text) }
      let written = Counter()
      let backup = try await Backup.make(of: path, at: path + ".copy") { progress in
        guard progress.step == .copying, progress.fraction ?? 1 < 1 else { return }
        // The copying waits for this: had it locked the database, this would wait for it.
        let other = try? otherConnection(to: path)
        try? other?.write { try $0.execute(sql: "UPDATE log SET seq = seq + 1") }
        written.next()
      }
      let steps = written.count
      #expect(steps > 1)
      #expect(try await store.lastSeq() == backup.lastSeq + Int64(steps))
    }
  }

  @Test func `A file that is there stays as it is`() async throws {
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      try await store.say("hello")
      let target = path + ".copy"
      try Data("mine".utf8).write(to: URL(fileURLWithPath: target))
      await #expect(throws: BackupError.targetExists(target)) {
        try await Backup.make(of: path, at: target)
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == Data("mine".utf8))
    }
  }

  @Test func `A file that comes meanwhile stays as it is, and nothing else is left`() async throws {
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      try await store.say("hello")
      let target = path + ".copy"
      await #expect(throws: BackupError.targetExists(target)) {
        try await Backup.make(of: path, at: target) { _ in
          _ = FileManager.default.createFile(atPath: target, contents: Data("mine".utf8))
        }
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == Data("mine".utf8))
      #expect(try names(beside: path).count == 4)
    }
  }

  @Test func `Broken off anywhere it leaves nothing`() async throws {
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      let text = String(repeating: "x", count: 100_000)
      for _ in 0..<40 { try await store.say(text) }
      // The number of reports that come, then a cancellation at each of them.
      let all = Counter()
      _ = try await Backup.make(of: path, at: path + ".all") { _ in all.next() }
      let names = try names(beside: path).sorted()
      let count = all.count
      #expect(count > 4)
      for last in 1...count {
        #expect(await isCancelled(at: last, path))
        #expect(try self.names(beside: path).sorted() == names)
      }
    }
  }

  /// Copies a database in a task that is cancelled with its `last`th report, and says whether that
  /// is what it ended by.
  private func isCancelled(at last: Int, _ path: String) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        let seen = Counter()
        do {
          _ = try await Backup.make(of: path, at: path + ".copy") { _ in
            if seen.next() == last { withUnsafeCurrentTask { $0?.cancel() } }
          }
          return false
        } catch { return error is CancellationError }
      }
      return await group.next() ?? false
    }
  }

  @Test func `Where nothing was stored there is nothing to be copied`() async throws {
    try await withPath { path in
      await #expect(throws: BackupError.nothingStored(source: path)) {
        try await Backup.make(of: path, at: path + ".copy")
      }
      let left = try names(beside: path)
      #expect(left == [])
    }
  }

  @Test func `A folder that is not there is named`() async throws {
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      try await store.say("hello")
      let target = path + "s/copy"
      await #expect(
        throws: BackupError.cannotWrite(target: target, reason: "No such file or directory")
      ) { try await Backup.make(of: path, at: target) }
    }
  }

  @Test func `Of what is damaged no copy is kept, and it stays as it is`() async throws {
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      _ = try await Log(in: store)
      try await store.pool.write {
        try $0.execute(sql: "UPDATE thread SET head = 'x' WHERE id = 'other'")
      }
      try store.close()
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      await #expect(
        throws: BackupError.damaged(
          source: path, findings: ["thread other: its head x is not in it"])
      ) { try await Backup.make(of: path, at: path + ".copy") }
      #expect(try names(beside: path).contains { $0.contains("copy") } == false)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    }
  }

  @Test func `A database of a later chatd, of another program or of none is refused`() async throws
  {
    try await withPath { path in
      try Data(repeating: 7, count: 5000).write(to: URL(fileURLWithPath: path))
      await #expect(
        throws: BackupError.cannotRead(source: path, reason: "\(StoreError.notADatabase)")
      ) { try await Backup.make(of: path, at: path + ".copy") }
    }
    try await withPath { path in
      let other = try DatabaseQueue(path: path)
      try await other.write { try $0.execute(sql: "CREATE TABLE theirs (x)") }
      await #expect(
        throws: BackupError.cannotRead(source: path, reason: "\(StoreError.foreign)")
      ) { try await Backup.make(of: path, at: path + ".copy") }
    }
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      try await store.pool.write {
        try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2 of the future')")
      }
      await #expect(
        throws: BackupError.cannotRead(source: path, reason: "\(StoreError.newerSchema)")
      ) { try await Backup.make(of: path, at: path + ".copy") }
    }
  }

  @Test func `A copy beside the write-ahead log of another database is refused`() async throws {
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      try await store.say("before")
      let target = path + ".copy"
      _ = try await Backup.make(of: path, at: target)
      try await store.say("after")
      // As after kill -9: the log is there, and the copy is put in the place of the database.
      try FileManager.default.copyItem(atPath: path + "-wal", toPath: target + "-wal")
      let (copy, log) = (
        try Data(contentsOf: URL(fileURLWithPath: target)),
        try Data(contentsOf: URL(fileURLWithPath: target + "-wal"))
      )
      let expected = ChatError.unavailable(reason: "\(target): \(StoreError.logOfAnother)")
      #expect(throws: expected) { try SQLiteStore(path: target) }
      await #expect(throws: expected) { try await Verification.run(on: target) }
      #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == copy)
      #expect(try Data(contentsOf: URL(fileURLWithPath: target + "-wal")) == log)
      try FileManager.default.removeItem(atPath: target + "-wal")
      #expect(try await SQLiteStore(path: target).path().map(\.text) == ["before"])
    }
  }
}
