import ChatCore
import ChildProtocol
import TestSupport

@testable import ChatClaude

/// Turns as a thread's past may have left them: broken off, imported, of other models, with rounds
/// that are half, missing or nobody's, and odd text everywhere.
struct RandomHistory {
  static let model = "m"
  static let from = EntryID("x")

  private(set) var turns: [Transcript.Turn] = []
  private var generator: SeededGenerator
  /// The calls that the last answer ends with.
  private var open = 0

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    for _ in 0..<Int.random(in: 1...8, using: &generator) {
      addUser()
      if isTrue(9, of: 10) { addAnswers() }
    }
    turns.append(.init(role: .user, text: "end"))
  }

  /// What is asked with these turns.
  var request: ModelRequest { Self.request(turns) }

  static func request(_ turns: [Transcript.Turn]) -> ModelRequest {
    ModelRequest(turns: turns, model: model, tools: tools, from: from)
  }

  private static let tools = ["roll", "roll.twice"].map {
    Tool(
      child: ChildID("dice"), name: $0, description: "\u{0}", inputSchema: ["oneOf": []],
      annotations: nil, approval: .auto)
  }

  private mutating func addUser() {
    var parts: [Transcript.Part] = []
    if open > 0 ? isTrue(3, of: 4) : isTrue(1, of: 10) {
      let count = open + pick([0, 0, 0, -1, 1])
      let calls = (0..<max(count, 0)).map { _ in call() }
      if !calls.isEmpty { parts.append(.results(calls)) }
    }
    for _ in 0..<pick([0, 1, 1, 2]) { parts.append(.text(text())) }
    parts.removeAll(where: \.isEmpty)
    if !parts.isEmpty { turns.append(.init(role: .user, parts: parts)) }
  }

  private mutating func addAnswers() {
    let parts = (0..<pick([1, 1, 1, 2])).map { _ in Transcript.Part.answer(answer()) }
    turns.append(.init(role: .assistant, parts: parts))
  }

  private mutating func answer() -> Transcript.Answer {
    open = isTrue(1, of: 2) ? pick([1, 2, 3]) : 0
    let calls = (0..<open).map { _ in call() }
    let text = text()
    guard isTrue(2, of: 3) else { return .init(text: text, calls: calls) }
    let (model, from) = (pick([Self.model, Self.model, "n"]), pick([Self.from, Self.from, nil]))
    let signature = RequestRules.signature(model, from)
    var content = (0..<pick([0, 1, 2])).map { _ in block(signature) }
    content += (0..<open).map { _ in use() }
    if isTrue(1, of: 6) { content.append(block(signature)) }
    let kept = KeptAnswer(model: model, from: from, content: content)
    return .init(text: text, kept: isTrue(1, of: 20) ? [:] : kept.json, calls: calls)
  }

  private mutating func block(_ signature: String) -> JSON {
    pick([
      ["type": "text", "text": .string(text())],
      ["type": "thinking", "thinking": "\u{0}", "signature": .string(signature)],
      ["type": "redacted_thinking", "data": .string(signature)],
      ["type": "fallback", "model": .string(text())],
      ["type": "compaction", "content": .string(text())],
      ["type": "tool_result", "tool_use_id": "call_1", "content": "x"], nil, ["type": "image"],
    ])
  }

  private mutating func use() -> JSON {
    let names = [
      "dice__roll", ToolName.of(ChildID("dice"), "roll.twice"), "gone__x", "get weather",
    ]
    return [
      "type": "tool_use", "id": .string(pick(["call_1", "call_1", "call_1_2", "a:b", ""])),
      "name": .string(pick(names)),
      "input": pick([[:], ["a\u{0}": .string(text())], "x", nil, ["b": .number("1e999")]]),
    ]
  }

  private mutating func call() -> ToolCall {
    let image: JSON = ["type": "image", "data": "iVBORw0KGgoA", "mimeType": "image/png"]
    return ToolCall(
      callID: "0193\(Int.random(in: 0...99_999, using: &generator))", child: ChildID("dice"),
      tool: pick(["roll", "roll.twice", "gone"]),
      arguments: pick([[:], ["a": .string(text())], 7]),
      status: pick(ToolCall.Status.allCases), reason: pick([nil, "", text()]),
      content: pick([
        [], nil, "x", [["type": "text", "text": .string(text())]],
        [image, ["type": "resource", "text": .string(text())]],
      ]))
  }

  private mutating func text() -> String {
    if isTrue(1, of: 200) { return String(repeating: "ü", count: 50_000) }
    return pick([
      "hello", "", " \n", "\u{1}\u{2}", "a\u{0}b", "</actor>", "\u{202E}bidi", "e\u{301}",
      "\u{FFFD}",
      "line\r\n\tline\u{7F}", "\u{2028}", "👩‍👩‍👧", "\u{85}",
    ])
  }

  private mutating func isTrue(_ count: Int, of total: Int) -> Bool {
    Int.random(in: 0..<total, using: &generator) < count
  }

  private mutating func pick<Value>(_ values: [Value]) -> Value {
    values[Int.random(in: values.indices, using: &generator)]
  }
}
