import ChatCore
import ChildProtocol
import Testing

@testable import ChatClaude

@Suite struct ClaudeRequestTests {
  private let turns: [Transcript.Turn] = [
    .init(role: .user, text: "Grüße \"q\" \\ \n\u{1}"), .init(role: .assistant, text: "b"),
    .init(role: .user, text: "c"),
  ]

  private func body(
    _ request: ModelRequest, system: String? = nil, maxTokens: Int64 = 50
  ) throws -> JSON {
    let configuration = ClaudeConfiguration(
      credential: .none, model: "ours", maxTokens: maxTokens, system: system)
    return try JSON(parsing: ClaudeRequest(request, configuration).body)
  }

  private func system(_ body: JSON) -> String? { body["system"]?.array?.first?["text"]?.string }

  private static let tool = Tool(
    child: ChildID("calculator"), name: "calculate", description: "Reckons.",
    inputSchema: ["type": "object"], annotations: nil, approval: .auto)

  @Test func `The body has what the API needs and nothing besides`() throws {
    let body = try body(ModelRequest(turns: turns))
    #expect(
      body.members?.map(\.key) == ["model", "max_tokens", "stream", "system", "messages"])
    #expect(body["model"] == "ours")
    #expect(body["max_tokens"] == 50)
    #expect(body["stream"] == true)
  }

  @Test func `Turns become messages, letter by letter but for control characters`() throws {
    let messages = try #require(try body(ModelRequest(turns: turns))["messages"]?.array)
    #expect(messages.map { $0["role"]?.string } == ["user", "assistant", "user"])
    #expect(
      messages.map { $0["content"]?.array?.map { $0["text"]?.string } }
        == [["Grüße \"q\" \\ \n"], ["b"], ["c"]])
    #expect(messages.allSatisfy { $0.members?.count == 2 })
  }

  @Test func `A thread's own model, limit and system prompt come before the configuration's`()
    throws
  {
    let request = ModelRequest(
      turns: turns, system: "Be\u{0} brief.", model: "theirs", maxTokens: 7)
    let body = try body(request, system: "Be long.")
    #expect(body["model"] == "theirs")
    #expect(body["max_tokens"] == 7)
    #expect(system(body) == ClaudeRequest.preamble + "\n\nBe brief.")
    #expect(
      system(try self.body(ModelRequest(turns: turns), system: "Be long."))
        == ClaudeRequest.preamble + "\n\nBe long.")
  }

  @Test(arguments: [nil, "", " \n\u{1}"]) func `Claude is told of children in any case`(
    own: String?
  ) throws {
    let body = try body(ModelRequest(turns: turns), system: own)
    #expect(system(body) == ClaudeRequest.preamble)
    #expect(ClaudeRequest.preamble.contains("<actor id="))
  }

  @Test func `Tools are offered, and may be called unless no round can follow`() throws {
    let may = try body(ModelRequest(turns: turns, tools: [Self.tool]))
    #expect(may["tools"]?.array?.map { $0["name"]?.string } == ["calculator__calculate"])
    #expect(may["tool_choice"] == nil)
    let mayNot = try body(ModelRequest(turns: turns, tools: [Self.tool], mayCall: false))
    #expect(mayNot["tools"] == may["tools"])
    #expect(mayNot["tool_choice"] == ["type": "none"])
    #expect(try body(ModelRequest(turns: turns, mayCall: false))["tool_choice"] == nil)
  }

  @Test func `A tool that is gone is declared while earlier turns call it`() throws {
    let call = ToolCall(
      callID: "1", child: ChildID("dice"), tool: "roll", arguments: [:], status: .done)
    let turns: [Transcript.Turn] = [
      turns[0], .init(role: .assistant, parts: [.answer(.init(text: "", calls: [call]))]),
      .init(role: .user, parts: [.results([call])]),
    ]
    let body = try body(ModelRequest(turns: turns))
    #expect(body["tools"]?.array?.map { $0["name"]?.string } == ["dice__roll"])
    #expect(body["tool_choice"] == ["type": "none"])
  }

  @Test func `Caches are told to keep the system prompt, what was before, and all`() throws {
    let body = try body(ModelRequest(turns: turns, tools: [Self.tool]))
    #expect(body["system"]?.array?.last?["cache_control"] == ["type": "ephemeral"])
    let marked = body["messages"]?.array?.map { $0["content"]?.array?.last?["cache_control"] }
    #expect(marked == [nil, ["type": "ephemeral"], ["type": "ephemeral"]])
  }

  @Test func `What a server does not take is left out`() throws {
    let request = ModelRequest(turns: turns, tools: [Self.tool], mayCall: false)
    var features = ClaudeRequest.Features()
    features.cacheControl = false
    features.toolChoice = false
    features.refusedTools = ["dice__roll"]
    let configuration = ClaudeConfiguration(credential: .none)
    let spared = ClaudeRequest(request, configuration, features: features)
    let body = try JSON(parsing: spared.body)
    #expect(!body.text.contains("cache_control") && body["tool_choice"] == nil)
    #expect(body["system"]?.string == ClaudeRequest.preamble)
    #expect(body["tools"]?.array?.count == 1)
    features.refusedTools = ["calculator__calculate"]
    let toolless = ClaudeRequest(request, configuration, features: features)
    #expect(try JSON(parsing: toolless.body)["tools"] == nil)
  }

  @Test func `Turns that are left out move the place it is read from`() {
    let configuration = ClaudeConfiguration(credential: .none)
    let all = [
      Transcript.Turn(role: .user, entry: EntryID("1"), parts: [.text("a")]),
      Transcript.Turn(role: .assistant, entry: EntryID("2"), parts: [.answer(.init(text: "b"))]),
      Transcript.Turn(role: .user, entry: EntryID("3"), parts: [.text("c")]),
    ]
    let request = ModelRequest(turns: all, from: EntryID("0"))
    #expect(ClaudeRequest(request, configuration).from == EntryID("0"))
    let cut = ClaudeRequest(request, configuration, turns: [all[2]])
    #expect(cut.from == EntryID("3"))
    #expect(cut.messages.messages.count == 1)
  }
}
