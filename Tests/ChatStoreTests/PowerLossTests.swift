import ChatCore
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ChatStore

/// The power fails at random moments while several change the log at once, and takes with it a
/// random part of what was not flushed.
@Suite(.timeLimit(.minutes(2))) struct PowerLossTests {
  @Test(arguments: 0..<16)
  func `Whenever the power fails, what was acknowledged is there, whole and in order`(
    seed: UInt64
  ) async throws {
    #expect(try await faults(seed: seed) == [])
  }

  @Test(arguments: ["OFF", "NORMAL"])
  func `A store that does not flush loses something, and that is noticed`(
    synchronous: String
  ) async throws {
    var found: [String] = []
    for seed in 0..<2 { found += try await faults(seed: UInt64(seed), synchronous: synchronous) }
    #expect(found.contains { $0.contains("lost") })
  }

  /// One run, and what is wrong with the databases that its power failures leave.
  private func faults(seed: UInt64, synchronous: String = "FULL") async throws -> [String] {
    try await withFaultyDisk { disk, path in
      var numbers = SeededGenerator(seed: seed)
      let store = try SQLiteStore(path: path)
      // The log is copied into the database and begun anew many times in a run.
      try store.execute(
        """
        PRAGMA synchronous = \(synchronous);
        PRAGMA wal_autocheckpoint = \(Int.random(in: 5...60, using: &numbers));
        PRAGMA journal_size_limit = \(Int.random(in: 0...1, using: &numbers) * 16384)
        """)
      let told = Told()
      let failures = try PowerFailures(of: disk, told: told, numbers: numbers)
      try await run(on: store, told: told, using: &numbers)
      if Bool.random(using: &numbers) { try store.close() }
      disk.decide(nil)
      return try await failures.faults()
    }
  }

  private func run(
    on store: SQLiteStore, told: Told, using numbers: inout SeededGenerator
  ) async throws {
    let journal = Journal(store: GroupedStore(store: store, told: told), sink: told)
    let running = Task { await journal.run() }
    try await Sender.makeThreads(through: journal)
    let seeds = (0..<4).map { _ in numbers.next() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for seed in seeds {
        group.addTask {
          var sender = Sender(journal: journal, told: told, numbers: SeededGenerator(seed: seed))
          try await sender.run(roundCount: 8)
        }
      }
      try await group.waitForAll()
    }
    running.cancel()
    await running.value
  }
}

/// Databases as the power failures of one run leave them, each with what had been told by then.
private final class PowerFailures: Sendable {
  private struct Failure {
    let database: FoundDatabase
    let told: Told.Account
    let name: String
  }

  private struct State {
    var numbers: SeededGenerator
    var callsLeft: Int
    var failures: [Failure] = []
    var error: (any Error)?
  }

  private static let most = 5

  private let folder: TemporaryFolder
  private let told: Told
  private let state: Mutex<State>

  /// Lets the power fail at random calls of `disk` that change a file.
  init(of disk: FaultyDisk, told: Told, numbers: SeededGenerator) throws {
    var numbers = numbers
    folder = try TemporaryFolder()
    self.told = told
    state = Mutex(State(numbers: numbers, callsLeft: Int.random(in: 0..<40, using: &numbers)))
    disk.decide { [weak self, weak disk] call in
      if let self, let disk, [.write, .sync, .truncate, .delete].contains(call.kind) {
        self.pass(call, on: disk)
      }
      return nil
    }
  }

  private func pass(_ call: FaultyDisk.Call, on disk: FaultyDisk) {
    state.withLock { state in
      guard state.callsLeft == 0, state.failures.count < 3 * Self.most else {
        state.callsLeft -= 1
        return
      }
      state.callsLeft = Int.random(in: 0..<100, using: &state.numbers)
      // First what was told, then the disk: what is told between the two is not asked for.
      let account = told.account.withLock { $0 }
      let seeds = [state.numbers.next(), state.numbers.next()]
      let losses = [("all", PowerLoss.atItsWorst)] + seeds.map { ("\($0)", PowerLoss(seed: $0)) }
      do {
        for (loss, of) in losses {
          state.failures.append(
            Failure(
              database: try FoundDatabase(on: disk, after: of, within: folder), told: account,
              name: "\(call.kind) of \(call.file) after \(account.seq), loss \(loss)"))
        }
      } catch { state.error = error }
    }
  }

  /// What is wrong with them; the run is over.
  func faults() async throws -> [String] {
    let (failures, error) = state.withLock { ($0.failures, $0.error) }
    if let error { throw error }
    let all = told.account.withLock { $0 }
    var faults: [String] = []
    for failure in failures {
      do {
        let found = try await failure.database.faults(told: failure.told, later: all)
        faults += found.map { "\(failure.name): \($0)" }
      } catch { faults.append("\(failure.name): \(error)") }
    }
    return faults.isEmpty && failures.isEmpty ? ["the power never failed"] : faults
  }
}

extension FoundDatabase {
  /// What is wrong with it where `told` had been told when the power failed; `later` is all that
  /// was told in the end.
  fileprivate func faults(told: Told.Account, later: Told.Account) async throws -> [String] {
    let store = try open()
    var faults = try await store.damage()
    let seq = try await store.lastSeq()
    if seq < told.seq { faults.append("\(told.seq) was told, what follows \(seq) is lost") }
    if !later.groupEnds.contains(seq) { faults.append("\(seq) is within a group") }
    let entries = try await store.changes(after: 1, limit: .max).compactMap { change in
      if case .entry(let entry) = change { entry } else { nil }
    }
    if entries != later.entries(upTo: seq) { faults.append("other entries up to \(seq)") }
    let threads = try await store.threads()
    let (changed, heads) = (later.threads(upTo: seq), later.heads(upTo: seq))
    for thread in threads {
      var expected = changed[thread.id] ?? thread
      expected.head = heads[thread.id]
      expected.lastSeq = entries.last { $0.thread == thread.id }?.seq
      if thread != expected { faults.append("thread \(thread.id) up to \(seq)") }
      faults += try await store.faults(inPathOf: thread, of: entries)
    }
    if !Set(changed.keys).isSubset(of: threads.map(\.id)) { faults.append("a thread is missing") }
    for (message, draft) in try await store.unfinished().streaming.map({ ($0.message, $0.draft) }) {
      let least = told.drafts[message.id] ?? 0
      if Int(draft) ?? 0 < least { faults.append("draft \(least) of \(message.id) is lost") }
    }
    if try await store.say("on").seq != seq + 1 { faults.append("the next is not \(seq + 1)") }
    return faults
  }
}

extension SQLiteStore {
  /// What is wrong with the path of a thread, which is to be what the parents say.
  fileprivate func faults(
    inPathOf thread: ChatThread, of entries: [Entry]
  ) async throws -> [String] {
    let all = Dictionary(uniqueKeysWithValues: entries.map { ($0.id, $0) })
    var path: [Entry] = []
    var next = thread.head
    while let id = next, let entry = all[id] {
      path.append(entry)
      next = entry.parent
    }
    let page = try await page(of: thread.id, before: nil, limit: nil)
    let queued = entries.compactMap(\.message).filter {
      $0.status == .queued && $0.thread == thread.id
    }
    var faults: [String] = []
    if page.entries != path.reversed() { faults.append("path of \(thread.id)") }
    if Set(page.queued) != Set(queued) { faults.append("queue of \(thread.id)") }
    return faults
  }
}
