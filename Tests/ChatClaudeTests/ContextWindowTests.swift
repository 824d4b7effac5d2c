import ChatCore
import ChildProtocol
import TestSupport
import Testing

@testable import ChatClaude

@Suite struct ContextWindowTests {
  /// Turns of a conversation, in which results of calls may begin a user's turn.
  private func turns(seed: UInt64) -> [Transcript.Turn] {
    var generator = SeededGenerator(seed: seed)
    let call = ToolCall(
      callID: "c", child: ChildID("a"), tool: "t", arguments: [:], status: .done,
      content: [["type": "text", "text": "a result"]])
    return (0..<Int.random(in: 1...30, using: &generator)).map { index in
      let text = String(repeating: "x", count: Int.random(in: 1...4000, using: &generator))
      guard index.isMultiple(of: 2) else { return .init(role: .assistant, text: text) }
      let hasResults = index > 0 && Bool.random(using: &generator)
      return .init(
        role: .user, parts: hasResults ? [.results([call]), .text(text)] : [.text(text)])
    }
  }

  @Test(arguments: UInt64(0)..<200) func `What is kept fits, begins whole, and no more would fit`(
    seed: UInt64
  ) {
    let turns = turns(seed: seed)
    for budget in [0, 100, 1000, 5000, 20_000, 1_000_000] {
      func fits(_ first: Int) -> Bool {
        let count = turns[first...].reduce(0) { $0 + $1.byteCount }
        return Double(count) / 2.5 <= Double(budget)
      }
      let cut = ContextWindow.cut(turns, toFit: budget, bytesPerToken: 2.5)
      let good = turns.indices.filter { turns[$0].isOpening && fits($0) }
      #expect(cut == good.first, "\(budget)")
    }
  }

  @Test func `Calls, results and what the server wants back have a length`() {
    let call = ToolCall(
      callID: "c", child: ChildID("a"), tool: "t",
      arguments: .string(String(repeating: "a", count: 500)), status: .done,
      content: .string(String(repeating: "r", count: 700)))
    let results = Transcript.Turn(role: .user, parts: [.results([call])])
    #expect(results.byteCount > 700)
    let kept = Transcript.Answer(text: "short", kept: .string(String(repeating: "k", count: 900)))
    #expect(Transcript.Turn(role: .assistant, parts: [.answer(kept)]).byteCount > 900)
    let calling = Transcript.Answer(text: "", calls: [call])
    #expect(Transcript.Turn(role: .assistant, parts: [.answer(calling)]).byteCount > 500)
  }

  @Test func `An answer may fill half the window`() {
    #expect(ContextWindow.maxTokens(16_384, in: 200_000) == 16_384)
    #expect(ContextWindow.maxTokens(16_384, in: 4096) == 2048)
    #expect(ContextWindow.maxTokens(16_384, in: 1) == 1)
  }

  @Test(arguments: [
    ("prompt is too long: 213462 tokens > 200000 maximum", 213_462, 200_000),
    (
      "input length and `max_tokens` exceed context limit: 188059 + 20000 > 200000, decrease it",
      188_059, 200_000
    ),
    ("This model's maximum context length is 8192 tokens. However, you requested 9", nil, 8192),
  ]) func `What a refusal tells of the window is read`(
    message: String, tokens: Int64?, limit: Int64?
  ) {
    func excess(_ status: Int, _ message: String) -> ContextExcess? {
      ContextExcess(.status(ServerRefusal(status: status, type: "t", message: message)))
    }
    let read = excess(400, message)
    #expect(read?.tokens == tokens && read?.limit == limit)
    #expect(excess(500, message) == nil)
    #expect(excess(400, "messages: at least one message is required") == nil)
    #expect(excess(400, "prompt is too long: 9 tokens > 0 maximum") == nil)
    #expect(excess(400, "prompt is too long: 9 tokens > \(UInt64.max) maximum") == nil)
  }

  @Test func `Some say that it is too long and not by how much`() {
    let lengths: [ClaudeError] = [
      .contextExceeded, .status(ServerRefusal(status: 413)),
      .status(ServerRefusal(status: 400, type: "exceed_context_size_error")),
    ]
    for error in lengths { #expect(ContextExcess(error)?.limit == nil) }
    for error in lengths { #expect(ContextExcess(error) != nil) }
    #expect(ContextExcess(.cutOff) == nil)
  }

  @Test func `Fields are found by their keys alone`() {
    let text = "{\"system\":\"\\\"cache_control\\\":\",\"tool_choice\":{}}"
    #expect(OptionalField.sent(in: Array(text.utf8)) == [.toolChoice])
    let both = "{\"tool_choice\":{},\"system\":[{\"cache_control\":{}}]}"
    #expect(OptionalField.sent(in: Array(both.utf8)) == [.toolChoice, .cacheControl])
  }

  @Test func `A refusal casts suspicion on what it names, else on all that others may lack`() {
    func suspected(_ message: String, status: Int = 400, isAnthropic: Bool = false) -> Set<
      OptionalField
    > {
      OptionalField.suspected(
        in: ServerRefusal(status: status, type: "t", message: message),
        sent: [.cacheControl, .toolChoice],
        isAnthropic: isAnthropic)
    }
    #expect(suspected("tool_choice is not supported", isAnthropic: true) == [.toolChoice])
    #expect(suspected("unknown field: cache_control", status: 422) == [.cacheControl])
    #expect(suspected("bad request") == [.cacheControl, .toolChoice])
    #expect(suspected("bad request", isAnthropic: true) == [])
    #expect(suspected("tool_choice", status: 500) == [])
  }
}
