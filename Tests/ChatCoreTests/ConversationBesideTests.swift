import Testing

@testable import ChatCore

/// A message beside another: what a person makes of it when they edit what they said.
@Suite(.timeLimit(.minutes(1))) struct ConversationBesideTests {
  /// A chat in which two were said and answered; `body` gets both.
  private func spoken(
    in chat: Chat, _ body: (_ first: Message, _ second: Message) async throws -> Void
  ) async throws {
    try await chat.run {
      let first = try await chat.send("1").message
      await chat.settle()
      let sent = try await chat.send("2").message
      await chat.settle()
      // It may have been queued: a turn has ended on disk before it has in the conversation.
      let second = try chat.log.state.value.entries[sent.id].unwrapped.message.unwrapped
      try await body(first, second)
    }
  }

  @Test func `A thread's first message is begun anew beside it, and the thread shows that`()
    async throws
  {
    let chat = Chat(children: .echoing("a"))
    try await spoken(in: chat) { first, _ in
      let edited = try await chat.send("one", beside: first.id).message
      #expect(
        await chat.settledPath().gists == [
          "user: one", "rollup: a=a heard one", "assistant: answer 3",
          "rollup: a=a heard answer 3",
        ])
      let page = try await chat.log.page(of: .main, before: nil, limit: nil)
      #expect(page.forks == [Fork(parent: nil, entries: [first.id, edited.id])])
      #expect(chat.model.requests.value.last?.turns.count == 1, "nothing of before is told")
      let third = try await chat.send("uno", beside: edited.id).message
      #expect(third.parent == nil)
      await chat.settle()
    }
  }

  @Test func `A later one gets the same parent`() async throws {
    let chat = Chat(children: .echoing("a"))
    try await spoken(in: chat) { first, second in
      let edited = try await chat.send("two", beside: second.id).message
      let path = await chat.settledPath()
      #expect(path[4].parent == second.parent && second.parent == path[3].id)
      #expect(path.first?.id == first.id && path[4].id == edited.id && path.count == 8)
    }
  }

  @Test func `One of a child's can be stood beside too`() async throws {
    let chat = Chat(model: .off)
    try await chat.run {
      let posted = try await chat.conversations.post(Post(text: "tick"), by: ChildID("a"))
      await chat.settle()
      let edited = try await chat.send("tock", beside: posted.id).message
      #expect(edited.parent == nil && edited.author == nil)
      #expect(await chat.settledPath().gists == ["user: tock"])
    }
  }

  /// Says two things, the second beside the first while that is being answered.
  private func editWhileAnswered(
    _ chat: Chat, _ gate: Gate, _ body: (_ first: Message, _ edited: Message) async throws -> Void
  ) async throws {
    chat.model.follow { _, count, hear in
      if count == 0 { await gate.pass() }
      await hear(.text("answer \(count + 1)"))
      return .ended
    }
    try await chat.run {
      let first = try await chat.send("1").message
      await gate.reached()
      try await body(first, try await chat.send("one", beside: first.id).message)
      gate.open()
      await chat.settle()
    }
  }

  @Test func `While an answer is written it waits, and stands beside when its turn comes`()
    async throws
  {
    let (chat, gate) = (Chat(), Gate())
    var ids: [EntryID] = []
    try await editWhileAnswered(chat, gate) { first, edited in
      #expect(edited.status == .queued && edited.parent == nil)
      #expect(chat.log.state.value.branchFrom[edited.id] == .beginning)
      ids = [first.id, edited.id]
      await #expect {
        try await chat.send("uno", beside: edited.id)
      } throws: {
        "\($0)".contains("message \(edited.id) waits for its turn")
      }
    }
    let log = chat.log.state.value
    #expect(log.path().gists == ["user: one", "assistant: answer 2"])
    #expect(log.forks(along: log.path()) == [Fork(parent: nil, entries: ids)])
  }

  @Test func `What waits to stand beside the first does so after a restart, wherever that was`()
    async throws
  {
    let (chat, gate) = (Chat(log: MemoryLog(keepsMoments: true)), Gate())
    var edited: EntryID?
    try await editWhileAnswered(chat, gate) { edited = $1.id }
    let id = try #require(edited)
    let crashes = chat.log.moments.value.filter { $0.entries[id] != nil }
    #expect(crashes.contains { $0.entries[id]?.isQueued == true })
    for crash in crashes {
      let next = Chat(log: MemoryLog(crash))
      try await next.run {
        let path = await next.settledPath()
        #expect(path.first?.id == id && path.first?.parent == nil)
        #expect(path.compactMap(\.message).map(\.role) == [.user, .assistant])
      }
    }
  }

  @Test func `The same client_msg_id counts once, whatever has become of what it stood beside`()
    async throws
  {
    let chat = Chat(model: .off)
    try await spoken(in: chat) { first, _ in
      let edited = try await chat.send("one", beside: first.id, clientMessageID: "x")
      #expect(!edited.isDuplicate)
      await chat.settle()
      for beside in [first.id, EntryID("none")] {
        let again = try await chat.send("one", beside: beside, clientMessageID: "x")
        #expect(again.isDuplicate && again.message.id == edited.message.id)
      }
      #expect(await chat.settledPath().gists == ["user: one"])
      #expect(chat.log.state.value.entries.count == 3)
    }
  }

  @Test func `Beside what is no message of somebody's in the thread there is no place`()
    async throws
  {
    let chat = Chat(children: .echoing("a"))
    try await spoken(in: chat) { first, second in
      let other = ThreadID("other")
      _ = try await chat.conversations.changeThread(other, create: true) { _ in }
      let path = await chat.settledPath()
      for entry in path where entry.message?.role != .user {
        await #expect(
          throws: ChatError.invalid(
            field: "beside", expected: "a message that a person or a child sent")
        ) { try await chat.send("x", beside: entry.id) }
      }
      await #expect(throws: ChatError.notFound(what: "entry none in thread main")) {
        try await chat.send("x", beside: EntryID("none"))
      }
      await #expect(throws: ChatError.notFound(what: "entry \(first.id) in thread other")) {
        try await chat.send("x", thread: other, beside: first.id)
      }
      await #expect {
        try await chat.send("x", parent: first.id, beside: second.id)
      } throws: {
        guard case ChatError.invalid("beside", _) = $0 else { return false }
        return true
      }
      #expect(chat.log.state.value.path() == path, "nothing was stored")
    }
  }

  @Test func `A title that a person has taken away does not come back with an edit`() async throws {
    let (chat, thread) = (Chat(model: .off), ThreadID("t"))
    try await chat.run {
      _ = try await chat.conversations.changeThread(thread, create: true) { _ in }
      let first = try await chat.send("Plans", thread: thread).message
      await chat.settle()
      #expect(chat.log.state.value.threads[thread]?.title == "Plans")
      _ = try await chat.conversations.changeThread(thread) { $0.title = nil }
      try await chat.send("Other plans", thread: thread, beside: first.id)
      await chat.settle()
      #expect(chat.log.state.value.threads[thread]?.title == nil)
    }
  }
}
