import ChatCore
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ChatStore

/// The disk is stopped right before each flush, which is where a loss of power would be told from
/// an acknowledgement.
@Suite(.timeLimit(.minutes(1))) struct FlushTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `No acknowledgement leaves before the flush, and nobody is told`() async throws {
    let stops = try await stopsAtEachFlush(senderCount: 24)
    #expect(stops.count > 1)
    #expect(stops.allSatisfy { $0.acknowledgedCount <= $0.flushedCount })
    #expect(stops.allSatisfy { $0.publishedCount <= $0.flushedCount })
    #expect(stops.first?.flushedCount == 0)
    #expect(stops.last?.acknowledgedCount == 24 && stops.last?.publishedCount == 24)
  }

  @Test(arguments: ["OFF", "NORMAL"])
  func `Where the store is kept from flushing, that is noticed`(synchronous: String) async throws {
    let stops = try await stopsAtEachFlush(
      senderCount: 24, synchronous: synchronous)
    #expect(stops.contains { $0.acknowledgedCount > $0.flushedCount })
    #expect(stops.contains { $0.publishedCount > $0.flushedCount })
  }

  /// What had gone out when the disk stood still, and how much of it was on the disk.
  private struct Stop {
    let flushedCount: Int
    let publishedCount: Int
    let acknowledgedCount: Int
  }

  /// Lets as many say something at once, and looks before each flush, and once all are through.
  private func stopsAtEachFlush(
    senderCount: Int, synchronous: String = "FULL"
  ) async throws -> [Stop] {
    try await withFaultyDisk { disk, path in
      let store = try SQLiteStore(path: path)
      try store.execute("PRAGMA synchronous = \(synchronous)")
      let told = Told()
      let journal = Journal(store: store, sink: told)
      let gate = FlushGate(in: disk)
      let acknowledged = Counter()
      let running = Task { await journal.run() }
      let stops = try await withThrowingTaskGroup(of: Void.self) { group in
        defer { gate.remove() }
        for number in 0..<senderCount {
          group.addTask {
            _ = try await journal.entry(.append(.said("\(number)")))
            if acknowledged.next() == senderCount { gate.end() }
          }
        }
        var stops: [Stop] = []
        for await isFlush in gate.arrivals {
          // Whatever could leave has the time to: the store answers a reader meanwhile.
          for _ in 0..<20 { _ = try await store.threads() }
          stops.append(
            Stop(
              flushedCount: try await entryCount(on: disk),
              publishedCount: told.account.withLock { $0.published.count },
              acknowledgedCount: acknowledged.count))
          guard isFlush else { break }
          gate.open()
        }
        try await group.waitForAll()
        return stops
      }
      running.cancel()
      await running.value
      return stops
    }
  }

  /// How many entries a loss of power would leave.
  private func entryCount(on disk: FaultyDisk) async throws -> Int {
    let found = try FoundDatabase(on: disk, after: .atItsWorst, within: folder)
    return try await found.open().changes(after: 1, limit: .max).count
  }
}

/// Holds each flush until the test lets it go on.
private final class FlushGate: Sendable {
  /// True: a flush is held; false: nothing more is to come.
  let arrivals: AsyncStream<Bool>
  private let arrival: AsyncStream<Bool>.Continuation
  private let opened = DispatchSemaphore(value: 0)
  private let disk: FaultyDisk

  init(in disk: FaultyDisk) {
    (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(100))
    self.disk = disk
    disk.decide { [arrival, opened] call in
      guard call.kind == .sync else { return nil }
      arrival.yield(true)
      opened.wait()
      return nil
    }
  }

  func open() { opened.signal() }

  func end() { arrival.yield(false) }

  /// Holds nobody any more.
  func remove() {
    disk.decide(nil)
    opened.signal()
  }
}
