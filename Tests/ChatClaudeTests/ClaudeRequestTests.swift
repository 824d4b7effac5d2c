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

  @Test func `The body has what the API needs and nothing besides`() throws {
    let body = try body(ModelRequest(turns: turns))
    #expect(
      body.members?.map(\.key) == ["model", "max_tokens", "stream", "system", "messages"])
    #expect(body["model"] == "ours")
    #expect(body["max_tokens"] == 50)
    #expect(body["stream"] == true)
  }

  @Test func `Turns become messages, letter by letter`() throws {
    let messages = try #require(try body(ModelRequest(turns: turns))["messages"]?.array)
    #expect(messages.map { $0["role"]?.string } == ["user", "assistant", "user"])
    #expect(messages.map { $0["content"]?.string } == turns.map(\.text))
    #expect(messages.allSatisfy { $0.members?.count == 2 })
  }

  @Test func `A thread's own model and system prompt come before the configuration's`() throws {
    let request = ModelRequest(turns: turns, system: "Be brief.", model: "theirs")
    let body = try body(request, system: "Be long.")
    #expect(body["model"] == "theirs")
    #expect(body["system"]?.string == ClaudeRequest.preamble + "\n\nBe brief.")
    #expect(
      try self.body(ModelRequest(turns: turns), system: "Be long.")["system"]?.string
        == ClaudeRequest.preamble + "\n\nBe long.")
  }

  @Test(arguments: [nil, "", " \n"]) func `Claude is told of children in any case`(
    system: String?
  ) throws {
    let body = try body(ModelRequest(turns: turns), system: system)
    #expect(body["system"]?.string == ClaudeRequest.preamble)
    #expect(ClaudeRequest.preamble.contains("<actor id="))
  }
}
