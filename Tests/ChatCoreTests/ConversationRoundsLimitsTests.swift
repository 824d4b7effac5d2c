import ChildProtocol
import Testing

@testable import ChatCore

/// A model can ask for more than a child's frame or the log bears: the answer goes on all the same.
@Suite(.timeLimit(.minutes(1))) struct ConversationRoundsLimitsTests {
  private static func nested(_ depth: Int) -> JSON {
    (1..<depth).reduce([:]) { inner, _ in ["x": inner] }
  }

  /// A chat whose model asks for these calls and then answers.
  private static func chat(_ calls: [ModelCall]) -> Chat {
    let children = FakeChildren(names: [ChildID("a")])
    children.offer("a", "add")
    children.offer("a", "ask", approval: .ask)
    let model = FakeModel { _, count, hear in
      if count == 0 { return .calling(calls) }
      await hear(.text("answer"))
      return .ended
    }
    return Chat(children: children, model: model)
  }

  @Test func `Arguments that a frame or the log could not bear make a call that is not made`()
    async throws
  {
    let limit = ToolCall.argumentsLimit
    let long = JSON.object([.init("x", .string(String(repeating: "x", count: limit.byteCount)))])
    let calls = [
      ModelCall("a", "add", Self.nested(limit.depth)), ModelCall("a", "add", Self.nested(250)),
      ModelCall("a", "ask", Self.nested(limit.depth + 1)), ModelCall("a", "add", long),
    ]
    let chat = Self.chat(calls)
    try await chat.run {
      try await chat.send("1")
      let path = await chat.settledPath()
      #expect(path.gists.last == "assistant: answer")
      let round = try #require(path.rounds.first)
      #expect(
        round.calls.map(\.gist) == [
          "a add done", "a add failed (its arguments are not nested at most 100 deep)",
          "a ask failed (its arguments are not nested at most 100 deep)",
          "a add failed (its arguments are not at most 1048576 bytes long)",
        ])
      #expect(round.calls.map(\.arguments) == [Self.nested(limit.depth), [:], [:], [:]])
      #expect(chat.children.toolCalls.value.count == 1)
      // As deep as an import may be.
      #expect(throws: Never.self) {
        try JSON(parsing: Entry.toolRound(round).json, depthLimit: RPCMessage.depthLimit)
      }
    }
  }

  @Test func `What a model calls a tool that is not there is cut`() {
    let name = String(repeating: "n", count: 1 << 20)
    let call = ModelCall("unknown", name, problem: "no tool of this name is offered")
    #expect(call.tool.utf8.count == 128)
    #expect(call.problem == "no tool of this name is offered")
    #expect(ModelCall("a", name).tool == name, "one that is offered has the child's name for it")
  }

  @Test(arguments: [64, 65, 1000])
  func `No more calls are made at once than a child may hold, and a round has an end`(
    count: Int
  ) async throws {
    let chat = Self.chat((1...count).map { ModelCall("a", "add", .number("\($0)")) })
    try await chat.run {
      try await chat.send("1")
      let path = await chat.settledPath()
      #expect(path.gists.last == "assistant: answer")
      let calls = try #require(path.rounds.first?.calls)
      #expect(calls.count == min(count, 256))
      #expect(calls.prefix(64).allSatisfy { $0.status == .done })
      #expect(calls.prefix(64).map(\.arguments) == (1...64).map { .number("\($0)") })
      for call in calls.dropFirst(64) {
        #expect(call.gist == "a add failed (no more than 64 calls are made at once)")
      }
      #expect(chat.children.toolCalls.value.count == 64)
    }
  }

  @Test
  func `What tools return is bounded by the round, and what goes beyond is told as a failure`()
    async throws
  {
    let chat = Self.chat((1...4).map { ModelCall("a", "add", .number("\($0)")) })
    let long = JSON.array([.string(String(repeating: "x", count: 6 << 20))])
    chat.children.followCalls { _, _ in ToolOutcome(.done, nil, long) }
    try await chat.run {
      try await chat.send("1")
      let path = await chat.settledPath()
      #expect(path.gists.last == "assistant: answer")
      let calls = try #require(path.rounds.first?.calls)
      #expect(calls.filter { $0.status == .done && $0.content == long }.count == 2)
      let others = calls.filter { $0.status == .failed }
      #expect(others.count == 2)
      for call in others {
        #expect(
          call.reason == "the results of these calls have more than 16777216 bytes together")
        #expect(call.content == [])
      }
    }
  }

  @Test func `A child that a person mutes while the model answers is not called any more`()
    async throws
  {
    let chat = Self.chat([])
    let answering = Gate()
    chat.model.follow { _, count, hear in
      if count == 0 {
        await answering.pass()
        return .calling(
          ModelCall("a", "add"), ModelCall("a", "ask"), ModelCall("a", "add", problem: "cut"))
      }
      await hear(.text("answer"))
      return .ended
    }
    try await chat.run {
      try await chat.send("1")
      await answering.reached()
      _ = try await chat.conversations.changeThread(.main) { $0.muted = [ChildID("a")] }
      answering.open()
      let path = await chat.settledPath()
      #expect(
        path.gists.contains(
          "tools: a add refused (a is muted here), a ask refused (a is muted here), "
            + "a add failed (cut)"))
      #expect(chat.children.toolCalls.value.isEmpty)
      #expect(path.gists.last == "assistant: answer")
    }
  }
}
