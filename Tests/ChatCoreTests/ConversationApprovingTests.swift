import ChildProtocol
import Testing

@testable import ChatCore

/// A person decides on the calls of tools that are not to be called without.
@Suite(.timeLimit(.minutes(1))) struct ConversationApprovingTests {
  /// A model that asks for a call as long as it has had fewer results than that, and then answers.
  private static func calling(_ rounds: Int = 1, _ calls: ModelCall...) -> FakeModel {
    let calls = calls.isEmpty ? [ModelCall("a", "ask")] : calls
    return FakeModel { request, _, hear in
      let results = request.turns.flatMap(\.parts).filter(\.isResults)
      if results.count < rounds { return .calling(calls) }
      await hear(.text("answer"))
      return .ended
    }
  }

  private static func chat(_ model: FakeModel = calling(), log: MemoryLog = MemoryLog()) -> Chat {
    let children = FakeChildren(names: [ChildID("a")])
    children.offer("a", "ask", approval: .ask)
    children.offer("a", "add", approval: .auto)
    return Chat(log: log, children: children, model: model)
  }

  /// The round that is the last entry, once one of its calls waits for a person.
  private static func waiting(_ chat: Chat) async throws -> ToolRound {
    await chat.log.state.wait {
      $0.path().last?.toolRound?.calls.contains { $0.status == .waiting } == true
    }
    return try #require(chat.log.state.value.path().last?.toolRound)
  }

  @Test(arguments: [true, false])
  func `A call waits for a person's word and is made or refused by it`(allow: Bool) async throws {
    let chat = Self.chat()
    try await chat.run {
      try await chat.send("1")
      let round = try await Self.waiting(chat)
      #expect(chat.children.toolCalls.value.isEmpty)
      let entry = try await chat.conversations.approve(
        round.calls[0].callID, allow: allow, remember: false)
      #expect(entry.toolRound?.calls[0].status == (allow ? .running : .refused))
      let path = await chat.settledPath()
      #expect(path.rounds[0].calls[0].status == (allow ? .done : .refused))
      #expect(path.rounds[0].calls[0].reason == (allow ? nil : "a person said no"))
      #expect(chat.children.toolCalls.value.count == (allow ? 1 : 0))
      #expect(path.gists.last == "assistant: answer")
      #expect(chat.model.requests.value.last?.turns.last?.parts == [.results(path.rounds[0].calls)])
      #expect(chat.children.remembered.value.isEmpty)
    }
  }

  @Test func `A call is not made before the word for it is on disk`() async throws {
    let chat = Self.chat()
    let storing = Gate()
    chat.log.intercept { changes in
      guard case .amend(let id, _, _) = changes[0],
        chat.log.state.value.entries[id]?.toolRound != nil
      else { return nil }
      await storing.pass()
      return nil
    }
    try await chat.run {
      try await chat.send("1")
      let call = try await Self.waiting(chat).calls[0].callID
      async let first = chat.conversations.approve(call, allow: true, remember: false)
      await storing.reached()
      // Whoever comes second is told so, whatever he says.
      await #expect(throws: ChatError.conflict(reason: "call \(call) does not wait for a decision"))
      {
        try await chat.conversations.approve(call, allow: false, remember: false)
      }
      #expect(chat.children.toolCalls.value.isEmpty)
      storing.open()
      _ = try await first
      #expect(await chat.settledPath().rounds[0].calls[0].status == .done)
      #expect(chat.children.toolCalls.value.count == 1)
    }
  }

  @Test func `While the disk refuses a word the call waits on`() async throws {
    let chat = Self.chat()
    try await chat.run {
      try await chat.send("1")
      let call = try await Self.waiting(chat).calls[0].callID
      chat.log.intercept { _ in .unavailable(reason: "disk full") }
      await #expect(throws: ChatError.unavailable(reason: "disk full")) {
        try await chat.conversations.approve(call, allow: true, remember: false)
      }
      #expect(chat.children.toolCalls.value.isEmpty)
      chat.log.intercept(nil)
      _ = try await chat.conversations.approve(call, allow: true, remember: false)
      #expect(await chat.settledPath().rounds[0].calls[0].status == .done)
    }
  }

  @Test func `Calls that need no word are made while others wait for theirs`() async throws {
    let chat = Self.chat(Self.calling(1, ModelCall("a", "ask"), ModelCall("a", "add")))
    try await chat.run {
      try await chat.send("1")
      await chat.log.state.wait { $0.path().last?.toolRound?.calls[1].status == .done }
      let round = try await Self.waiting(chat)
      #expect(round.calls.map(\.status) == [.waiting, .done])
      _ = try await chat.conversations.approve(
        round.calls[0].callID, allow: true, remember: false)
      #expect(await chat.settledPath().rounds[0].calls.map(\.status) == [.done, .done])
    }
  }

  @Test(arguments: [true, false])
  func `A word that is to be remembered counts from the next round on`(allow: Bool) async throws {
    let chat = Self.chat(Self.calling(2))
    try await chat.run {
      try await chat.send("1")
      let call = try await Self.waiting(chat).calls[0].callID
      _ = try await chat.conversations.approve(call, allow: allow, remember: true)
      let path = await chat.settledPath()
      #expect(chat.children.remembered.value == ["a ask \(allow ? "auto" : "never")"])
      let status: ToolCall.Status = allow ? .done : .refused
      #expect(path.rounds.flatMap(\.calls).map(\.status) == [status, status])
    }
  }

  @Test func `What is not there or does not wait can't be decided on`() async throws {
    let chat = Self.chat(Self.calling(1, ModelCall("a", "ask"), ModelCall("a", "add")))
    try await chat.run {
      try await chat.send("1")
      let round = try await Self.waiting(chat)
      for stranger in [
        "", "x", "-", "\(round.id)", "\(round.id)-3", "\(round.originalMessageID)-1",
      ] {
        await #expect(throws: ChatError.notFound(what: "call \(stranger)")) {
          try await chat.conversations.approve(stranger, allow: true, remember: true)
        }
      }
      let (asked, auto) = (round.calls[0].callID, round.calls[1].callID)
      await chat.log.state.wait { $0.path().last?.toolRound?.calls[1].status == .done }
      _ = try await chat.conversations.approve(asked, allow: true, remember: false)
      await chat.settle()
      for call in [asked, auto] {
        await #expect(
          throws: ChatError.conflict(reason: "call \(call) does not wait for a decision")
        ) {
          try await chat.conversations.approve(call, allow: false, remember: true)
        }
      }
      #expect(chat.children.remembered.value.isEmpty)
      #expect(chat.children.toolCalls.value.count == 2)
    }
  }

  @Test func `A person stops an answer that waits for him`() async throws {
    let chat = Self.chat()
    try await chat.run {
      let sent = try await chat.send("1").message
      let call = try await Self.waiting(chat).calls[0].callID
      let stopped = try await chat.conversations.stopTurn(of: sent.id)
      #expect(stopped.status == .stopped)
      #expect(
        await chat.settledPath().gists.suffix(2) == [
          "tools: a ask refused (a person stopped the answer)", "assistant:  (stopped)",
        ])
      #expect(chat.children.toolCalls.value.isEmpty && chat.model.requests.value.count == 1)
      await #expect(throws: ChatError.self) {
        try await chat.conversations.approve(call, allow: true, remember: false)
      }
    }
  }

  @Test func `Where a person stops the answer while his word is being stored, nothing is called`()
    async throws
  {
    let chat = Self.chat()
    let storing = Gate()
    chat.log.intercept { changes in
      guard case .amend(let id, _, _) = changes[0],
        chat.log.state.value.entries[id]?.toolRound?.calls[0].status == .waiting
      else { return nil }
      await storing.pass()
      return nil
    }
    try await chat.runAlone { conversation in
      let sent = try await conversation.send(Draft(content: "1")).message
      let call = try await Self.waiting(chat).calls[0].callID
      async let word = conversation.decide(call, allow: true)
      await storing.reached()
      async let stopped = conversation.stopTurn(of: sent.id)
      while await conversation.stopWaiters.isEmpty { await Task.yield() }
      storing.open()
      let (stored, ended) = try await (word, stopped)
      #expect(stored.toolRound?.calls[0].status == .running)
      #expect(ended.status == .stopped)
      #expect(
        await chat.settledPath().rounds[0].calls[0].gist
          == "a ask failed (a person stopped the answer)")
      #expect(chat.children.toolCalls.value.isEmpty)
    }
  }

  @Test func `A thread whose turn waits for a person can be deleted`() async throws {
    let chat = Self.chat()
    let thread = ThreadID("t")
    try await chat.run {
      _ = try await chat.conversations.changeThread(thread, create: true) { $0.title = "T" }
      try await chat.send("1", thread: thread)
      await chat.log.state.wait {
        $0.path(of: thread).last?.toolRound?.calls[0].status == .waiting
      }
      _ = try await chat.conversations.deleteThread(thread)
      #expect(
        chat.log.state.value.path(of: thread).gists.suffix(2) == [
          "tools: a ask refused (a person stopped the answer)", "assistant:  (stopped)",
        ])
      await chat.settle()
    }
  }

  @Test
  func `What is sent meanwhile is queued, and a person's own call is refused and does not wait`()
    async throws
  {
    let chat = Self.chat()
    let request = ToolRequest(child: ChildID("a"), tool: "add", arguments: [:])
    try await chat.run {
      try await chat.send("1")
      let call = try await Self.waiting(chat).calls[0].callID
      #expect(try await chat.send("2").message.status == .queued)
      await #expect(
        throws: ChatError.conflict(
          reason: "the assistant waits for a decision on a call in thread main")
      ) {
        try await chat.conversations.call(request, in: .main)
      }
      _ = try await chat.conversations.approve(call, allow: false, remember: false)
      #expect(await chat.settledPath().gists.contains("user: 2"))
      _ = try await chat.conversations.call(request, in: .main)
    }
  }

  @Test func `A person's own call that waits already is refused once the turn waits for a person`()
    async throws
  {
    let speaking = Gate()
    let chat = Self.chat(
      FakeModel { _, count, _ in
        await speaking.pass()
        return count == 0 ? .calling(ModelCall("a", "ask")) : .ended
      })
    let request = ToolRequest(child: ChildID("a"), tool: "add", arguments: [:])
    try await chat.run {
      try await chat.send("1")
      await speaking.reached()
      let call = Task { try await chat.conversations.call(request, in: .main) }
      speaking.open()
      let waiting = try await Self.waiting(chat).calls[0].callID
      await #expect(throws: ChatError.self) { try await call.value }
      _ = try await chat.conversations.approve(waiting, allow: false, remember: false)
    }
  }
}
