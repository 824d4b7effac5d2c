import Synchronization
import Testing

@testable import ChatCore

/// Stored before seen, and seen before acknowledged.
@Suite(.timeLimit(.minutes(1))) struct JournalInvariantTests {
  /// Notes what is seen before it is stored.
  private final class Witness: EventSink {
    let log: MemoryLog
    let seen = Watched<[Int64]>([])
    let early = Watched<[Int64]>([])

    init(_ log: MemoryLog) { self.log = log }

    func publish(_ event: Event) {
      guard case .changed(let change) = event else { return }
      if log.state.value.seq < change.seq { early.update { $0.append(change.seq) } }
      seen.update { $0.append(change.seq) }
    }
  }

  private func said(_ text: String) -> Entry {
    .message(
      Message(id: .next(at: .now), thread: .main, createdAt: .now, role: .user, content: text))
  }

  @Test func `Stored before seen, for 64 who commit at once`() async throws {
    let log = MemoryLog()
    let witness = Witness(log)
    let journal = Journal(store: log, sink: witness)
    let running = Task { await journal.run() }
    let acknowledged = try await withThrowingTaskGroup(of: [Int64].self) { group in
      for sender in 0..<64 {
        group.addTask {
          var numbers: [Int64] = []
          for number in 0..<30 {
            let entry = try await journal.entry(.append(self.said("\(sender) \(number)")))
            // Whoever is told has been preceded by everybody who watches.
            #expect(witness.seen.value.contains(entry.seq))
            numbers.append(entry.seq)
          }
          #expect(numbers == numbers.sorted())
          return numbers
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    running.cancel()
    await running.value
    #expect(witness.early.value == [])
    #expect(witness.seen.value == Array(1...1920))
    #expect(acknowledged.sorted() == Array(1...1920))
    #expect(log.groups.value.count < 1920, "those who wait share a commit")
  }

  @Test func `A change that is seen too early would be noticed`() {
    let log = MemoryLog()
    let witness = Witness(log)
    var entry = said("x")
    entry.seq = 1
    witness.publish(.changed(LoggedChange(prevSeq: 0, subject: .entry(entry))))
    #expect(witness.early.value == [1])
  }
}
