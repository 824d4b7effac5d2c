import Testing

@testable import ChatCore

/// Threads are deleted and taken back, and show the branch that a person chooses.
@Suite(.timeLimit(.minutes(1))) struct ConversationsThreadsTests {
  private let thread = ThreadID("t")

  private func chat(
    over log: LogState = LogState(), at now: Watched<Timestamp> = Watched(.now)
  ) -> Chat {
    Chat(log: MemoryLog(log), children: .echoing("a"), now: { now.value })
  }

  /// A thread whose answer is being written while two messages wait, deleted then.
  private func deleteInMidTurn(
    _ chat: Chat, _ speaking: Gate, then body: (Sent) async throws -> Void
  ) async throws {
    chat.model.breakOff(answerAfter: 0, at: speaking)
    try await chat.run {
      _ = try await chat.conversations.changeThread(thread, create: true) { $0.title = "T" }
      let sent = try await chat.send("1", thread: thread)
      await speaking.reached()
      try await chat.send("2", thread: thread)
      try await chat.send("3", thread: thread)
      let deleted = try await chat.conversations.deleteThread(thread)
      #expect(deleted.deletedAt != nil)
      try await body(sent)
    }
  }

  private let whole = [
    "user: 1", "rollup: a=a heard 1", "assistant: answer 1 (stopped)", "rollup: a=a heard answer 1",
    "user: 2", "rollup: a=a heard 2", "assistant: answer 2", "rollup: a=a heard answer 2",
    "user: 3", "rollup: a=a heard 3", "assistant: answer 3", "rollup: a=a heard answer 3",
  ]

  @Test func `A turn that runs is stopped, and what waits goes on once the thread is back`()
    async throws
  {
    let chat = chat()
    try await deleteInMidTurn(chat, Gate()) { _ in
      let log = chat.log.state.value
      #expect(log.path(of: thread).gists == Array(whole.prefix(4)))
      #expect(log.queued(in: thread).map(\.content) == ["2", "3"])
      #expect(log.turns.isEmpty)
      await #expect(throws: ChatError.notFound(what: "thread t")) {
        try await chat.send("4", thread: thread)
      }
      // Deleted twice it is deleted once.
      let again = try await chat.conversations.deleteThread(thread)
      #expect(again.deletedAt == log.threads[thread]?.deletedAt)
      // Another change is no undoing.
      _ = try await chat.conversations.changeThread(thread) { $0.title = "U" }
      #expect(chat.model.requests.value.count == 1)
      _ = try await chat.conversations.changeThread(thread, reopens: true) { $0.deletedAt = nil }
      #expect(await chat.settledPath(of: thread).gists == whole)
    }
  }

  @Test func `What waited in a thread that is back after a restart is taken up, too`() async throws
  {
    let first = chat()
    try await deleteInMidTurn(first, Gate()) { _ in }
    let chat = chat(over: first.log.state.value)
    chat.model.follow { _, count, hear in
      await hear(.text("answer \(count + 2)"))
      return .ended
    }
    try await chat.run {
      await #expect(throws: ChatError.notFound(what: "thread t")) {
        try await chat.send("4", thread: thread)
      }
      #expect(chat.model.requests.value.isEmpty)
      _ = try await chat.conversations.changeThread(thread, reopens: true) { $0.deletedAt = nil }
      #expect(await chat.settledPath(of: thread).gists == whole)
      #expect(chat.children.inquiries.value.allSatisfy { $0.attempt == 1 })
    }
  }

  @Test func `A deletion that the disk refuses changes nothing, and what waits goes on`()
    async throws
  {
    let chat = chat()
    let speaking = Gate()
    chat.model.breakOff(answerAfter: 0, at: speaking)
    try await chat.run {
      _ = try await chat.conversations.changeThread(thread, create: true) { $0.title = "T" }
      try await chat.send("1", thread: thread)
      await speaking.reached()
      try await chat.send("2", thread: thread)
      try await chat.send("3", thread: thread)
      chat.log.intercept { changes in
        if case .thread = changes[0] { .unavailable(reason: "disk full") } else { nil }
      }
      await #expect(throws: ChatError.unavailable(reason: "disk full")) {
        try await chat.conversations.deleteThread(thread)
      }
      chat.log.intercept(nil)
      #expect(await chat.settledPath(of: thread).gists == whole)
    }
  }

  @Test func `A turn that is stopped while children are asked ends before the thread is deleted`()
    async throws
  {
    let chat = chat()
    let asking = Gate()
    chat.children.follow { _ in
      await asking.pass()
      return [.silent(ChildID("a"))]
    }
    try await chat.run {
      _ = try await chat.conversations.changeThread(thread, create: true) { _ in }
      try await chat.send("1", thread: thread)
      await asking.reached()
      _ = try await chat.conversations.deleteThread(thread)
      let log = chat.log.state.value
      #expect(log.path(of: thread).gists == ["user: 1", "rollup: a=timed_out"])
      #expect(log.turns.isEmpty && chat.model.requests.value.isEmpty)
      #expect(chat.reports.value.isEmpty)
    }
  }

  @Test func `Nobody deletes main, or what is not there`() async throws {
    let chat = chat()
    try await chat.run {
      await #expect(throws: ChatError.self) { try await chat.conversations.deleteThread(.main) }
      await #expect(throws: ChatError.notFound(what: "thread t")) {
        try await chat.conversations.deleteThread(thread)
      }
    }
  }

  @Test func `A deletion can be taken back for 30 days, and not a moment longer`() async throws {
    let now = Watched(Timestamp(milliseconds: 1_795_600_800_000))
    let chat = chat(at: now)
    try await chat.run {
      for id in [thread, ThreadID("u")] {
        _ = try await chat.conversations.changeThread(id, create: true) { _ in }
        try await chat.send("1", thread: id)
        await chat.settle()
        _ = try await chat.conversations.deleteThread(id)
      }
      now.update { $0 = $0.advanced(by: .seconds(30 * 86_400) - .milliseconds(1)) }
      _ = try await chat.conversations.changeThread(thread, reopens: true) { $0.deletedAt = nil }
      await Removal(around: chat.around).removeDue()
      #expect(chat.log.state.value.path(of: ThreadID("u")).count == 4)
      now.update { $0 = $0.advanced(by: .milliseconds(1)) }
      for _ in 0..<2 {
        await #expect(throws: ChatError.notFound(what: "thread u")) {
          try await chat.conversations.changeThread(ThreadID("u"), reopens: true) {
            $0.deletedAt = nil
          }
        }
        await Removal(around: chat.around).removeDue()
        let log = chat.log.state.value
        #expect(log.entries.values.allSatisfy { $0.thread == thread })
        #expect(log.threads[ThreadID("u")]?.deletedAt != nil, "its row stays")
      }
      #expect(chat.log.state.value.path(of: thread).count == 4)
      #expect(chat.reports.value.isEmpty)
    }
  }

  @Test func `A thread of many entries is removed to the last one`() async throws {
    let now = Watched(Timestamp.now)
    let chat = chat(at: now)
    try await chat.run {
      let items = (0..<2_001).map { number in
        ThreadImport.Item(
          place: "entries[\(number)]",
          entry: .message(
            Message(
              id: .next(at: .now), thread: thread, createdAt: .now, role: .user,
              content: "\(number)")))
      }
      let new = ThreadImport(
        thread: ChatThread(id: thread, createdAt: .now, head: items[0].entry.id), items: items,
        skippedCount: 0)
      #expect(try await chat.conversations.take(new).addedCount == items.count)
      _ = try await chat.conversations.deleteThread(thread)
      now.update { $0 = $0.advanced(by: .seconds(31 * 86_400)) }
      await Removal(around: chat.around).removeDue()
      let left = chat.log.state.value.entries.count
      #expect(left == 0)
    }
  }

  @Test func `What the disk does not let go is left to the next time`() async throws {
    let now = Watched(Timestamp.now)
    let chat = chat(at: now)
    try await chat.run {
      _ = try await chat.conversations.changeThread(thread, create: true) { _ in }
      try await chat.send("1", thread: thread)
      await chat.settle()
      _ = try await chat.conversations.deleteThread(thread)
      now.update { $0 = $0.advanced(by: .seconds(31 * 86_400)) }
      chat.log.intercept { _ in .unavailable(reason: "disk full") }
      let removing = Task { [around = chat.around] in await Removal(around: around).run() }
      await chat.reports.wait { !$0.isEmpty }
      #expect(chat.reports.value == ["deleted threads were not removed: disk full"])
      chat.log.intercept(nil)
      await chat.pauses.endNext()
      await chat.log.state.wait { $0.entries.isEmpty && $0.threads[ThreadID("t")]?.head == nil }
      removing.cancel()
      await chat.pauses.endNext()
      await removing.value
    }
  }

  @Test func `A thread shows the branch that a person chooses, and goes on there`() async throws {
    let chat = chat()
    try await chat.run {
      let first = try await chat.send("1").message
      let before = await chat.settledPath()
      _ = try await chat.conversations.redo(.regenerate, of: first.id)
      let after = await chat.settledPath()
      #expect(after[2].id != before[2].id)
      let page = try await chat.log.page(of: .main, before: nil, limit: nil)
      #expect(page.forks == [Fork(parent: before[1].id, entries: [before[2].id, after[2].id])])
      let changed = try await chat.conversations.changeThread(.main, head: before[2].id) {
        $0.title = "Old"
      }
      #expect(changed.head == before[3].id && changed.title == "Old")
      #expect(chat.log.state.value.path() == before)
      // The newest of both.
      _ = try await chat.conversations.changeThread(.main, head: first.id) { _ in }
      #expect(chat.log.state.value.path() == after)
      _ = try await chat.conversations.changeThread(.main, head: before[3].id) { _ in }
      let next = try await chat.send("2").message
      #expect(next.parent == before[3].id)
      #expect(await chat.settledPath().prefix(4).map(\.id) == before.map(\.id))
      let texts = try #require(chat.model.requests.value.last).turns.map(\.text)
      #expect(texts.contains { $0.contains("answer 1") })
      #expect(!texts.contains { $0.contains("answer 2") })
    }
  }

  @Test func `Only an entry of the thread that has its place can be shown, and not during a turn`()
    async throws
  {
    let speaking = Gate()
    let chat = chat()
    chat.model.follow { _, _, _ in
      await speaking.pass()
      return .ended
    }
    try await chat.run {
      _ = try await chat.conversations.changeThread(thread, create: true) { _ in }
      let elsewhere = try await chat.send("1", thread: thread).message
      let sent = try await chat.send("1").message
      await speaking.reached(by: 2)
      let error = await #expect(throws: ChatError.self) {
        try await chat.conversations.changeThread(.main, head: sent.id) { _ in }
      }
      #expect(error?.code == "conflict")
      speaking.open()
      await chat.settle()
      for id in [elsewhere.id, EntryID("nowhere")] {
        await #expect(throws: ChatError.notFound(what: "entry \(id)")) {
          try await chat.conversations.changeThread(.main, head: id) { _ in }
        }
      }
      try await chat.send("2")
      await chat.settle()
    }
  }
}
