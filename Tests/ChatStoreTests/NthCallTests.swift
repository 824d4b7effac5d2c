import ChatCore
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import ChatStore

/// One call to the disk fails, then a later one, and so on, until all have had their turn.
@Suite(.timeLimit(.minutes(2))) struct NthCallTests {
  @Test(arguments: everyFault)
  func `Whichever call fails, a change is there or has failed in words, and the store goes on`(
    fault: Fault
  ) async throws {
    let folder = try TemporaryFolder()
    let first = fault.isLasting ? 2 : 1
    let count = try await withEachCall(on: Prepared.empty(), from: first) { number, disk, path in
      let store = try SQLiteStore(path: path)
      // The log is copied into the database within the script too.
      try store.execute("PRAGMA wal_autocheckpoint = 8; PRAGMA journal_size_limit = 0")
      var script = try await Script(in: store)
      let isReached = disk.fail(at: number, by: fault)
      await script.run(number)
      disk.decide(nil)
      let isOver = !isReached()
      let failureCount = script.failureCount
      #expect(fault.isLasting || failureCount <= 1, "call \(number)")
      #expect(!isOver || failureCount == 0)

      // The disk is well again.
      await script.commit([.append(.said("on"))])
      #expect(script.faults == [] && script.failureCount == failureCount, "call \(number)")
      #expect(try await script.differences(in: store) == [], "call \(number)")
      // Half of them lose their power, half are killed.
      let loss = number % 2 == 1 ? PowerLoss.atItsWorst : .none
      let found = try FoundDatabase(on: disk, after: loss, within: folder).open()
      #expect(try await script.differences(in: found) == [], "call \(number), opened again")
      #expect(try await found.damage() == [], "call \(number)")
      return isOver
    }
    #expect(count > 10)
  }

  @Test(arguments: [false, true])
  func `Whichever call fails while it is opened, nothing is lost and the next start is well`(
    lasting: Bool
  ) async throws {
    for (files, texts) in try await Prepared.beginnings() {
      let fault = Fault.broken(lasting: lasting)
      let first = lasting ? 2 : 1
      let count = try await withEachCall(on: files, from: first) { number, disk, path in
        let isReached = disk.fail(at: number, by: fault)
        do {
          let store = try SQLiteStore(path: path)
          try? store.close()
        } catch {
          #expect("\(error)".hasPrefix("\(path): "))
          #expect(Script.isInWords(error), "call \(number): \(error)")
        }
        disk.decide(nil)
        let store = try SQLiteStore(path: path)
        #expect(try await store.texts() == texts, "call \(number)")
        #expect(try await store.damage() == [], "call \(number)")
        try await store.say("on")
        return !isReached()
      }
      #expect(count > 10)
    }
  }

  @Test(arguments: [false, true])
  func `Whichever call fails while it is closed, nothing is lost`(lasting: Bool) async throws {
    let folder = try TemporaryFolder()
    let fault = Fault.broken(lasting: lasting)
    let count = try await withEachCall(on: Prepared.empty()) { number, disk, path in
      let store = try SQLiteStore(path: path)
      try await store.say("kept")
      _ = try await store.texts()
      let isReached = disk.fail(at: number, by: fault)
      var isClosed = true
      do { try store.close() } catch {
        // Also where the reader that was asked last is still on its way back.
        isClosed = false
        #expect(Script.isInWords(error), "call \(number)")
      }
      disk.decide(nil)
      for loss in [PowerLoss.atItsWorst, .none] {
        let found = try FoundDatabase(on: disk, after: loss, within: folder).open()
        #expect(try await found.texts() == ["kept"], "call \(number)")
        #expect(try await found.damage() == [], "call \(number)")
      }
      #expect(try await SQLiteStore(path: path).texts() == ["kept"], "call \(number)")
      return isClosed && !isReached()
    }
    #expect(count > 5)
  }

  @Test func `Whenever the power fails while it is opened, the next start is well`() async throws {
    let folder = try TemporaryFolder()
    for (files, texts) in try await Prepared.beginnings() {
      let count = try await withEachCall(on: files) { number, disk, path in
        let calls = Counter()
        let found = Mutex<[[String: [UInt8]]]>([])
        disk.decide { [weak disk] call in
          let changes: [FaultyDisk.Kind] = [.write, .sync, .truncate, .delete]
          guard let disk, changes.contains(call.kind), calls.next() == number else { return nil }
          let losses = [PowerLoss.atItsWorst, PowerLoss(seed: UInt64(number))]
          found.withLock { $0 = losses.map { disk.files(after: $0) } }
          return nil
        }
        _ = try SQLiteStore(path: path)
        disk.decide(nil)
        for files in found.withLock({ $0 }) {
          let store = try FoundDatabase(files, within: folder).open()
          #expect(try await store.texts() == texts, "call \(number)")
          #expect(try await store.damage() == [], "call \(number)")
          try await store.say("on")
        }
        return calls.count < number
      }
      #expect(count > 5)
    }
  }

  @Test func `What could not be flushed may be found after a kill, whole, and then counts once`()
    async throws
  {
    try await withFaultyDisk { disk, path in
      let folder = try TemporaryFolder()
      let store = try SQLiteStore(path: path)
      try await store.say("kept")
      disk.decide { $0.kind == .sync ? .SQLITE_IOERR_FSYNC : nil }
      let group = ["a", "b"].map { Change.append(.said($0), clientMessageID: $0) }
      #expect(await store.commit(group).allSatisfy { $0.error?.code == "unavailable" })
      #expect(try await store.texts() == ["kept"])
      for loss in [PowerLoss.atItsWorst, .none] {
        let found = try FoundDatabase(on: disk, after: loss, within: folder).open()
        let texts = try await found.texts()
        #expect(texts == ["kept"] || texts == ["kept", "a", "b"])
        for change in group { try await found.commit(change) }
        #expect(try await found.texts() == ["kept", "a", "b"])
        #expect(try await found.lastSeq() == 4)
      }
      // Whatever is stored next takes its place.
      disk.decide(nil)
      try await store.say("c")
      let found = try FoundDatabase(on: disk, after: .none, within: folder).open()
      #expect(try await found.texts() == ["kept", "c"])
    }
  }
}

private let everyFault = [
  Fault.broken(lasting: false), .broken(lasting: true), .full(lasting: false),
  .full(lasting: true), .held,
]
