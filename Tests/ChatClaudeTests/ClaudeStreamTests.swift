import ChatCore
import ChildProtocol
import Testing

@testable import ChatClaude

extension ClaudeRequest {
  /// A request for a stream to answer.
  static let sample = ClaudeRequest(
    ModelRequest(turns: [.init(role: .user, text: "hello")], model: "asked"),
    ClaudeConfiguration(credential: .none, maxTokens: 100))
}

@Suite struct ClaudeStreamTests {
  private static func end(
    _ reason: String?, _ usage: Message.Usage = Message.Usage(), explanation: String? = nil
  ) -> ClaudeStreamEvent {
    .end(stopReason: reason, explanation: explanation, usage)
  }

  private func answer(_ events: ClaudeStreamEvent...) throws -> ModelAnswer {
    var stream = ClaudeStream()
    for event in events { _ = try stream.receive(event) }
    return try stream.answer(to: .sample)
  }

  @Test func `An answer is whole once a stop reason was told`() throws {
    #expect(throws: ClaudeError.cutOff) { try answer() }
    #expect(throws: ClaudeError.cutOff) { try answer(.text("a"), Self.end(nil)) }
    #expect(throws: ClaudeError.cutOff) { try answer(.text("a"), .stop) }
    #expect(try answer(.text("a"), Self.end("end_turn")).stopReason == "end_turn")
    #expect(try answer(.text("a"), Self.end("end_turn"), .stop).stopReason == "end_turn")
  }

  @Test(arguments: [
    "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal",
    "model_context_window_exceeded", "one_of_tomorrow",
  ]) func `Every stop reason ends an answer that has text`(reason: String) throws {
    #expect(try answer(.text("a"), Self.end(reason), .stop).stopReason == reason)
  }

  @Test func `Without a word some stop reasons need an explanation`() throws {
    #expect(throws: ClaudeError.refused(nil)) { try answer(Self.end("refusal")) }
    #expect(throws: ClaudeError.refused("harm")) {
      try answer(Self.end("refusal", explanation: "harm"))
    }
    #expect(throws: ClaudeError.contextExceeded) {
      try answer(Self.end("model_context_window_exceeded"))
    }
    #expect(throws: ClaudeError.nothingWithinLimit(100)) { try answer(Self.end("max_tokens")) }
    for reason in ["end_turn", "tool_use", "pause_turn"] {
      #expect(try answer(Self.end(reason)).stopReason == reason)
    }
  }

  @Test func `Text is given out piece by piece`() throws {
    var stream = ClaudeStream()
    #expect(try stream.receive(.start(model: "m", Message.Usage())) == nil)
    #expect(try stream.receive(.other) == nil)
    #expect(try stream.receive(.text("a")) == "a")
    #expect(try stream.receive(.text("b")) == "b")
    #expect(!stream.isOver)
    #expect(try stream.receive(.stop) == nil)
    #expect(stream.isOver)
    #expect(try stream.receive(.text("late")) == nil)
  }

  @Test func `An error breaks an answer off, but not one that is whole`() throws {
    let error = ClaudeStreamEvent.error(type: "overloaded_error", message: "Overloaded")
    #expect(throws: ClaudeError.broken(type: "overloaded_error", message: "Overloaded")) {
      try answer(.text("a"), error)
    }
    #expect(try answer(.text("a"), Self.end("end_turn"), error).stopReason == "end_turn")
  }

  @Test func `Counts are cumulative, the last ones hold`() throws {
    let start = Message.Usage(inputTokens: 11, outputTokens: 1, cacheReadInputTokens: 5)
    let answer = try answer(
      .start(model: "m", start), .text("a"), Self.end(nil, Message.Usage(outputTokens: 7)),
      Self.end("end_turn", Message.Usage(inputTokens: 12, outputTokens: 9)))
    #expect(
      answer.usage == Message.Usage(inputTokens: 12, outputTokens: 9, cacheReadInputTokens: 5))
  }

  @Test func `A server that tells neither model nor usage is not asked for them`() throws {
    let answer = try answer(.start(model: nil, Message.Usage()), .text("a"), Self.end("end_turn"))
    #expect(answer.model == "asked")
    #expect(answer.usage == nil)
    #expect(try self.answer(.start(model: "m", Message.Usage()), Self.end("end_turn")).model == "m")
  }

  private static let call: JSON = [
    "type": "tool_use", "id": "1", "name": "dice__roll", "input": [:],
  ]

  @Test(
    arguments: [
      .text("a"), .blockStart(["type": "text", "text": "a"]), .blockStart(call),
      .blockStart(["type": "thinking", "thinking": "hm"]), .blockStart(["type": "tomorrow's"]),
      .blockDelta(["type": "thinking_delta", "thinking": ""]),
      .blockDelta(["type": "input_json_delta", "partial_json": ""]), .blockDelta([:]),
    ] as [ClaudeStreamEvent]) func `A piece of any kind begins the answer`(
      event: ClaudeStreamEvent
    ) throws
  {
    var stream = ClaudeStream()
    _ = try stream.receive(event)
    #expect(stream.hasBegun)
  }

  @Test(
    arguments: [
      .start(model: "m", Message.Usage(inputTokens: 1)), .blockStop(), .other,
      .blockStart(["type": "text", "text": ""]),
      .blockStart(["type": "thinking", "thinking": "", "signature": ""]),
    ] as [ClaudeStreamEvent]) func `What announces an answer does not begin it`(
      event: ClaudeStreamEvent
    ) throws
  {
    var stream = ClaudeStream()
    _ = try stream.receive(event)
    #expect(!stream.hasBegun)
  }

  @Test func `Text may come with its block`() throws {
    var stream = ClaudeStream()
    #expect(try stream.receive(.blockStart(["type": "text", "text": "a"])) == "a")
    _ = try stream.receive(Self.end("max_tokens"))
    #expect(try stream.answer(to: .sample).kept == nil)
  }

  @Test func `Calls are told only where the model waits for them`() throws {
    for reason in ["tool_use", "end_turn", "max_tokens", "pause_turn"] {
      let answer = try answer(
        .blockStart(Self.call, index: 0), .blockStop(index: 0), Self.end(reason))
      #expect(answer.calls.count == (reason == "tool_use" ? 1 : 0))
      #expect(answer.kept == KeptAnswer(model: "asked", from: nil, content: [Self.call]).json)
    }
  }

  @Test func `A call that is cut off is neither told nor kept`() throws {
    let answer = try answer(
      .text("a", index: 0), .blockStart(Self.call, index: 1),
      .blockDelta(["type": "input_json_delta", "partial_json": "{}"], index: 1),
      Self.end("tool_use"))
    #expect(answer.calls == [] && answer.kept == nil)
  }
}
