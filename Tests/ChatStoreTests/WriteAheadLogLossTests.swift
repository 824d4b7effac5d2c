import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import ChatStore

/// The power fails, and calls to the disk fail, at random moments of all that SQLite does with a log:
/// what that leaves is no damage.
@Suite(.timeLimit(.minutes(2))) struct WriteAheadLogLossTests {
  @Test(arguments: 0..<24)
  func `What a loss of power leaves is no damage`(seed: UInt64) async throws {
    let found = try await logs(seed: seed)
    #expect(found.count > 5)
    #expect(found.damagedCount == 0)
    #expect(found.leftoverCount > 0)
  }

  @Test(arguments: ["NORMAL", "OFF"])
  func `Without a flush for each commit it would be, and that is noticed`(
    synchronous: String
  ) async throws {
    var count = 0
    for seed in 0..<4 {
      count += try await logs(seed: UInt64(seed), synchronous: synchronous).damagedCount
    }
    #expect(count > 0)
  }

  private struct Found {
    var count = 0
    var damagedCount = 0
    /// How many had frames of their present life behind their end.
    var leftoverCount = 0
  }

  private func logs(seed: UInt64, synchronous: String = "FULL") async throws -> Found {
    let folder = try TemporaryFolder()
    return try await withFaultyDisk { disk, path in
      var numbers = SeededGenerator(seed: seed)
      let scratch = try ScratchLog(at: path, synchronous: synchronous)
      let pageCount = Int.random(in: 20...200, using: &numbers)
      try await scratch.run("PRAGMA wal_autocheckpoint = \(pageCount)")
      let found = Mutex<[[UInt8]]>([])
      let state = Mutex((numbers: SeededGenerator(seed: ~seed), failing: 0))
      disk.decide { [weak disk] call in
        guard let disk, [.write, .sync, .truncate].contains(call.kind) else { return nil }
        return state.withLock { state in
          if Int.random(in: 0..<30, using: &state.numbers) == 0 {
            let losses = [PowerLoss(seed: state.numbers.next()), .none, .atItsWorst]
            let logs = losses.compactMap { disk.files(after: $0)["chat.db-wal"] }
            found.withLock { if $0.count < 90 { $0 += logs } }
          }
          // Now and then a few calls in a row fail.
          if Int.random(in: 0..<60, using: &state.numbers) == 0 { state.failing = 3 }
          guard state.failing > 0 else { return nil }
          state.failing -= 1
          return call.kind == .sync ? .SQLITE_IOERR_FSYNC : call.kind == .write ? .SQLITE_FULL : nil
        }
      }
      for _ in 0..<40 { await scratch.act(on: disk, using: &numbers) }
      disk.decide(nil)
      return try judge(found.withLock { $0 }, in: folder)
    }
  }

  private func judge(_ logs: [[UInt8]], in folder: TemporaryFolder) throws -> Found {
    var found = Found()
    let file = folder.url.appendingPathComponent("wal")
    for log in logs where !log.isEmpty {
      try Data(log).write(to: file)
      found.count += 1
      if try WriteAheadLog.damagedFrame(of: file.path) != nil { found.damagedCount += 1 }
      if (try? LogBytes(log))?.leftover.isEmpty == false { found.leftoverCount += 1 }
    }
    return found
  }
}
