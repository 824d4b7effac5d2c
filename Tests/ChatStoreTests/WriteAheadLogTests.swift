import ChatCore
import Foundation
import GRDB
import TestSupport
import Testing

@testable import ChatStore

/// A byte of the log is not what it was, and all the ways in which frames come to stand behind the
/// end of a log that is as it should be.
@Suite(.timeLimit(.minutes(2))) struct WriteAheadLogTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `Damage is found wherever a later commit was begun, and nowhere else`() async throws {
    let files = try await Prepared.killed(after: (0..<4).map { "\($0)" })
    let log = try LogBytes(try #require(files["chat.db-wal"]))
    #expect(log.commits.count > 4 && log.commits.last == log.frameCount - 1)
    for frame in 0..<log.frameCount {
      // The page's number, the commit's mark, the salts, the checksum, the page.
      for place in [1, 6, 10, 18, 24, 24 + 4095] {
        // A commit behind it from which another went on, and which goes on from a whole head.
        let isTold = log.commits.dropLast().contains { commit in
          commit > frame + 1 || (commit == frame + 1 && place != 18)
        }
        let found = try damagedFrame(in: log.flipping(place, in: frame))
        #expect(found == (isTold ? frame + 1 : nil), "\(frame), \(place)")
      }
    }
  }

  @Test(arguments: [1, 512, 4096, 65536])
  func `A store is not opened on a damaged log, which SQLite alone would cut without a word`(
    byteCount: Int
  ) async throws {
    let texts = (0..<40).map { "\($0)" + String(repeating: "x", count: 500) }
    var files = try await Prepared.killed(after: texts)
    let log = try LogBytes(try #require(files["chat.db-wal"]))
    let frame = log.commits[log.commits.count / 3]
    for place in 0..<byteCount { files["chat.db-wal"]?[log.start(of: frame) + 30 + place] ^= 0xA5 }
    let found = try FoundDatabase(files, within: folder)
    let expected = StoreError.logDamaged(frame: frame + 1)
    for _ in 0..<2 {
      #expect(throws: ChatError.unavailable(reason: "\(found.path): \(expected)")) {
        try found.open()
      }
      #expect(try found.bytes("-wal") == files["chat.db-wal"])
      #expect(try found.bytes("") == files["chat.db"])
    }
    await #expect(throws: ChatError.self) { try await Verification.run(on: found.path) }
    await #expect(throws: BackupError.self) {
      try await Backup.make(of: found.path, at: found.path + ".copy")
    }
    #expect(try found.bytes("-wal") == files["chat.db-wal"])

    // What the sentence offers: what stands before the damage.
    let database = try DatabaseQueue(path: found.path)
    try await database.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    }
    try database.close()
    let left = try await found.open().texts()
    #expect(left.count < texts.count && left == Array(texts.prefix(left.count)))
    #expect(left.count > 3)
  }

  @Test func `A transaction that can't be flushed is no damage behind a shorter one`()
    async throws
  {
    try await withFaultyDisk { disk, path in
      let scratch = try ScratchLog(at: path)
      try await scratch.commit(rowCount: 2)
      disk.decide { $0.kind == .sync ? .SQLITE_IOERR_FSYNC : nil }
      for rowCount in [40, 20] {
        await #expect(throws: DatabaseError.self) { try await scratch.commit(rowCount: rowCount) }
      }
      disk.decide(nil)
      try await scratch.commit(rowCount: 1)
      let bytes = try bytes(of: path + "-wal")
      let log = try LogBytes(bytes)
      // Two of them stand there with their commits.
      #expect(log.leftover.count(where: \.isCommit) == 2)
      #expect(try damagedFrame(in: bytes) == nil)
    }
  }

  @Test func `What was rolled back after it had been written is no damage`() async throws {
    try await withFaultyDisk { disk, path in
      let scratch = try ScratchLog(at: path)
      for rowCount in [60, 30] {
        try await scratch.commit(rowCount: 2)
        try await scratch.rollBack(rowCount: rowCount)
      }
      try await scratch.commit(rowCount: 1)
      let bytes = try bytes(of: path + "-wal")
      #expect(try LogBytes(bytes).leftover.count > 10)
      #expect(try damagedFrame(in: bytes) == nil)
    }
  }

  @Test func `A log's earlier life is no damage`() async throws {
    try await withFaultyDisk { disk, path in
      let scratch = try ScratchLog(at: path)
      for _ in 0..<20 { try await scratch.commit(rowCount: 3) }
      let before = try bytes(of: path + "-wal")
      try await scratch.run("PRAGMA wal_checkpoint(RESTART)")
      for _ in 0..<3 { try await scratch.commit(rowCount: 1) }
      let bytes = try bytes(of: path + "-wal")
      #expect(bytes.count == before.count && bytes.suffix(4096) == before.suffix(4096))
      #expect(try damagedFrame(in: bytes) == nil)
      // The first life's frames, had they been damaged, are nobody's any more.
      let log = try LogBytes(bytes)
      #expect(try damagedFrame(in: log.flipping(30, in: log.frameCount - 2)) == nil)
    }
  }

  @Test func `The frames that fill up a sector are the commit's own`() async throws {
    let log = try LogBytes(
      #require(try await Prepared.killed(after: ["1", "2", "3"])["chat.db-wal"]))
    let last = log.frameCount - 1
    #expect(log.commits.suffix(1) == [last] && !log.commits.contains(last - 1))
    let filled = try log.repeatingLast().repeatingLast()
    #expect(filled.commits.suffix(3) == [last, last + 1, last + 2])
    #expect(try damagedFrame(in: filled.flipping(30, in: last - 1)) == nil)
    // Whereas one that says something else is the next transaction's.
    let other = try log.repeatingLast { $0[$0.count - 1] ^= 1 }
    #expect(try damagedFrame(in: other.flipping(30, in: last - 1)) == last)
  }

  @Test func `What is no log, or not to the end, is not damaged`() async throws {
    let files = try await Prepared.killed(after: ["1", "2", "3"])
    let bytes = try #require(files["chat.db-wal"])
    for count in [0, 1, 31, 32, 40, bytes.count / 2, bytes.count - 1] {
      #expect(try damagedFrame(in: Array(bytes.prefix(count))) == nil)
    }
    #expect(try damagedFrame(in: [UInt8](repeating: 0, count: 20_000)) == nil)
    let none = folder.url.appendingPathComponent("none").path
    #expect(try WriteAheadLog.damagedFrame(of: none) == nil)
  }

  private func damagedFrame(in bytes: [UInt8]) throws -> Int? {
    let file = folder.url.appendingPathComponent(UUID().uuidString)
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try WriteAheadLog.damagedFrame(of: file.path)
  }
}

extension FoundDatabase {
  fileprivate func bytes(_ suffix: String) throws -> [UInt8] {
    try ChatStoreTests.bytes(of: path + suffix)
  }
}

private func bytes(of path: String) throws -> [UInt8] {
  try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
}
