import ChatCore
import Foundation
import GRDB
import Testing

@testable import ChatStore

/// The disk that the tests of failures lean on.
@Suite struct FaultyDiskTests {
  @Test func `Files elsewhere know nothing of it`() async throws {
    try await withFaultyDisk { disk, path in
      disk.decide { _ in .SQLITE_IOERR }
      let error = try #require(throws: ChatError.self) { try SQLiteStore(path: path) }
      #expect(Script.isInWords(error))
      try await withStore { other in
        try await other.say("hello")
        #expect(try await other.texts() == ["hello"])
      }
      disk.decide(nil)
      #expect(try await SQLiteStore(path: path).texts() == [])
    }
  }

  @Test func `Its account is what the real disk holds`() async throws {
    try await withFaultyDisk { disk, path in
      let store = try SQLiteStore(path: path)
      for _ in 0..<20 { try await store.say(String(repeating: "x", count: 5000)) }
      try store.close()
      let found = disk.files(after: .none)
      #expect(found.keys.sorted() == ["chat.db"])
      #expect(try found["chat.db"] == [UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
      // The last flush came before the log was removed.
      #expect(disk.files(after: .atItsWorst)["chat.db"] == found["chat.db"])
    }
  }

  @Test func `What was flushed is there, what was not is not, or is in part`() {
    var file = DurableFile(nil)
    file.make()
    file.write([UInt8](repeating: 1, count: 4096), at: 0)
    #expect(file.bytes == nil)
    file.flush()
    file.write([UInt8](repeating: 2, count: 40_960), at: 0)
    #expect(file.bytes == [UInt8](repeating: 1, count: 4096))
    let torn = (UInt64(0)..<20).compactMap { seed in
      var loss = PowerLoss(seed: seed)
      return file.bytes(after: &loss)
    }
    #expect(torn.allSatisfy { Set($0).isSubset(of: [0, 1, 2]) })
    #expect(torn.contains { Set($0).isSuperset(of: [1, 2]) })
    #expect(Set(torn).count > 10)

    file.failToFlush()
    file.flush()
    #expect(file.bytes == [UInt8](repeating: 1, count: 4096))
  }

  @Test func `A name comes and goes with the folder's flush`() {
    var file = DurableFile([7])
    file.remove()
    #expect(!file.exists && file.bytes == [7])
    file.make()
    file.write([8], at: 2)
    #expect(file.exists && file.isNew && file.bytes == [7])
    file.flushName()
    #expect(file.bytes == [])
    file.flush()
    #expect(file.bytes == [0, 0, 8])
    file.cut(to: 1)
    file.remove()
    file.flushName()
    #expect(!file.exists && file.bytes == nil)
  }
}

extension DurableFile {
  /// What is there for certain.
  fileprivate var bytes: [UInt8]? {
    var loss = PowerLoss.atItsWorst
    return bytes(after: &loss)
  }
}
