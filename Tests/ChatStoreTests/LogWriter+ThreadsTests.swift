import ChatCore
import Testing

@testable import ChatStore

@Suite struct LogWriterThreadsTests {
  private let thread = ThreadID("t")

  @Test func `Each change of a thread has its number`() async throws {
    try await withStore { store in
      let results = await store.commit([
        .thread(thread, create: true) { $0.title = "New" }, .thread(thread) { $0.title = nil },
        .thread(thread) { $0.deletedAt = .then },
      ])
      #expect(results.map(\.prevSeq) == [1, 2, 3])
      #expect(try await store.threads().map(\.id) == [.main])
      guard
        case .thread(let back, 4) = try await store.commit(.thread(thread) { $0.deletedAt = nil })
      else { throw NoEntry() }
      #expect(back.seq == 5)
      #expect(try await store.threads() == [store.threads()[0], back])
    }
  }

  @Test func `All of a thread is kept`() async throws {
    try await withStore { store in
      let created = ChatThread(
        id: thread, title: "Grüße 🎲 \0", createdAt: .then, model: "m", system: "be\nkind",
        muted: [ChildID("b"), ChildID("a")], readSeq: .max)
      guard
        case .thread(let stored, _) = try await store.commit(
          .thread(thread, create: true) { $0 = created })
      else { throw NoEntry() }
      #expect(stored.title == "Grüße 🎲 \u{FFFD}")
      #expect(stored.createdAt == .then)
      #expect(try await store.threads().last == stored)
      var expected = created
      (expected.seq, expected.title) = (2, stored.title)
      #expect(stored == expected)
    }
  }

  @Test func `The head may be any entry that has its place in the thread`() async throws {
    try await withStore { store in
      let root = try await store.say("root")
      let one = try await store.say("one", after: root.id)
      let two = try await store.say("two", after: root.id)
      #expect(try await store.path() == [root, two])
      try await store.commit(.thread(.main) { $0.head = one.id })
      #expect(try await store.path() == [root, one])

      let queued = try await store.stored(.append(.said("x", status: .queued)))
      let results = await store.commit([
        .thread(.main) { $0.head = queued.id }, .thread(.main) { $0.head = EntryID("none") },
        .thread(thread, create: true) { $0.head = one.id },
      ])
      #expect(results.map(\.error?.code) == ["conflict", "not_found", "not_found"])
      #expect(try await store.path() == [root, one])
    }
  }

  @Test func `What a thread can't be is refused`() async throws {
    try await withStore { store in
      let results = await store.commit([
        .thread(.main, create: true) { _ in }, .thread(thread) { _ in },
        .thread(.main) { $0 = ChatThread(id: ThreadID("x"), createdAt: $0.createdAt) },
        .thread(.main) { $0 = ChatThread(id: .main, createdAt: .then) },
        .thread(.main) { $0.deletedAt = .then },
      ])
      #expect(
        results.map { $0.error.map { "\($0)" } } == [
          "thread main is there already", "there is no thread t",
          "thread main keeps its id and created_at", "thread main keeps its id and created_at",
          "thread main is always there",
        ])
      let seq = try await store.lastSeq()
      #expect(seq == 1)
    }
  }

  @Test func `A change of a thread leaves its running turn alone`() async throws {
    try await withStore { store in
      let hello = try await store.stored(.append(.said("hello"), turn: true))
      try await store.commit(.thread(.main) { $0.title = "Hello" })
      #expect(try await store.unfinished().turns == [.main: hello.id])
    }
  }
}
