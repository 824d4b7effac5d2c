import ChildProtocol
import Synchronization
import Testing

@testable import ChatCore

@Suite(.timeLimit(.minutes(1))) struct JournalTests {
  private let log = MemoryLog()
  private let sink = Recorder()

  /// Runs `body` with a journal that runs.
  private func withJournal<T>(
    sink other: (any EventSink)? = nil, _ body: (Journal) async throws -> T
  ) async throws -> T {
    let journal = Journal(store: log, sink: other ?? sink)
    let running = Task { await journal.run() }
    let result: Result<T, any Error>
    do { result = .success(try await body(journal)) } catch { result = .failure(error) }
    running.cancel()
    await running.value
    return try result.get()
  }

  private func said(_ text: String, parent: EntryID? = nil) -> Entry {
    .message(
      Message(
        id: .next(at: .now), parent: parent, thread: .main, createdAt: .now, role: .user,
        content: text))
  }

  @Test func `A change comes back as it is stored`() async throws {
    try await withJournal { journal in
      let entry = try await journal.entry(.append(said("a")))
      #expect(entry.seq == 1)
      #expect(log.state.value.entries[entry.id] == entry)
      let amended = try await journal.entry(
        .amend(entry.id) {
          if case .message(var message) = $0 {
            message.content = "b"
            $0 = .message(message)
          }
        })
      #expect(amended.message?.content == "b")
      #expect(amended.seq == 2)
      #expect(sink.entries == [entry, amended])
      #expect(sink.changes.map(\.prevSeq) == [0, 1])
    }
  }

  @Test func `What has no number is seen by nobody`() async throws {
    try await withJournal { journal in
      let first = try await journal.commit(.append(said("a"), clientMessageID: "x"))
      let second = try await journal.commit(.append(said("b"), clientMessageID: "x"))
      guard case .entry(let one, _?) = first, case .entry(let two, nil) = second else {
        throw Missing()
      }
      #expect(one == two)
      _ = try await journal.commit(.turnEnded(.main))
      try await journal.keep(ChildID("c"), .init(wanted: true, generation: 3, state: ["s": 1]))
      #expect(sink.events.value.count == 1)
      #expect(log.state.value.children[ChildID("c")]?.generation == 3)
    }
  }

  @Test func `While the store refuses all, that is known, until it takes something`() async throws {
    try await withJournal { journal in
      try await journal.checkStore()
      #expect(log.groups.value == [])
      let full = ChatError.unavailable(reason: "full")
      log.intercept { _ in full }
      await #expect(throws: full) { try await journal.entry(.append(said("a"))) }
      for _ in 0..<2 { await #expect(throws: full) { try await journal.checkStore() } }
      // What is refused for what it is was taken by the store.
      log.intercept { _ in .notFound(what: "x") }
      await #expect(throws: ChatError.self) { try await journal.entry(.append(said("b"))) }
      log.intercept { _ in full }
      try await journal.checkStore()
      await #expect(throws: full) { try await journal.entry(.append(said("c"))) }
      log.intercept(nil)
      try await journal.checkStore()
      #expect(sink.events.value.isEmpty && log.state.value.entries.isEmpty)
      let count = log.groups.value.count
      try await journal.checkStore()
      #expect(log.groups.value.count == count)
    }
  }

  @Test func `A thread's change is seen`() async throws {
    try await withJournal { journal in
      _ = try await journal.commit(.thread(.main) { $0.title = "T" })
      guard case .thread(let thread)? = sink.changes.first?.subject else { throw Missing() }
      #expect(thread.title == "T")
      #expect(sink.changes.first?.seq == 1)
    }
  }

  @Test func `A change that fails harms no other`() async throws {
    try await withJournal { journal in
      let gate = Gate()
      log.intercept { [log] changes in
        if log.groups.value.count == 1 { await gate.pass() }
        return nil
      }
      async let first = journal.entry(.append(said("1")))
      await gate.reached()
      async let good = journal.entry(.append(said("2")))
      async let bad = Result { () async throws(ChatError) in
        try await journal.entry(.append(self.said("3", parent: EntryID("nowhere"))))
      }
      async let alsoGood = journal.entry(.append(said("4")))
      gate.open()
      _ = try await (first, good, alsoGood)
      #expect(await bad == .failure(.notFound(what: "entry nowhere")))
      #expect(Set(sink.entries.map { $0.message?.content }) == ["1", "2", "4"])
      #expect(sink.changes.map(\.seq) == [1, 2, 3])
    }
  }

  @Test func `A group that fails fails for each and is not seen`() async throws {
    try await withJournal { journal in
      log.intercept { _ in .unavailable(reason: "disk full") }
      await #expect(throws: ChatError.unavailable(reason: "disk full")) {
        _ = try await journal.commit(.append(said("1")))
      }
      #expect(sink.events.value.isEmpty)
      log.intercept(nil)
      _ = try await journal.commit(.append(said("2")))
      #expect(sink.changes.map(\.seq) == [1])
    }
  }

  @Test func `What waits while one commit runs goes into the next, in the order handed in`()
    async throws
  {
    try await withJournal { journal in
      let gate = Gate()
      log.intercept { [log] _ in
        if log.groups.value.count == 1 { await gate.pass() }
        return nil
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { _ = try await journal.commit(.append(self.said("0"))) }
        await gate.reached()
        for number in 1...1300 {
          // One at a time, so that the test knows the order in which they are handed in.
          let handedIn = Gate()
          group.addTask {
            let entry = self.said("\(number)")
            handedIn.open()
            _ = try await journal.commit(.append(entry))
          }
          await handedIn.pass()
        }
        gate.open()
        try await group.waitForAll()
      }
      #expect(log.groups.value.allSatisfy { $0 <= 512 })
      #expect(log.groups.value.reduce(0, +) == 1301)
      #expect(log.groups.value.count < 100)
    }
  }

  @Test func `The order of changes is that in which they were handed in`() async throws {
    let gate = Gate()
    log.intercept { _ in
      await gate.pass()
      return nil
    }
    try await withJournal { journal in
      let sender = HandingIn(journal: journal)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<200 {
          group.addTask { try await sender.commit(self.said("\(number)")) }
        }
        await sender.handedIn.wait { $0.count == 200 }
        gate.open()
        try await group.waitForAll()
      }
      #expect(sink.entries.map(\.id) == sender.handedIn.value)
    }
  }

  @Test func `After the end nothing is taken, and what was handed in before is stored`()
    async throws
  {
    let journal = Journal(store: log, sink: sink)
    let gate = Gate()
    let running = Task { await journal.run() }
    log.intercept { [log] _ in
      if log.groups.value.count == 1 { await gate.pass() }
      return nil
    }
    let entries = [said("1"), said("2")]
    let first = Task { try await journal.entry(.append(entries[0])) }
    await gate.reached()
    let second = Task { try await journal.entry(.append(entries[1])) }
    running.cancel()
    gate.open()
    // Whichever came first, the end or the change: it is stored, or refused and not stored.
    let isStored = (try? await second.value) != nil
    _ = try await first.value
    await running.value
    #expect((log.state.value.entries[entries[1].id] != nil) == isStored)
    await #expect(throws: ChatError.unavailable(reason: "chatd is stopping")) {
      _ = try await journal.commit(.append(said("3")))
    }
    #expect(sink.changes.map(\.seq) == Array(1...(isStored ? 2 : 1)))
  }
}

/// Hands changes in one after the other and notes their order: the journal takes a change before
/// its caller first suspends, so within an actor the order is certain.
private actor HandingIn {
  let journal: Journal
  nonisolated let handedIn = Watched<[EntryID]>([])

  init(journal: Journal) { self.journal = journal }

  func commit(_ entry: Entry) async throws {
    handedIn.update { $0.append(entry.id) }
    _ = try await journal.commit(.append(entry))
  }
}

extension Result where Success: Sendable, Failure == ChatError {
  fileprivate init(_ body: () async throws(ChatError) -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
