import ChatCore
import ChildProtocol
import Testing

@testable import ChatClaude

/// What goes back of earlier answers, against a server that holds every request to the API's rules.
@Suite struct StrictServerTests {
  private static let calculator = Tool(
    child: ChildID("calculator"), name: "calculate", description: "", inputSchema: [:],
    annotations: nil, approval: .auto)

  private func answer(
    _ talk: Talk, _ turns: [Transcript.Turn], tools: [Tool] = [], mayCall: Bool = true
  ) async throws -> ModelAnswer {
    try await talk.client.answer(
      ModelRequest(turns: turns, tools: tools, mayCall: mayCall), hear: { _ in })
  }

  private func said(_ text: String = "", kept: JSON?) -> Transcript.Turn {
    .init(role: .assistant, parts: [.answer(.init(text: text, kept: kept))])
  }

  /// The statuses of the requests that hold a word, and the last of their bodies.
  private func requests(_ talk: Talk, _ word: String) async throws -> ([Int64?], JSON?) {
    let told = try await talk.server.requests(word)
    return (told.map { $0["status"]?.int }, told.last?["body"])
  }

  private func statuses(_ talk: Talk, _ word: String) async throws -> [Int64?] {
    try await requests(talk, word).0
  }

  @Test(arguments: [
    "thinking", "empty-thinking-first", "redacted-thinking", "signature-twice", "compaction",
    "fallback", "tools?thinking=hm", "tools?thinking=hm&packets=bytes",
    #"tools-split?calls=calculator__calculate:{"a":"Zürich","b":[1.50]}"#,
  ]) func `What the server wants back it gets back as it came`(scenario: String) async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let first = Transcript.Turn(role: .user, text: "scenario:\(scenario) \(word)")
    let tools = [Self.calculator]
    // As the store has it.
    let stored = try #require(try await answer(talk, [first], tools: tools).kept?.bytes)
    let kept = try JSON(parsing: stored)
    let last = Transcript.Turn(role: .user, text: "And now? \(word)")
    _ = try await answer(talk, [first, said(kept: kept), last], tools: tools)
    let (statuses, body) = try await requests(talk, word)
    // At once, and not without its thoughts.
    #expect(statuses == [200, 200])
    var expected = try #require(kept["content"]?.array)
    if let place = expected.lastIndex(where: { ["text", "tool_use"].contains($0["type"]) }) {
      expected[place] = expected[place].withBreakpoint
    }
    #expect(body?["messages"]?.array?[1]["content"] == .array(expected))
  }

  @Test func `A thought that was changed is refused, and the answer comes without it`() async throws
  {
    let talk = try Talk()
    let word = uniqueWord()
    let first = Transcript.Turn(role: .user, text: "scenario:thinking \(word)")
    let kept = try #require(try await answer(talk, [first]).kept)
    let forged = try JSON(parsing: kept.text.replacing("Let me think.", with: "Let it be.").utf8)
    #expect(forged != kept)
    let last = Transcript.Turn(role: .user, text: "And now? \(word)")
    #expect(try await answer(talk, [first, said(kept: forged), last]).stopReason == "end_turn")
    let (statuses, body) = try await requests(talk, word)
    #expect(statuses == [200, 400, 200])
    #expect(body?["messages"]?.array?[1]["content"]?.array?.map { $0["type"] } == ["text"])
  }

  @Test func `Thoughts are given up for good only where that was what the server refused`()
    async throws
  {
    let talk = try Talk()
    let word = uniqueWord()
    let entry = EntryID(uniqueWord())
    let first = Transcript.Turn(
      role: .user, entry: entry, parts: [.text("scenario:thinking \(word)")])
    let kept = try #require(try await answer(talk, [first]).kept)
    // Refused with thoughts and without.
    let bad = Transcript.Turn(role: .user, text: "scenario:400?message=odd \(word)")
    await #expect(throws: ModelFailure.self) {
      try await answer(talk, [first, said(kept: kept), bad])
    }
    #expect(talk.client.features.takesThinking(from: entry))
    let last = Transcript.Turn(role: .user, text: "And now? \(word)")
    _ = try await answer(talk, [first, said(kept: kept), last])
    let (_, body) = try await requests(talk, word)
    #expect(body?["messages"]?.array?[1]["content"]?.text.contains("Let me think.") == true)
  }

  @Test func `What paused is gone on with`() async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let text = "scenario:pause-turn,normal \(word)"
    let first = Transcript.Turn(role: .user, text: text)
    let paused = try await answer(talk, [first])
    #expect(paused.stopReason == "pause_turn")
    let goneOn = try await answer(talk, [first, said(echo(text), kept: paused.kept)])
    #expect(goneOn.stopReason == "end_turn")
    #expect(try await statuses(talk, word) == [200, 200])
  }

  @Test func `A call that max_tokens cut is neither made nor sent back`() async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let calls = #"calculator__calculate:{"a":1}+calculator__calculate:{"b":2}"#
    let first = Transcript.Turn(
      role: .user, text: "scenario:tools-then-max-tokens?calls=\(calls) \(word)")
    let cut = try await answer(talk, [first], tools: [Self.calculator])
    #expect(cut.stopReason == "max_tokens" && cut.calls == [])
    let kept = try #require(cut.kept)
    #expect(kept["content"]?.array?.count { $0["type"] == "tool_use" } == 1)
    let last = Transcript.Turn(role: .user, text: "And now? \(word)")
    _ = try await answer(talk, [first, said(kept: kept), last], tools: [Self.calculator])
    let (statuses, body) = try await requests(talk, word)
    #expect(statuses == [200, 200])
    #expect(body?["messages"]?.array?.last?["content"]?.array?.first?["is_error"] == true)
  }

  @Test func `A model that calls though it must not is told so with the next request`() async throws
  {
    let talk = try Talk()
    let word = uniqueWord()
    let first = Transcript.Turn(role: .user, text: "scenario:tools-forever \(word)")
    let stubborn = try await answer(talk, [first], tools: [Self.calculator], mayCall: false)
    #expect(stubborn.stopReason == "tool_use")
    let (_, asked) = try await requests(talk, word)
    #expect(asked?["tool_choice"] == ["type": "none"])
    let last = Transcript.Turn(role: .user, text: "And now? \(word)")
    _ = try await answer(talk, [first, said(kept: stubborn.kept), last], tools: [Self.calculator])
    #expect(try await statuses(talk, word) == [200, 200])
  }

  @Test func `Half a pair of surrogates is in no request, wherever a child says it`() async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let odd = try JSON(parsing: #"{"k\ud800":"a\ud83d","type":"object"}"#.utf8)
    let text = try #require(odd.members?.first?.value.string)
    let tool = Tool(
      child: ChildID("odd"), name: text, description: text,
      inputSchema: ["type": "object", "description": .string(text), "default": odd],
      annotations: nil, approval: .auto)
    let call = ToolCall(
      callID: "1", child: ChildID("odd"), tool: text, arguments: odd, status: .done,
      content: [["type": "text", "text": .string(text)], odd])
    let turns: [Transcript.Turn] = [
      .init(role: .user, text: word + text),
      .init(role: .assistant, parts: [.answer(.init(text: text, calls: [call]))]),
      .init(role: .user, parts: [.results([call])]),
    ]
    _ = try await answer(talk, turns, tools: [tool])
    #expect(try await statuses(talk, word) == [200])
    // The server would see it.
    var raw = try talk.post(uniqueWord())
    raw.body = Array(
      String(decoding: raw.body ?? [], as: UTF8.self)
        .replacing("claude", with: #"\ud83d"#).utf8)
    let head = try await talk.client.transport.open(raw).next()
    guard case .head(let head)? = head else { throw MessagesServer.Unavailable(reason: "no head") }
    #expect(head.status == 400)
  }

  @Test func `A tool that the server refuses costs one refusal, and the others are offered`()
    async throws
  {
    let talk = try Talk()
    let odd = Tool(
      child: ChildID("odd"), name: "odd", description: "",
      inputSchema: ["type": "object", "properties": ["größe": ["type": "number"]]],
      annotations: nil, approval: .auto)
    for expected: [Int64?] in [[400, 200], [200]] {
      let word = uniqueWord()
      _ = try await answer(talk, [.init(role: .user, text: word)], tools: [Self.calculator, odd])
      let (statuses, body) = try await requests(talk, word)
      #expect(statuses == expected)
      #expect(body?["tools"]?.array?.map { $0["name"] } == ["calculator__calculate"])
    }
    #expect(talk.log.all.count { $0.contains("refuses a tool") && $0.contains("odd__odd") } == 1)
    // As it is declared anew it may be good.
    var good = odd
    good.inputSchema = ["type": "object"]
    let word = uniqueWord()
    _ = try await answer(talk, [.init(role: .user, text: word)], tools: [good])
    #expect(try await statuses(talk, word) == [200])
    #expect(try await requests(talk, word).1?["tools"]?.array?.count == 1)
  }

  @Test func `Every history is taken by the server at once`() async throws {
    // One of its own: so much is said that other tests would find their words in it.
    let talk = try Talk(MessagesServer())
    for seed in 0..<UInt64(150) {
      let past = RandomHistory(seed: seed).request
      let request = ModelRequest(
        turns: past.turns, model: "claude-opus-5-5", tools: past.tools, from: past.from)
      let answer = try await talk.client.answer(request, hear: { _ in })
      #expect(answer.stopReason == "end_turn", "seed \(seed)")
      // Nothing was refused and asked again.
      #expect(!talk.log.all.contains { $0.contains("no whole answer") }, "seed \(seed)")
    }
  }
}
