import ChildProtocol
import Testing

@testable import ChatCore

/// Several people decide at once, or while something else happens: one word counts, and nothing is
/// left over of the others.
@Suite(.timeLimit(.minutes(1))) struct ConversationApprovingRacesTests {
  /// A model that asks for these calls and then answers.
  private static func chat(
    _ calls: [ModelCall] = [ModelCall("a", "ask")], log: MemoryLog = MemoryLog()
  ) -> Chat {
    let children = FakeChildren(names: [ChildID("a")])
    for child in ["a", "gone"] { children.offer(child, "ask", approval: .ask) }
    let model = FakeModel { request, _, hear in
      if !request.turns.flatMap(\.parts).contains(where: \.isResults) { return .calling(calls) }
      await hear(.text("answer"))
      return .ended
    }
    return Chat(log: log, children: children, model: model)
  }

  private static func waiting(_ chat: Chat) async throws -> ToolRound {
    await chat.log.state.wait { $0.waitingCall != nil }
    return try #require(chat.log.state.value.path().last?.toolRound)
  }

  /// Holds a person's word back on its way to disk.
  private static func holdWord(_ chat: Chat, at gate: Gate) {
    chat.log.intercept { changes in
      guard case .amend(let id, _, _) = changes[0],
        chat.log.state.value.entries[id]?.toolRound?.calls.contains(where: {
          $0.status == .waiting
        }) == true
      else { return nil }
      await gate.pass()
      return nil
    }
  }

  @Test(arguments: [true, false])
  func `Of a word that comes second nothing is remembered`(allow: Bool) async throws {
    let chat = Self.chat()
    let storing = Gate()
    Self.holdWord(chat, at: storing)
    try await chat.run {
      try await chat.send("1")
      let call = try await Self.waiting(chat).calls[0].callID
      async let first = chat.conversations.approve(call, allow: allow, remember: false)
      await storing.reached()
      await #expect(throws: ChatError.conflict(reason: "call \(call) does not wait for a decision"))
      {
        try await chat.conversations.approve(call, allow: !allow, remember: true)
      }
      storing.open()
      _ = try await first
      let path = await chat.settledPath()
      #expect(path.rounds[0].calls[0].status == (allow ? .done : .refused))
      #expect(chat.children.remembered.value.isEmpty)
    }
  }

  @Test
  func `A word about a tool that has become another meanwhile is not remembered for that one`()
    async throws
  {
    let chat = Self.chat()
    try await chat.run {
      try await chat.send("1")
      let call = try await Self.waiting(chat).calls[0].callID
      chat.children.offered.update { $0[0].description = "does anything at all" }
      await #expect(
        throws: ChatError.conflict(
          reason: "\"ask\" of a has become another tool since: what is said of it can't be "
            + "remembered")
      ) {
        try await chat.conversations.approve(call, allow: true, remember: true)
      }
      #expect(chat.children.remembered.value.isEmpty && chat.children.toolCalls.value.isEmpty)
      #expect(chat.log.state.value.waitingCall?.callID == call)
      _ = try await chat.conversations.approve(call, allow: true, remember: false)
      #expect(await chat.settledPath().rounds[0].calls[0].status == .done)
    }
  }

  @Test func `Where a word can't be remembered the call waits on, and can be decided on without`()
    async throws
  {
    let chat = Self.chat([ModelCall("gone", "ask")])
    try await chat.run {
      try await chat.send("1")
      let call = try await Self.waiting(chat).calls[0].callID
      for _ in 1...2 {
        await #expect(throws: ChatError.notFound(what: "child \"gone\"")) {
          try await chat.conversations.approve(call, allow: true, remember: true)
        }
      }
      #expect(chat.log.state.value.waitingCall?.callID == call)
      _ = try await chat.conversations.approve(call, allow: true, remember: false)
      #expect(
        await chat.settledPath().rounds[0].calls[0].gist == "gone ask refused (there is no gone)")
    }
  }

  @Test func `In a turn that was taken up a word that comes late is refused and not kept waiting`()
    async throws
  {
    let first = Self.chat()
    try await first.run {
      try await first.send("1")
      _ = try await Self.waiting(first)
    }
    let chat = Self.chat(log: MemoryLog(first.log.state.value))
    let call = try #require(chat.log.state.value.waitingCall).callID
    let answering = Gate()
    chat.model.follow { _, _, hear in
      await answering.pass()
      await hear(.text("answer"))
      return .ended
    }
    let looking = Watched(0)
    let late = Gate()
    try await chat.run {
      _ = try await chat.conversations.conversation(of: .main)
      // Whoever comes second has seen (in his second look) that the call waits, and then the first one's word counts.
      chat.log.interceptReadingResult { what in
        guard what == "entry" else { return }
        let number = looking.update { count in
          count += 1
          return count
        }
        if number == 2 { await late.pass() }
      }
      let second = Task {
        try await chat.conversations.approve(call, allow: false, remember: false)
      }
      await late.reached()
      _ = try await chat.conversations.approve(call, allow: true, remember: false)
      await answering.reached()
      late.open()
      await #expect(throws: ChatError.conflict(reason: "call \(call) does not wait for a decision"))
      {
        try await second.value
      }
      #expect(chat.log.state.value.path().last?.message?.status == .streaming)
      answering.open()
      #expect(await chat.settledPath().rounds[0].calls[0].status == .done)
    }
  }

  @Test func `A word that is being stored when chatd is stopped counts, and its call is made`()
    async throws
  {
    let chat = Self.chat([ModelCall("a", "ask"), ModelCall("a", "ask", 2)])
    let storing = Gate()
    Self.holdWord(chat, at: storing)
    try await chat.run {
      try await chat.send("1")
      let call = try await Self.waiting(chat).calls[0].callID
      async let word = chat.conversations.approve(call, allow: true, remember: false)
      await storing.reached()
      await chat.conversations.finish()
      storing.open()
      #expect(try await word.toolRound?.calls[0].status == .running)
    }
    let left = chat.log.state.value
    #expect(left.path().last?.toolRound?.calls.map(\.status) == [.done, .waiting])
    #expect(!left.turns.isEmpty)
    #expect(chat.children.toolCalls.value == ["a ask {}"])
    // The next run asks for the one that is left, and that alone.
    let next = Self.chat(log: MemoryLog(left))
    try await next.run {
      let call = try #require(left.waitingCall).callID
      _ = try await next.conversations.approve(call, allow: true, remember: false)
      #expect(await next.settledPath().rounds[0].calls.map(\.status) == [.done, .done])
      #expect(next.children.toolCalls.value == ["a ask 2"])
    }
  }

  @Test func `A turn that was taken up and waits can be stopped, and its thread deleted`()
    async throws
  {
    let thread = ThreadID("t")
    for isDeleted in [true, false] {
      let first = Self.chat()
      try await first.run {
        _ = try await first.conversations.changeThread(thread, create: true) { $0.title = "T" }
        try await first.send("1", thread: thread)
        await first.log.state.wait {
          $0.path(of: thread).last?.toolRound?.calls[0].status == .waiting
        }
      }
      let chat = Self.chat(log: MemoryLog(first.log.state.value))
      let sent = try #require(chat.log.state.value.path(of: thread).first)
      try await chat.run {
        if isDeleted {
          _ = try await chat.conversations.deleteThread(thread)
          _ = try await chat.conversations.changeThread(thread, reopens: true) {
            $0.deletedAt = nil
          }
        }
        // It may not have been taken up yet, or have been stopped by the deletion.
        while chat.log.state.value.path(of: thread).last?.message?.status != .stopped {
          _ = try? await chat.conversations.stopTurn(of: sent.id)
        }
        let path = await chat.settledPath(of: thread)
        #expect(path.rounds[0].calls[0].gist == "a ask refused (a person stopped the answer)")
        #expect(chat.children.toolCalls.value.isEmpty && chat.model.requests.value.isEmpty)
      }
    }
  }

  @Test func `Once an answer is being stopped no word counts any more`() async throws {
    let chat = Self.chat()
    let storing = Gate()
    Self.holdWord(chat, at: storing)
    try await chat.run {
      let sent = try await chat.send("1").message
      let call = try await Self.waiting(chat).calls[0].callID
      async let stopped = chat.conversations.stopTurn(of: sent.id)
      // On disk the call waits still.
      await storing.reached()
      await #expect(throws: ChatError.conflict(reason: "call \(call) does not wait for a decision"))
      {
        try await chat.conversations.approve(call, allow: true, remember: true)
      }
      storing.open()
      #expect(try await stopped.status == .stopped)
      #expect(chat.children.remembered.value.isEmpty && chat.children.toolCalls.value.isEmpty)
    }
  }

  @Test func `While a tool runs that was allowed, a person's own call waits for the turn's end`()
    async throws
  {
    let chat = Self.chat()
    let running = Gate()
    chat.children.holdCalls(at: running)
    try await chat.run {
      try await chat.send("1")
      let waiting = try await Self.waiting(chat).calls[0].callID
      _ = try await chat.conversations.approve(waiting, allow: true, remember: false)
      await running.reached()
      let conversation = try await chat.conversations.conversation(of: .main)
      #expect(await conversation.openRound?.isWaiting == false)
      let request = ToolRequest(child: ChildID("a"), tool: "ask", arguments: [:])
      async let call = chat.conversations.call(request, in: .main)
      running.open()
      #expect(try await call.toolRound?.isPersons == true)
      #expect(await chat.settledPath().rounds.map(\.isPersons) == [false, true])
    }
  }
}
