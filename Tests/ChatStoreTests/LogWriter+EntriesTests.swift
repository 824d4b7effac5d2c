import ChatCore
import GRDB
import Testing

@testable import ChatStore

@Suite struct LogWriterEntriesTests {
  private let none = EntryID("none")

  @Test func `An entry takes the next number and becomes the head`() async throws {
    try await withStore { store in
      let hello = Entry.said("hello")
      guard case .entry(let stored, let prevSeq) = try await store.commit(.append(hello)) else {
        throw NoEntry()
      }
      #expect(stored.seq == 2)
      #expect(prevSeq == 1)
      #expect(stored.id == hello.id)
      #expect(try await store.page(of: .main, before: nil, limit: nil).head == hello.id)
      // The head is no change of the thread.
      #expect(try await store.threads()[0].seq == 1)
    }
  }

  @Test func `The same client_msg_id counts once in a thread`() async throws {
    try await withStore { store in
      try await store.commit(.thread(ThreadID("t"), create: true) { _ in })
      let results = await store.commit([
        .append(.said("1"), clientMessageID: "a"), .append(.said("2"), clientMessageID: "a"),
        .append(.said("3"), clientMessageID: "b"),
        .append(.said("4", thread: ThreadID("t")), clientMessageID: "a"),
      ])
      #expect(results.map(\.entry?.text) == ["1", "1", "3", "4"])
      #expect(results.map(\.prevSeq) == [2, nil, 3, 4])
      // Even with a parent that is gone, since nothing is written.
      let again = await store.commit([.append(.said("5", after: none), clientMessageID: "b")])
      #expect(again.map(\.entry?.text) == ["3"])
      #expect(try await store.lastSeq() == 5)
      #expect(try await store.message(sentAs: "b", in: .main)?.content == "3")
      #expect(try await store.message(sentAs: "a", in: ThreadID("t"))?.content == "4")
      #expect(try await store.message(sentAs: "c", in: .main) == nil)
      try await store.commit(.thread(ThreadID("t")) { $0.deletedAt = .then })
      await #expect(throws: ChatError.notFound(what: "thread t")) {
        try await store.message(sentAs: "a", in: ThreadID("t"))
      }
    }
  }

  @Test func `A repeated send gets the first message as it is now`() async throws {
    try await withStore { store in
      let queued = try await store.stored(
        .append(.said("x", status: .queued), clientMessageID: "a"))
      let placed = try await store.stored(.amend(queued.id) { $0.place(after: nil) })
      let again = try await store.stored(.append(.said("x"), clientMessageID: "a"))
      #expect(again == placed)
      #expect(again.message?.status == .complete)
    }
  }

  @Test func `Where an entry can't go it is not stored`() async throws {
    try await withStore { store in
      try await store.commit(.thread(ThreadID("t"), create: true) { _ in })
      try await store.commit(.thread(ThreadID("gone"), create: true) { $0.deletedAt = .then })
      let hello = try await store.say("hello")
      let queued = try await store.stored(.append(.said("later", status: .queued)))
      let results = await store.commit([
        .append(.said("x", thread: ThreadID("none"))),
        .append(.said("x", thread: ThreadID("gone"))),
        .append(.said("x", after: none)),
        .append(.said("x", after: hello.id, thread: ThreadID("t"))),
        .append(.said("x", after: queued.id)), .append(hello),
        .append(.said("x", after: hello.id, status: .queued)),
        .append(.said("x", status: .queued), branchFrom: .entry(none)),
      ])
      #expect(
        results.map { $0.error.map { "\($0)" } } == [
          "there is no thread none", "there is no thread gone", "there is no entry none",
          "there is no entry \(hello.id)", "entry \(queued.id) is still queued",
          "entry \(hello.id) is there already",
          results[6].error.map { "\($0)" }, "there is no entry none",
        ])
      #expect(results[6].error?.code == "conflict")
      #expect(try await store.path() == [hello])
      #expect(try await store.lastSeq() == queued.seq)
    }
  }

  @Test func `What is queued stands beside the thread until it gets its place`() async throws {
    try await withStore { store in
      let hello = try await store.say("hello")
      let first = try await store.stored(.append(.said("1", status: .queued)))
      let second = try await store.stored(.append(.said("2", status: .queued)))
      var page = try await store.page(of: .main, before: nil, limit: nil)
      #expect(page.entries == [hello])
      #expect(page.queued == [first.message, second.message].compactMap { $0 })
      #expect(page.head == hello.id)

      let placed = try await store.stored(
        .amend(first.id, turn: true) { $0.place(after: hello.id) })
      #expect(placed.seq == 5)
      page = try await store.page(of: .main, before: nil, limit: nil)
      #expect(page.entries == [hello, placed])
      #expect(page.queued.map(\.content) == ["2"])
      #expect(page.head == first.id)
      #expect(try await store.unfinished().turns == [.main: first.id])
    }
  }

  @Test func `What is queued in a deleted thread gets no place`() async throws {
    try await withStore { store in
      let thread = ThreadID("t")
      try await store.commit(.thread(thread, create: true) { _ in })
      let queued = try await store.stored(.append(.said("1", thread: thread, status: .queued)))
      try await store.commit(.thread(thread) { $0.deletedAt = .then })
      let results = await store.commit([.amend(queued.id) { $0.place(after: nil) }])
      #expect(results[0].error == .notFound(what: "thread t"))
    }
  }

  @Test func `An amended entry has the next number and its old place`() async throws {
    try await withStore { store in
      let speech = try await store.stored(.append(.said("", status: .streaming, role: .assistant)))
      let rollup = try await store.stored(.append(.rolledUp(speech)))
      try await store.commit(.draft(speech.id, text: "once"))
      let ended = try await store.stored(
        .amend(speech.id) { entry in
          guard case .message(var message) = entry else { return }
          (message.status, message.content) = (.complete, "once upon")
          entry = .message(message)
        })
      #expect(ended.seq == 4)
      #expect(try await store.entry(speech.id) == ended)
      #expect(try await store.path() == [ended, rollup])
      #expect(try await store.page(of: .main, before: nil, limit: nil).head == rollup.id)
      #expect(try await store.unfinished().streaming.isEmpty)
      let draft = try await store.pool.read {
        try String.fetchOne($0, sql: "SELECT draft FROM entry WHERE draft IS NOT NULL")
      }
      #expect(draft == nil)
    }
  }

  @Test func `A late reply changes its rollup`() async throws {
    try await withStore { store in
      let hello = try await store.say("hello")
      let dice = ChildID("dice")
      let asked = ChildResponse(child: dice, messageID: .next(at: .then), status: .timedOut)
      let rollup = try await store.stored(.append(.rolledUp(hello, [asked])))
      var late = asked
      (late.status, late.late, late.text) = (.replied, true, "6")
      let reply = late
      try await store.commit(
        .amend(rollup.id) { entry in
          guard case .rollup(var rollup) = entry else { return }
          _ = rollup.replace(with: reply)
          entry = .rollup(rollup)
        })
      #expect(try await store.rollup(of: hello.id)?.responses == [late])
      #expect(try await store.rollup(of: hello.id)?.seq == 4)
    }
  }

  @Test func `What makes an entry this one can't be amended`() async throws {
    try await withStore { store in
      let hello = try await store.say("hello")
      let other = try await store.say("other", after: hello.id)
      var elsewhere = try #require(other.message)
      elsewhere = Message(
        id: elsewhere.id, parent: hello.id, thread: ThreadID("t"), createdAt: .then, role: .user,
        content: "")
      let moved = elsewhere
      let results = await store.commit([
        .amend(hello.id) { $0 = .said("another id") }, .amend(other.id) { $0 = .message(moved) },
        .amend(other.id) { $0 = .rolledUp(hello) }, .amend(other.id) { $0.place(after: nil) },
        .amend(hello.id) { entry in
          guard case .message(var message) = entry else { return }
          message.status = .queued
          entry = .message(message)
        }, .amend(none) { _ in },
      ])
      #expect(results.map(\.error?.code) == Array(repeating: "conflict", count: 5) + ["not_found"])
      #expect(try await store.path() == [hello, other])
    }
  }

  @Test func `A turn is known until it ends`() async throws {
    try await withStore { store in
      let hello = try await store.stored(.append(.said("hello"), turn: true))
      try await store.stored(.append(.rolledUp(hello)))
      #expect(try await store.unfinished().turns == [.main: hello.id])
      try await store.commit(.turnEnded(.main))
      #expect(try await store.unfinished().turns.isEmpty)
    }
  }
}

extension Entry {
  /// What a turn does with a queued message when it begins.
  mutating func place(after parent: EntryID?) {
    guard case .message(var message) = self else { return }
    (message.status, message.parent) = (.complete, parent)
    self = .message(message)
  }
}
