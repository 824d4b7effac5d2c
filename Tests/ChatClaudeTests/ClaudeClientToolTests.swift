import ChatCore
import ChildProtocol
import Testing

@testable import ChatClaude

/// Rounds of calls against a server that holds every request to the API's rules.
@Suite struct ClaudeClientToolTests {
  private static let calculator = Tool(
    child: ChildID("calculator"), name: "calculate", description: "", inputSchema: [:],
    annotations: nil, approval: .auto)

  @Test(arguments: [
    "cut-thinking", "eof-thinking", "error-thinking", "cut-tool", "eof-tool", "error-tool",
    "cut-tool?whole=1",
  ]) func `What breaks off ahead of a word was paid for, and is not tried again`(
    scenario: String
  ) async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let outcome = await talk.ask("scenario:\(scenario) \(word)")
    let failure = try #require(outcome.failure)
    #expect(failure.isInterruption && outcome.delays == [] && outcome.text == "")
    #expect(try await talk.server.requests(word).count == 1)
  }

  /// What an answer and the results of its calls add to the turns.
  private func round(_ answer: ModelAnswer, _ number: Int) -> [Transcript.Turn] {
    let calls = answer.calls.enumerated().map { index, call in
      ToolCall(
        callID: "\(number)-\(index)", child: call.child, tool: call.tool,
        arguments: call.arguments, status: call.problem == nil ? .done : .failed,
        reason: call.problem, content: [["type": "text", "text": "6"]])
    }
    let part = Transcript.Part.answer(.init(text: "", kept: answer.kept, calls: calls))
    return [
      .init(role: .assistant, parts: [part]), .init(role: .user, parts: [.results(calls)]),
    ]
  }

  @Test(arguments: [
    #"tools?calls=calculator__calculate:{"a":1}+calculator__calculate:{}"#,
    "tools?thinking=hm", "tools?thinking=hm&packets=bytes", "tools-split", "tools-interleaved",
    "tools-same-ids", "tools-bad-json", "tools-unknown", "tools-empty",
  ]) func `Rounds of any kind are gone on with, and read from the cache`(
    scenario: String
  ) async throws {
    let talk = try Talk()
    func ask(_ turns: [Transcript.Turn], model: String? = nil) async throws -> ModelAnswer {
      let request = ModelRequest(turns: turns, model: model, tools: [Self.calculator])
      return try await talk.client.answer(request, hear: { _ in })
    }
    var turns: [Transcript.Turn] = [
      .init(role: .user, text: "scenario:\(scenario) \(uniqueWord())")
    ]
    for number in 0..<3 {
      let answer = try await ask(turns)
      #expect(answer.stopReason == "tool_use" && !answer.calls.isEmpty)
      turns += round(answer, number)
    }
    turns += [
      .init(role: .assistant, text: "done"), .init(role: .user, text: "And now? \(uniqueWord())"),
    ]
    let last = try await ask(turns)
    #expect(last.stopReason == "end_turn")
    #expect(last.usage?.cacheReadInputTokens ?? 0 > 100)
    #expect(try await ask(turns, model: "claude-opus-5").stopReason == "end_turn")
  }
}
