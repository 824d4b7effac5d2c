import ChatCore
import Synchronization
import TestSupport

@testable import ChatStore

/// One of those who change the log at once: says, answers, drafts, amends, queues and renames at
/// random, in threads that others use too.
struct Sender {
  static let threads = [ThreadID.main, ThreadID("one"), ThreadID("two")]

  let journal: Journal
  let told: Told
  var numbers: SeededGenerator

  /// Makes the threads that are not there at first.
  static func makeThreads(through journal: Journal) async throws {
    for thread in threads.dropFirst() {
      _ = try await journal.commit(.thread(thread, create: true) { _ in })
    }
  }

  mutating func run(roundCount: Int) async throws {
    var parents: [ThreadID: EntryID] = [:]
    for round in 0..<roundCount {
      let thread = Self.threads.randomElement(using: &numbers) ?? .main
      let text = "\(round) " + String(repeating: "x", count: byteCount())
      switch Int.random(in: 0..<6, using: &numbers) {
      case 0:
        _ = try? await journal.commit(.append(.said("lost", after: EntryID("none"))))
        _ = try await journal.commit(.thread(Self.threads[1]) { $0.title = text })
      case 1: parents[thread] = try await queue(text, after: parents[thread], in: thread)
      case 2, 3: parents[thread] = try await answer(text, after: parents[thread], in: thread)
      default:
        let said = Entry.said(text, after: parents[thread], thread: thread)
        parents[thread] = try await journal.entry(.append(said, turn: true)).id
      }
    }
  }

  /// Mostly little, at times more than a page holds.
  private mutating func byteCount() -> Int {
    Int.random(in: 0..<5, using: &numbers) == 0 ? Int.random(in: 0..<20_000, using: &numbers) : 20
  }

  private func queue(
    _ text: String, after parent: EntryID?, in thread: ThreadID
  ) async throws -> EntryID {
    let queued = Entry.said(text, thread: thread, status: .queued)
    _ = try await journal.entry(.append(queued))
    return try await journal.entry(.amend(queued.id) { $0.place(after: parent) }).id
  }

  private mutating func answer(
    _ text: String, after parent: EntryID?, in thread: ThreadID
  ) async throws -> EntryID {
    let answer = Entry.said("", after: parent, thread: thread, status: .streaming, role: .assistant)
    let id = try await journal.entry(.append(answer)).id
    for number in 1...Int.random(in: 1...3, using: &numbers) {
      _ = try await journal.commit(.draft(id, text: "\(number)"))
      told.account.withLock { $0.drafts[id] = number }
    }
    _ = try await journal.entry(
      .amend(id) { entry in
        guard case .message(var message) = entry else { return }
        (message.content, message.status) = (text, .complete)
        entry = .message(message)
      })
    _ = try await journal.commit(.turnEnded(thread))
    return id
  }
}
