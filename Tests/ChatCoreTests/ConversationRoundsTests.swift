import ChildProtocol
import Testing

@testable import ChatCore

/// An answer goes on behind the calls that it asks for.
@Suite(.timeLimit(.minutes(1))) struct ConversationRoundsTests {
  /// A model that asks for these calls first, a round each, and then answers.
  private static func calling(_ rounds: [ModelCall]...) -> FakeModel {
    FakeModel { _, count, hear in
      if count < rounds.count {
        await hear(.text("let me see \(count + 1)"))
        return .calling(rounds[count])
      }
      await hear(.text("answer"))
      return .ended
    }
  }

  /// A chat with children that offer `add` each.
  private static func chat(_ model: FakeModel, maxToolRounds: Int = 10) -> Chat {
    let children = FakeChildren.echoing("a", "b")
    for child in ["a", "b"] { children.offer(child, "add") }
    return Chat(children: children, model: model, maxToolRounds: maxToolRounds)
  }

  @Test
  func `The calls have a round behind the message that asks for them, and the answer goes on`()
    async throws
  {
    let chat = Self.chat(Self.calling([ModelCall("a", "add", ["x": 1])]))
    try await chat.run {
      let sent = try await chat.send("1").message
      let path = await chat.settledPath()
      #expect(
        path.gists == [
          "user: 1", "rollup: a=a heard 1, b=b heard 1", "assistant: let me see 1",
          "tools: a add done", "assistant: answer", "rollup: a=a heard answer, b=b heard answer",
        ])
      #expect(path.map(\.parent) == [nil] + path.dropLast().map(\.id))
      let round = try #require(path.rounds.first)
      #expect(round.originalMessageID == sent.id)
      #expect(round.calls[0].content == ["ok"] && round.calls[0].latency == .milliseconds(2))
      #expect(round.calls[0].callID != round.id.text, "only a person's call has the round's name")
      #expect(path[2].message?.stopReason == "tool_use")
      #expect(chat.children.toolCalls.value == [#"a add {"x":1}"#])
      // The children hear the last message of an answer alone.
      #expect(chat.children.inquiries.value.map(\.message.content) == ["1", "answer"])
    }
  }

  @Test func `The model is given the results, and what it wants back, in the next request`()
    async throws
  {
    let chat = Self.chat(Self.calling([ModelCall("a", "add"), ModelCall("b", "add")]))
    try await chat.run {
      try await chat.send("1")
      let path = await chat.settledPath()
      let requests = chat.model.requests.value
      try #require(requests.count == 2)
      let last = requests[1].turns
      let calls = path.rounds[0].calls
      #expect(last.dropLast(2) == requests[0].turns[...])
      #expect(
        last.suffix(2).map(\.parts) == [
          [
            .answer(
              .init(text: "let me see 1", kept: ["content": ["add", "add"]], calls: calls))
          ], [.results(calls)],
        ])
      for request in requests {
        #expect(request.tools.map { "\($0.child) \($0.name)" } == ["a add", "b add"])
      }
      #expect(requests.allSatisfy { $0.mayCall })
    }
  }

  @Test func `All calls of a round are made at once, and each is stored as it ends`() async throws {
    let chat = Self.chat(
      Self.calling([ModelCall("a", "add"), ModelCall("b", "add"), ModelCall("a", "add")]))
    let gates = [Gate(), Gate()]
    chat.children.followCalls { child, _ in
      await gates[child.text == "a" ? 0 : 1].pass()
      return ToolOutcome(.done, nil, [.string(child.text)])
    }
    try await chat.run {
      try await chat.send("1")
      // None is waited for before the others are made.
      await gates[0].reached(by: 2)
      await gates[1].reached()
      let begun = try #require(chat.log.state.value.path().last?.toolRound)
      #expect(begun.calls.map(\.status) == [.running, .running, .running])
      gates[1].open()
      await chat.log.state.wait { $0.path().last?.toolRound?.calls[1].status == .done }
      #expect(
        chat.log.state.value.path().last?.toolRound?.calls.map(\.status)
          == [.running, .done, .running])
      #expect(chat.model.requests.value.count == 1)
      gates[0].open()
      let round = try #require(await chat.settledPath().rounds.first)
      #expect(round.calls.map(\.content) == [["a"], ["b"], ["a"]])
    }
  }

  @Test func `A call that fails is told to the model as it is, and the answer goes on`()
    async throws
  {
    let chat = Self.chat(
      Self.calling([
        ModelCall("a", "add"), ModelCall("b", "add"), ModelCall("c", "add"),
        ModelCall("a", "add", "{", problem: "its arguments are not whole"),
      ]))
    chat.children.followCalls { child, _ in
      child.text == "a"
        ? ToolOutcome(.failed, "a ended") : ToolOutcome(.timedOut, "no answer within 5 s")
    }
    try await chat.run {
      try await chat.send("1")
      let path = await chat.settledPath()
      #expect(
        path.gists[3] == """
          tools: a add failed (a ended), b add timed_out (no answer within 5 s), \
          c add refused ("add" of c was not offered), a add failed (its arguments are not whole)
          """)
      #expect(chat.children.toolCalls.value.count == 2, "what can't be called is not")
      #expect(path.gists.contains("assistant: answer"))
      let results = chat.model.requests.value.last?.turns.last?.parts
      #expect(results == [.results(path.rounds[0].calls)])
    }
  }

  @Test(arguments: [0, 1, 2])
  func `No answer has more rounds than the thread or the configuration lets it`(
    limit: Int
  ) async throws {
    // It never stops asking.
    let model = FakeModel { _, _, _ in .calling(ModelCall("a", "add")) }
    for isThreads in [true, false] {
      let chat = Self.chat(model, maxToolRounds: isThreads ? 7 : limit)
      let before = model.requests.value.count
      try await chat.run {
        if isThreads {
          _ = try await chat.conversations.changeThread(.main) { $0.maxToolRounds = Int64(limit) }
        }
        try await chat.send("1")
        let path = await chat.settledPath()
        #expect(path.rounds.count == limit)
        let answers = path.compactMap(\.message).filter { $0.role == .assistant }
        #expect(answers.count == limit + 1)
        #expect(answers.last?.status == .complete && answers.last?.stopReason == "tool_use")
        let requests = model.requests.value.dropFirst(before)
        #expect(requests.map(\.mayCall) == Array(repeating: true, count: limit) + [false])
        #expect(requests.allSatisfy { $0.tools.isEmpty == (limit == 0) })
        try await chat.send("2", clientMessageID: "2")
        await chat.settle()
        #expect(growthFault(of: model.requests.value.dropFirst(before).map(\.turns)) == nil)
      }
    }
  }

  @Test func `Tools are offered unless they are never to be called or their child is muted`()
    async throws
  {
    let chat = Self.chat(Self.calling([ModelCall("b", "add"), ModelCall("a", "drop")]))
    chat.children.offer("a", "drop", approval: .never)
    chat.children.offer("a", "ask", approval: .ask)
    try await chat.run {
      _ = try await chat.conversations.changeThread(.main) { $0.muted = [ChildID("b")] }
      try await chat.send("1")
      let path = await chat.settledPath()
      #expect(chat.model.requests.value[0].tools.map(\.name) == ["add", "ask"])
      #expect(path.rounds[0].calls.map(\.status) == [.refused, .refused])
      #expect(chat.children.toolCalls.value.isEmpty)
    }
  }

  @Test(arguments: [true, false])
  func `A person stops an answer while a tool runs: the call is ended, nothing more is asked`(
    byAnswer: Bool
  ) async throws {
    let chat = Self.chat(Self.calling([ModelCall("a", "add"), ModelCall("b", "add")]))
    let running = Gate()
    chat.children.followCalls { child, _ in
      if child.text == "a" { await running.pass() }
      return ToolOutcome(.done)
    }
    try await chat.run {
      let sent = try await chat.send("1").message
      await running.reached()
      await chat.log.state.wait { $0.path().last?.toolRound?.calls[1].status == .done }
      let inner = try #require(chat.log.state.value.path()[2].message)
      let stopped = try await chat.conversations.stopTurn(of: byAnswer ? inner.id : sent.id)
      #expect(stopped.status == .stopped && stopped.content.isEmpty)
      #expect(
        await chat.settledPath().gists.suffix(2) == [
          "tools: a add failed (it was stopped), b add done", "assistant:  (stopped)",
        ])
      #expect(chat.model.requests.value.count == 1)
      // It can be gone on with behind the round, and the model gets the results.
      chat.model.follow { _, _, hear in
        await hear(.text("whole"))
        return .ended
      }
      let again = try await chat.conversations.redo(.retry, of: sent.id)
      let path = await chat.settledPath()
      #expect(again.parent == path.rounds.first?.id)
      #expect(path.gists.suffix(2).first == "assistant: whole")
      #expect(chat.model.requests.value.last?.turns.last?.parts == [.results(path.rounds[0].calls)])
    }
  }

  @Test
  func `An answer that is begun over begins with its first message, or the one that is meant`()
    async throws
  {
    let chat = Self.chat(Self.calling([ModelCall("a", "add")], [ModelCall("b", "add")]))
    try await chat.run {
      let sent = try await chat.send("1").message
      let before = await chat.settledPath()
      #expect(before.rounds.count == 2)
      let whole = try await chat.conversations.redo(.regenerate, of: sent.id)
      #expect(whole.parent == before[2].parent)
      #expect(await chat.settledPath().gists.suffix(2).first == "assistant: answer")
      let inner = try await chat.conversations.redo(.regenerate, of: before[4].id)
      #expect(inner.parent == before[3].id)
      let path = await chat.settledPath()
      #expect(path.prefix(4) == before.prefix(4))
      #expect(path[4].id == inner.id && path.count == 6)
      #expect(chat.model.requests.value.last?.turns == chat.model.requests.value[1].turns)
      let refusal = await #expect(throws: ChatError.self) {
        try await chat.conversations.redo(.retry, of: sent.id)
      }
      #expect(refusal?.description.contains("\(inner.id) is complete") == true)
    }
  }

  @Test func `Rounds before the one that is begun over count`() async throws {
    let chat = Self.chat(FakeModel { _, _, _ in .calling(ModelCall("a", "add")) }, maxToolRounds: 3)
    try await chat.run {
      try await chat.send("1")
      let before = await chat.settledPath()
      let last = try #require(before.compactMap(\.message).last)
      let inner = try #require(before[4].message)
      #expect(last.parent == before.rounds[2].id)
      _ = try await chat.conversations.redo(.regenerate, of: inner.id)
      #expect(await chat.settledPath().rounds.count == 3)
      _ = try await chat.conversations.redo(.regenerate, of: last.id)
      _ = await chat.settledPath()
      #expect(chat.model.requests.value.count == 4 + 3 + 1)
      #expect(chat.model.requests.value.last?.mayCall == false)
    }
  }

  @Test func `What comes late while tools run is told with the next message, not behind results`()
    async throws
  {
    let slow = ChildID("slow")
    let chat = Self.chat(Self.calling([ModelCall("a", "add")]))
    chat.children.follow { $0.message.content == "1" ? [.silent(slow)] : nil }
    let running = Gate()
    chat.children.holdCalls(at: running)
    try await chat.run {
      try await chat.send("1")
      await running.reached()
      try await chat.children.asked(about: "1").late(.late(slow, "late"))
      await chat.log.state.wait { $0.path()[1].gist == "rollup: slow=late" }
      running.open()
      await chat.settle()
      try await chat.send("2")
      await chat.settle()
      let requests = chat.model.requests.value.map(\.turns)
      #expect(
        requests.map { $0.last?.text ?? "" } == ["1", "", "<actor id=\"slow\">late</actor>\n\n2"])
      #expect(growthFault(of: requests) == nil)
    }
  }

  @Test func `A pause of the server's is gone on with once`() async throws {
    let paused = ModelAnswer(model: "model-1", stopReason: "pause_turn")
    let chat = Self.chat(
      FakeModel { _, count, hear in
        await hear(.text("part \(count + 1)"))
        return paused
      })
    try await chat.run {
      try await chat.send("1")
      let path = await chat.settledPath()
      #expect(
        path.gists.dropFirst(2) == [
          "assistant: part 1", "assistant: part 2", "rollup: a=a heard part 2, b=b heard part 2",
        ])
      let turns = chat.model.requests.value[1].turns
      #expect(turns.map(\.role) == [.user, .assistant])
    }
  }

  @Test func `An answer that asks for calls and names none is whole`() async throws {
    let chat = Self.chat(
      FakeModel { _, _, hear in
        await hear(.text("hm"))
        return .calling([])
      })
    try await chat.run {
      try await chat.send("1")
      #expect(await chat.settledPath().gists.suffix(2).first == "assistant: hm")
      #expect(chat.model.requests.value.count == 1)
    }
  }

  @Test func `The tools of an answer are those of its beginning, whatever comes meanwhile`()
    async throws
  {
    let chat = Self.chat(Self.calling([ModelCall("a", "late")]))
    let answering = Gate()
    chat.model.follow { _, count, hear in
      if count == 0 {
        await answering.pass()
        return .calling(ModelCall("a", "late"))
      }
      await hear(.text("answer"))
      return .ended
    }
    try await chat.run {
      try await chat.send("1")
      await answering.reached()
      chat.children.offer("a", "late")
      answering.open()
      let path = await chat.settledPath()
      #expect(path.rounds[0].calls[0].gist == #"a late refused ("late" of a was not offered)"#)
      #expect(chat.children.toolCalls.value.isEmpty)
      try await chat.send("2")
      await chat.settle()
      let names = chat.model.requests.value.map { $0.tools.map(\.name) }
      #expect(names == [["add", "add"], ["add", "add"], ["add", "late", "add"]])
    }
  }

  @Test func `An answer is stopped by any of its messages`() async throws {
    let chat = Self.chat(Self.calling([ModelCall("a", "add")], [ModelCall("b", "add")]))
    let running = Gate()
    chat.children.followCalls { child, _ in
      if child.text == "b" { await running.pass() }
      return ToolOutcome(.done)
    }
    try await chat.run {
      try await chat.send("1")
      await running.reached()
      let first = try #require(chat.log.state.value.path()[2].message)
      #expect(try await chat.conversations.stopTurn(of: first.id).status == .stopped)
      #expect(await chat.settledPath().gists.last == "assistant:  (stopped)")
    }
  }

  @Test func `Stopped before its calls are made, an answer ends with a message that says so`()
    async throws
  {
    let chat = Self.chat(Self.calling([ModelCall("a", "add")]))
    let storing = Gate()
    chat.log.intercept { changes in
      guard case .amend(let id, _, _) = changes[0],
        chat.log.state.value.entries[id]?.message?.status == .streaming
      else { return nil }
      await storing.pass()
      return nil
    }
    try await chat.runAlone { conversation in
      let sent = try await conversation.send(Draft(content: "1")).message
      await storing.reached()
      async let stopped = conversation.stopTurn(of: sent.id)
      while await conversation.stopWaiters.isEmpty { await Task.yield() }
      storing.open()
      #expect(try await stopped.status == .stopped)
      #expect(
        await chat.settledPath().gists.suffix(2) == [
          "assistant: let me see 1", "assistant:  (stopped)",
        ])
      #expect(chat.children.toolCalls.value.isEmpty)
    }
  }
}
