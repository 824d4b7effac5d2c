import ChatCore
import ChildProtocol
import TestSupport
import Testing

@testable import ChatClaude

@Suite struct AnswerContentTests {
  private static let tool: JSON = [
    "type": "tool_use", "id": "toolu_1", "name": "get_weather", "caller": ["type": "direct"],
    "input": [:],
  ]
  private static let thinking: JSON = ["type": "thinking", "thinking": "", "signature": ""]

  /// What comes of one block with these pieces.
  private func content(
    _ block: JSON, _ deltas: JSON..., ends: Bool = true
  ) throws -> AnswerContent {
    var content = AnswerContent()
    try content.start(0, block)
    for delta in deltas { try content.add(0, delta) }
    if ends { content.stop(0) }
    return content
  }

  private func piece(_ json: String) -> JSON {
    ["type": "input_json_delta", "partial_json": .string(json)]
  }

  @Test func `Text alone needs nothing to be kept`() throws {
    var content = try content(["type": "text", "text": "a", "citations": nil])
    try content.add(0, text: "b")
    try content.start(1, ["type": "text", "text": ""])
    try content.add(1, text: "c")
    #expect(content.kept == nil)
    #expect(AnswerContent().kept == nil)
  }

  @Test func `Text is kept beside something else, with what it quotes`() throws {
    var content = try content(Self.tool)
    try content.start(1, ["type": "text", "text": "a", "citations": nil])
    try content.add(1, text: "b")
    try content.start(2, ["type": "text", "text": ""])
    #expect(content.kept?.count == 2)
    #expect(content.kept?.last == ["type": "text", "text": "ab", "citations": nil])
    try content.add(1, ["type": "citations_delta", "citation": ["cited_text": "x"]])
    #expect(content.kept?.last?["citations"] == [["cited_text": "x"]])
  }

  @Test func `A thought is kept with its last signature, and only whole`() throws {
    let deltas: [JSON] = [
      ["type": "thinking_delta", "thinking": "Let me "],
      ["type": "thinking_delta", "thinking": "think."],
      ["type": "signature_delta", "signature": "old"],
      ["type": "signature_delta", "signature": "new"],
    ]
    let whole = try content(Self.thinking, deltas[0], deltas[1], deltas[2], deltas[3])
    #expect(
      whole.kept
        == [["type": "thinking", "thinking": "Let me think.", "signature": "new"]])
    #expect(try content(Self.thinking, deltas[0], deltas[2], ends: false).kept == nil)
  }

  @Test func `Arguments cut at any byte make a call only when the block ends`() throws {
    let json = #"{"location": "Zürich \ud83d\ude42", "days": [1, 2.50]}"#
    let expected: JSON = ["location": "Zürich 🙂", "days": [1, .number("2.50")]]
    let scalars = Array(json.unicodeScalars)
    for cut in 0...scalars.count {
      var halves = [scalars[..<cut], scalars[cut...]].map {
        String(String.UnicodeScalarView($0))
      }
      let whole = try content(Self.tool, piece(halves[0]), piece(""), piece(halves[1]))
      #expect(
        whole.calls == [.init(name: "get_weather", input: expected, isBroken: false)], "\(cut)")
      halves.removeLast()
      let truncated = try content(Self.tool, piece(halves[0]), ends: false)
      #expect(truncated.calls == [] && truncated.kept == nil, "\(cut)")
    }
  }

  @Test func `A call without arguments has none`() throws {
    for deltas in [[], [piece("")], [piece(""), piece("")]] {
      var content = AnswerContent()
      try content.start(nil, Self.tool)
      for delta in deltas { try content.add(nil, delta) }
      content.stop(nil)
      #expect(content.calls == [.init(name: "get_weather", input: [:], isBroken: false)])
      #expect(content.kept == [Self.tool])
    }
    #expect(try content(["type": "tool_use", "name": "a"]).calls.map(\.input) == [[:]])
  }

  @Test func `Arguments may come with the block's beginning`() throws {
    let content = try content(["type": "tool_use", "name": "a", "input": ["b": 1]])
    #expect(content.calls == [.init(name: "a", input: ["b": 1], isBroken: false)])
  }

  @Test(arguments: ["{\"a\":", "{} {}", "[1]", "7", "\"x\""]) func `Broken arguments are quoted`(
    json: String
  ) throws {
    let content = try content(Self.tool, piece(json))
    let input: JSON = ["INVALID_JSON": .string(json)]
    #expect(content.calls == [.init(name: "get_weather", input: input, isBroken: true)])
    #expect(content.kept?.first?["input"] == input)
  }

  @Test func `Pieces of blocks that stand side by side are told apart`() throws {
    var content = AnswerContent()
    for index in [3, 5] { try content.start(index, Self.tool) }
    for (index, text) in [(3, "{\"a\""), (5, "{\"b\""), (3, ":1}"), (5, ":2}")] {
      try content.add(index, piece(text))
    }
    content.stop(5)
    #expect(content.calls.map(\.input) == [["b": 2]])
    content.stop(3)
    #expect(content.calls.map(\.input) == [["a": 1], ["b": 2]])
  }

  @Test func `What is not known is kept as it came, unless it can't be put together`() throws {
    let fallback: JSON = ["type": "fallback", "model": "claude-opus-5"]
    #expect(try content(fallback).kept == [fallback])
    #expect(try content(fallback, ["type": "colour_delta", "colour": "red"]).kept == nil)
    let redacted: JSON = ["type": "redacted_thinking", "data": "x"]
    #expect(try content(redacted).kept == [redacted])
    let compaction = try content(
      ["type": "compaction", "content": ""], ["type": "compaction_delta", "content": "short"])
    #expect(compaction.kept == [["type": "compaction", "content": "short"]])
    #expect(try content(["no": "type"]).kept == nil)
    #expect(try content(7).kept == nil)
  }

  @Test func `Pieces of no block do no harm`() throws {
    var content = AnswerContent()
    try content.add(4, piece("{}"))
    content.stop(4)
    try content.add(nil, text: "a")
    #expect(content.kept == nil && content.calls == [])
  }

  @Test func `There is a bound on all of it`() throws {
    var content = AnswerContent(byteLimit: 1000)
    try content.start(0, Self.thinking)
    let delta: JSON = [
      "type": "thinking_delta", "thinking": .string(String(repeating: "a", count: 400)),
    ]
    try content.add(0, delta)
    #expect(throws: ClaudeError.unreadable("an answer of more than 1000 bytes")) {
      try content.add(0, delta)
      try content.add(0, text: String(repeating: "a", count: 400))
    }
  }

  @Test func `There is a bound on how many blocks there are`() throws {
    var content = AnswerContent()
    for index in 0..<AnswerContent.blockLimit { try content.start(index, Self.thinking) }
    #expect(throws: ClaudeError.unreadable("an answer of more than 4096 blocks")) {
      try content.start(nil, Self.thinking)
    }
  }

  @Test func `Random pieces do no harm`() throws {
    let kinds = [
      "text", "thinking", "tool_use", "redacted_thinking", "compaction", "x", "text_delta",
      "thinking_delta", "signature_delta", "input_json_delta", "citations_delta",
    ]
    for seed in 0..<500 {
      var generator = SeededGenerator(seed: UInt64(seed))
      var content = AnswerContent()
      for _ in 0..<20 {
        let index = Bool.random(using: &generator) ? nil : Int.random(in: -1...3, using: &generator)
        let kind = kinds.randomElement(using: &generator) ?? ""
        let json: JSON = [
          "type": .string(kind), "text": "a", "thinking": 7, "partial_json": "{}", "input": nil,
        ]
        switch Int.random(in: 0...3, using: &generator) {
        case 0: try content.start(index, json)
        case 1: try content.add(index, json)
        case 2: try content.add(index, text: "b")
        default: content.stop(index)
        }
      }
      #expect(content.calls.count == content.kept?.count { $0["type"] == "tool_use" } ?? 0)
    }
  }
}
