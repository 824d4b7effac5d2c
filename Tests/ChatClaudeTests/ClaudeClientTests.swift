import ChatCore
import ChildProtocol
import Testing

@testable import ChatClaude

/// Whole answers, and what is sent for them.
@Suite struct ClaudeClientTests {
  @Test(arguments: [
    "normal", "byte-by-byte", "one-write", "crlf", "cr", "bom", "padding", "pings", "comments",
    "multi-line", "no-event-names", "gzip-encoded", "slow-drip?ms=1", "thinking",
    "empty-thinking-first", "unknown-events", "bare", "hold-head", "hold", "usage",
    "eof-after-message-delta", "cut-after-message-delta", "error-after-end", "garbage-after-end",
    "keep-open",
  ]) func `An answer arrives whole in whatever form it comes`(scenario: String) async throws {
    let talk = try Talk()
    let key = scenario.hasPrefix("hold") ? "?key=\(uniqueWord())" : ""
    if !key.isEmpty { try await talk.server.release(String(key.dropFirst(5))) }
    let text = "Grüße! scenario:\(scenario)\(key)"
    let outcome = await talk.ask(text)
    #expect(outcome.text == echo(text))
    #expect(outcome.answer?.stopReason == "end_turn")
    #expect(outcome.answer?.model == "claude-opus-5-5")
    #expect(outcome.delays == [])
  }

  @Test(arguments: [
    ("max-tokens", "max_tokens"), ("stop-sequence", "stop_sequence"), ("pause-turn", "pause_turn"),
    ("refusal-mid", "refusal"), ("context-exceeded", "model_context_window_exceeded"),
    ("tool-use", "tool_use"), ("tool-cut", "max_tokens"), ("new-stop-reason", "enough_said"),
  ]) func `Every stop reason ends an answer`(scenario: String, reason: String) async throws {
    let text = "scenario:\(scenario)"
    let outcome = try await Talk().ask(text)
    #expect(outcome.answer?.stopReason == reason)
    #expect(outcome.text == echo(text))
  }

  @Test(arguments: [
    ("refusal", "declined to answer this:"), ("refusal?explanation=harm", "(harm)"),
    ("max-tokens-empty", "used up all 16384 tokens"), ("context-exceeded-empty", "longer than"),
  ]) func `A stop reason without a word is explained`(
    scenario: String, words: String
  ) async throws {
    let outcome = try await Talk().ask("scenario:\(scenario)")
    let failure = try #require(outcome.failure)
    #expect(failure.reason.contains(words))
    #expect(!failure.isInterruption)
    #expect(outcome.text == "")
    #expect(outcome.delays == [])
  }

  @Test func `A model that has nothing to say has answered`() async throws {
    let outcome = try await Talk().ask("scenario:empty")
    #expect(outcome.answer?.stopReason == "end_turn")
    #expect(outcome.text == "")
  }

  @Test func `Text in several blocks is one answer`() async throws {
    let outcome = try await Talk().ask("scenario:two-blocks")
    #expect(outcome.text == echo("scenario:two-blocks") + "And more.")
  }

  @Test func `Escapes are read, and half a pair harms nothing`() async throws {
    let outcome = try await Talk().ask("scenario:escaped")
    #expect(outcome.text == echo("scenario:escaped") + "\u{FFFD}!")
  }

  @Test func `A megabyte in one write is one piece like any other`() async throws {
    let outcome = try await Talk().ask("scenario:megabyte")
    #expect(outcome.text == String(repeating: "a", count: 1 << 20))
  }

  @Test func `Usage is what the server counted last`() async throws {
    let outcome = try await Talk().ask("scenario:usage")
    #expect(
      outcome.answer?.usage
        == Message.Usage(
          inputTokens: 12, outputTokens: 42, cacheCreationInputTokens: 20,
          cacheReadInputTokens: 300))
    #expect(try await Talk().ask("scenario:bare").answer?.usage == nil)
  }

  @Test func `What it has cost is told as it is counted`() async throws {
    let outcome = try await Talk().ask("scenario:usage")
    let told = outcome.events.filter(\.isUsage)
    #expect(told.last == outcome.answer?.usage.map { .usage($0) })
    // Of one that breaks off too.
    let broken = try await Talk().ask("scenario:error-mid \(uniqueWord())")
    #expect(broken.answer == nil)
    #expect(broken.events.map(\.isUsage).contains(true))
  }

  @Test func `A call of a tool is told with the blocks that go back`() async throws {
    let tool = Tool(
      child: ChildID("weather"), name: "get", description: "", inputSchema: ["type": "object"],
      annotations: nil, approval: .auto)
    let talk = try Talk()
    let request = ModelRequest(
      turns: [.init(role: .user, text: "scenario:tool-use \(uniqueWord())")], tools: [tool])
    let answer = try await talk.client.answer(request, hear: { _ in })
    let call = ModelCall(
      child: ChildID("unknown"), tool: "get_weather", arguments: ["location": "Paris"],
      problem: "no tool of this name is offered")
    #expect(answer.calls == [call])
    let kept = try #require(answer.kept.flatMap { KeptAnswer($0) })
    #expect(kept.content.map { $0["type"] } == ["text", "tool_use"])
    #expect(kept.content.last?["input"] == ["location": "Paris"])
    // It is taken back, with a result that is made up.
    let turns =
      request.turns + [
        .init(role: .assistant, parts: [.answer(.init(text: "", kept: answer.kept))]),
        .init(role: .user, text: "And now? \(uniqueWord())"),
      ]
    _ = try await talk.client.answer(ModelRequest(turns: turns), hear: { _ in })
  }

  @Test func `What is sent is what the API takes`() async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let turns: [Transcript.Turn] = [
      .init(role: .user, text: "\(word) \u{1F642}"), .init(role: .assistant, text: "b"),
      .init(role: .user, text: "c <actor id=\"dice\">6</actor>"),
    ]
    let hearing = Hearing()
    let request = ModelRequest(turns: turns, system: "Be brief.", model: "claude-haiku-5-5")
    let answer = try await talk.client.answer(request, hear: { await hearing.hear($0) })
    #expect(answer.model == "claude-haiku-5-5")
    let told = try #require(try await talk.server.requests(word, "answered").first)
    #expect(told["headers"]?["x-api-key"] == "present")
    #expect(told["headers"]?["anthropic-version"] == "2026-10-21")
    #expect(told["headers"]?["expect"] == nil)
    let body = try #require(told["body"])
    let texts = body["messages"]?.array?.map { $0["content"]?.array?.first?["text"]?.string }
    #expect(texts == turns.map(\.text))
    #expect(body["system"]?.array?.first?["text"]?.string?.hasSuffix("Be brief.") == true)
    #expect(Outcome(result: .success(answer), events: hearing.events).text.contains("dice"))
  }

  @Test func `A transcript that the API refuses is refused in its own words`() async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let turns: [Transcript.Turn] = [
      .init(role: .user, text: word), .init(role: .assistant, text: "b"),
    ]
    let failure = await #expect(throws: ModelFailure.self) {
      try await talk.client.answer(ModelRequest(turns: turns), hear: { _ in })
    }
    #expect(failure?.reason.contains("does not support assistant message prefill") == true)
    // Once more without what such a server may not take, and no more.
    #expect(try await talk.server.requests(word).count == 2)
  }

  @Test func `One connection serves one answer after another`() async throws {
    let talk = try Talk()
    let word = uniqueWord()
    var connections: [JSON?] = []
    for count in 1...3 {
      #expect(await talk.ask("\(word) \(count)").answer != nil)
      // Only a response that has ended leaves its connection to the next one.
      let told = try await talk.server.requests(word, "answered", count: count)
      connections = told.map { $0["connection"] }
    }
    #expect(connections.count == 3)
    #expect(Set(connections).count == 1)
  }

  @Test func `A server that never ends its response is left`() async throws {
    let talk = try Talk()
    let word = uniqueWord()
    #expect(await talk.ask("scenario:keep-open \(word)").answer != nil)
    #expect(try await talk.server.requests(word, "disconnected").count == 1)
  }

  @Test func `A hundred answers stream side by side`() async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let count = 100
    let outcomes = try await withThrowingTaskGroup { group in
      for number in 0..<count {
        group.addTask { await talk.ask("scenario:hold?key=\(word) \(number)") }
      }
      // All of them have begun, and none has ended.
      #expect(try await talk.server.requests(word, "held", count: count).count == count)
      for _ in 0..<count { try await talk.server.release(word) }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(outcomes.map(\.text)).count == count)
    #expect(outcomes.allSatisfy { $0.answer?.stopReason == "end_turn" })
  }

  @Test func `A slow listener slows the server and loses nothing`() async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let text = "scenario:many?count=400&size=10000 \(word)"
    let gate = Signal()
    let hearing = Hearing()
    async let answer = talk.client.answer(
      .saying(text),
      hear: {
        if hearing.events.isEmpty { await gate.wait() }
        await hearing.hear($0)
      })
    let told = try #require(try await talk.server.requests(word, "blocked").first)
    // Four megabytes are to come; what the kernel's buffers hold is a part of that.
    #expect(try #require(told["sent"]?.int) < 2_000_000)
    gate.raise()
    #expect(try await answer.stopReason == "end_turn")
    let heard = Outcome(result: .success(try await answer), events: hearing.events).text
    #expect(heard.utf8.count == 4_000_000)
    #expect(heard.split { $0 == "." || $0 == " " }.compactMap { Int($0) } == Array(0..<400))
  }

  @Test func `Neither the key nor a text gets into the log`() async throws {
    let talk = try Talk { $0.credential = .apiKey("not-the-key") }
    _ = await talk.ask("a secret thought")
    let good = try Talk()
    _ = await good.ask("a secret thought")
    let lines = talk.log.all + good.log.all
    #expect(lines.contains { $0.contains("401") && $0.contains("req_") })
    for line in lines {
      #expect(!line.contains("not-the-key") && !line.contains("test-key"))
      #expect(!line.contains("secret"))
    }
  }

  @Test func `It says who answers`() throws {
    let talk = try Talk { $0.model = "claude-9" }
    #expect(talk.client.assistant == Assistant(kind: .claude, model: "claude-9"))
  }
}
