import Synchronization
import Testing

@testable import ChatCore

@Suite(.timeLimit(.minutes(1))) struct ConversationsTests {
  private let other = ThreadID("t")

  @Test func `A message is checked before it is taken`() async throws {
    let chat = Chat(children: .echoing("a"))
    try await chat.run {
      await #expect(throws: ChatError.invalid(field: "content", expected: "text that is not empty"))
      {
        try await chat.send(" ")
      }
      await #expect(throws: ChatError.self) { try await chat.send("x", to: [ChildID("stranger")]) }
      await #expect(throws: ChatError.notFound(what: "thread nowhere")) {
        try await chat.send("x", thread: ThreadID("nowhere"))
      }
      #expect(chat.log.state.value.entries.isEmpty)
      let sent = try await chat.send("@a hello").message
      #expect(sent.to == [ChildID("a")])
      await chat.settle()
    }
  }

  @Test func `What was sent before is answered as then, whatever has become of what it names`()
    async throws
  {
    let chat = Chat(children: .echoing("a"), model: .off)
    try await chat.run {
      let a = ChildID("a")
      let first = try await chat.send("x", to: [a], clientMessageID: "1").message
      await chat.settle()
      // Refused, were it new: an unknown child, an unknown parent, no text.
      for (content, parent, to) in [
        ("x", nil, [ChildID("gone")]), ("x", EntryID("gone"), nil), (" ", nil, nil),
      ] as [(String, EntryID?, [ChildID]?)] {
        let again = try await chat.send(content, parent: parent, to: to, clientMessageID: "1")
        #expect(again.isDuplicate && again.message.id == first.id)
        await #expect(throws: ChatError.self) {
          try await chat.send(content, parent: parent, to: to, clientMessageID: "2")
        }
      }
    }
  }

  @Test func `A parent has to stand in the thread`() async throws {
    let speaking = Gate()
    let chat = Chat(
      model: FakeModel { _, _, _ in
        await speaking.pass()
        return .ended
      })
    try await chat.run {
      _ = try await chat.conversations.changeThread(other, create: true) { _ in }
      let elsewhere = try await chat.send("1", thread: other).message
      try await chat.send("2")
      await speaking.reached(by: 2)
      let queued = try await chat.send("3").message
      for parent in [EntryID("nowhere"), elsewhere.id, queued.id] {
        await #expect(throws: ChatError.notFound(what: "entry \(parent) in thread main")) {
          try await chat.send("x", parent: parent)
        }
      }
      speaking.open()
      await chat.settle()
    }
  }

  @Test func `A thread is made once and changed as often as one likes`() async throws {
    let chat = Chat()
    try await chat.run {
      let made = try await chat.conversations.changeThread(other, create: true) { $0.title = "A" }
      #expect(made.title == "A")
      await #expect(throws: ChatError.conflict(reason: "thread t is there")) {
        try await chat.conversations.changeThread(other, create: true) { _ in }
      }
      await #expect(throws: ChatError.notFound(what: "thread x")) {
        try await chat.conversations.changeThread(ThreadID("x")) { _ in }
      }
      let changed = try await chat.conversations.changeThread(other) { $0.title = "B" }
      #expect(changed.title == "B")
      #expect(changed.seq == made.seq + 1)
    }
  }

  @Test func `Who is muted while a turn runs is not asked about its answer`() async throws {
    let speaking = Gate()
    let chat = Chat(children: .echoing("a"))
    chat.model.follow { _, _, hear in
      await speaking.pass()
      await hear(.text("x"))
      return .ended
    }
    try await chat.run {
      try await chat.send("1")
      await speaking.reached()
      _ = try await chat.conversations.changeThread(.main) { $0.muted = [ChildID("a")] }
      speaking.open()
      await chat.settle()
      #expect(chat.children.inquiries.value.map(\.muted) == [[], [ChildID("a")]])
      // The change of the thread did not take its head back.
      let path = chat.log.state.value.path()
      #expect(path.map(\.parent) == [nil] + path.dropLast().map(\.id))
      #expect(path.count == 4)
    }
  }

  /// The first reading is for what an earlier run left.
  @Test(arguments: [1, 2])
  func `A thread that changes while it is opened is opened as it is then`(
    which: Int
  ) async throws {
    let chat = Chat(children: .echoing("a"))
    let reading = Gate()
    let readings = Watched(0)
    chat.log.interceptReadingResult { what in
      guard what == "threads",
        readings.update({
          $0 += 1
          return $0
        }) == which
      else { return }
      await reading.pass()
    }
    try await chat.run {
      async let sent = chat.send("1")
      await reading.reached()
      _ = try await chat.conversations.changeThread(.main) { $0.muted = [ChildID("a")] }
      reading.open()
      _ = try await sent
      await chat.settle()
      #expect(chat.children.inquiries.value.map(\.muted) == [[ChildID("a")], [ChildID("a")]])
    }
  }

  @Test func `Of two changes the later one counts, in whichever order they are heard of`()
    async throws
  {
    let chat = Chat()
    try await chat.runAlone { conversation in
      var (older, newer) = (
        ChatThread(id: .main, createdAt: .now), ChatThread(id: .main, createdAt: .now)
      )
      (older.seq, older.title) = (5, "older")
      (newer.seq, newer.title, newer.head) = (6, "newer", EntryID("elsewhere"))
      await conversation.adopt(newer)
      await conversation.adopt(older)
      #expect(await conversation.thread.title == "newer")
      #expect(await conversation.thread.head == nil)
    }
  }

  @Test func `After the finish no turn begins, what runs ends, and what is queued stays`()
    async throws
  {
    let speaking = Gate()
    let chat = Chat(children: .echoing("a"))
    chat.model.follow { _, _, hear in
      await speaking.pass()
      await hear(.text("x"))
      return .ended
    }
    try await chat.runStopping { turns in
      _ = try await chat.conversations.changeThread(other, create: true) { _ in }
      try await chat.send("1")
      await speaking.reached()
      try await chat.send("2")
      await chat.conversations.finish()
      let late = try await chat.send("3").message
      let elsewhere = try await chat.send("4", thread: other).message
      #expect([late, elsewhere].map(\.status) == [.queued, .queued])
      speaking.open()
      try await turns.value
      let state = chat.log.state.value
      #expect(
        state.path().gists == [
          "user: 1", "rollup: a=a heard 1", "assistant: x", "rollup: a=a heard x",
        ])
      #expect(state.queued(in: .main).map(\.content) == ["2", "3"])
      #expect(state.queued(in: other).map(\.content) == ["4"])
      #expect(state.turns.isEmpty, "the turn that has ended is not taken up again")
    }
    let log = MemoryLog(chat.log.state.value)
    let next = Chat(log: log, children: .echoing("a"), model: .off)
    try await next.run {
      let path = await next.settledPath()
      #expect(path.compactMap(\.message?.content) == ["1", "x", "2", "3"])
      #expect(log.state.value.path(of: other).gists == ["user: 4", "rollup: a=a heard 4"])
      #expect(next.children.inquiries.value.map(\.attempt) == [1, 1, 1])
    }
  }

  @Test func `A chat that is not used ends at once`() async throws {
    try await Chat().run {}
    let chat = Chat()
    try await chat.runStopping { turns in
      turns.cancel()
      _ = await turns.result
    }
  }

  @Test
  func `Cancelled while the answer comes, it is interrupted and the rest is left to the next run`()
    async throws
  {
    let speaking = Gate()
    let chat = Chat(children: .echoing("a"))
    chat.model.follow { _, _, hear in
      await hear(.text("so far"))
      await speaking.pass()
      throw CancellationError()
    }
    try await chat.runStopping { turns in
      try await chat.send("1")
      await speaking.reached()
      await chat.conversations.finish()
      turns.cancel()
      try await turns.value
      let path = chat.log.state.value.path()
      #expect(path.gists == ["user: 1", "rollup: a=a heard 1", "assistant: so far (interrupted)"])
      #expect(path.last?.message?.error == "chatd was stopped while this was being written")
    }
    let next = Chat(log: MemoryLog(chat.log.state.value), children: .echoing("a"))
    try await next.run {
      #expect(
        await next.settledPath().gists.dropFirst(2) == [
          "assistant: so far (interrupted)", "rollup: a=a heard so far",
        ])
    }
    #expect(next.model.requests.value.isEmpty)
  }

  @Test func `Cancelled while children are asked, the answer is left to the next run`() async throws
  {
    let asking = Gate()
    let chat = Chat()
    chat.children.follow { _ in
      await asking.pass()
      return [.silent(ChildID("a"))]
    }
    try await chat.runStopping { turns in
      try await chat.send("1")
      await asking.reached()
      turns.cancel()
      try await turns.value
      #expect(chat.log.state.value.path().gists == ["user: 1", "rollup: a=timed_out"])
    }
    #expect(chat.model.requests.value.isEmpty)
    let next = Chat(log: MemoryLog(chat.log.state.value))
    try await next.run {
      #expect(
        await next.settledPath().gists == [
          "user: 1", "rollup: a=timed_out", "assistant: answer 1",
        ])
    }
  }

  @Test func `Children read the history and post`() async throws {
    let chat = Chat(children: .echoing("a"), model: .off)
    let host: any ChildHost = chat.conversations
    try await chat.run {
      try await chat.send("1")
      _ = await chat.settledPath()
      let posted = try await host.post(Post(text: "@a tick"), by: ChildID("clock"))
      #expect(posted.to == nil)
      let path = await chat.settledPath()
      #expect(path.gists == ["user: 1", "rollup: a=a heard 1", "child clock: @a tick"])
      #expect(try await host.history(thread: .main, before: nil, limit: 2) == Array(path.suffix(2)))
      #expect(
        try await host.history(thread: .main, before: posted.id, limit: 1) == [path[1]])
      await #expect(throws: ChatError.notFound(what: "thread t")) {
        try await host.history(thread: other, before: nil, limit: 1)
      }
      await #expect(throws: ChatError.notFound(what: "thread t")) {
        try await host.post(Post(text: "x", thread: other), by: ChildID("clock"))
      }
      await #expect(throws: ChatError.invalid(field: "content", expected: "text that is not empty"))
      {
        try await host.post(Post(text: ""), by: ChildID("clock"))
      }
    }
  }
}
