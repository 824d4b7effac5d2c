import ChatCore
import ChildProtocol
import Testing

@testable import ChatClaude

@Suite struct MessagesBodyTests {
  typealias Turn = Transcript.Turn

  private static let question = Turn(role: .user, text: "q")
  private static let text: JSON = ["type": "text", "text": "a"]
  private static let thinking: JSON = ["type": "thinking", "thinking": "t", "signature": "s"]

  private static func use(_ id: String, _ name: String = "dice__roll", _ input: JSON = [:]) -> JSON
  {
    ["type": "tool_use", "id": .string(id), "name": .string(name), "input": input]
  }

  private static func call(_ id: String, _ output: String = "6") -> ToolCall {
    ToolCall(
      callID: id, child: ChildID("dice"), tool: "roll", arguments: ["n": 1], status: .done,
      content: [["type": "text", "text": .string(output)]])
  }

  /// An answer that kept these blocks.
  private static func answer(
    _ content: JSON..., text: String = "", calls: [ToolCall] = [], model: String = "m"
  ) -> Turn {
    let kept = KeptAnswer(model: model, from: nil, content: content).json
    return Turn(role: .assistant, parts: [.answer(.init(text: text, kept: kept, calls: calls))])
  }

  private func messages(_ turns: Turn..., model: String = "m") -> [MessagesBody.Message] {
    MessagesBody(turns, model: model).messages
  }

  /// Each message's kinds of blocks, with the identifiers of calls and results.
  private func outline(_ messages: [MessagesBody.Message]) -> [String] {
    messages.map { message in
      message.blocks.map { block in
        let id = block["id"]?.string ?? block["tool_use_id"]?.string
        return (block["type"]?.string ?? "?") + (id.map { " " + $0 } ?? "")
      }.joined(separator: ", ")
    }
  }

  @Test func `A turn is one text, and a result stands ahead of it`() {
    let messages = messages(
      Self.question, Self.answer(Self.use("x")),
      Turn(role: .user, parts: [.results([Self.call("1")]), .text("b"), .text("c")]))
    #expect(outline(messages) == ["text", "tool_use x", "tool_result x, text"])
    #expect(messages[2].blocks[0]["content"] == [["type": "text", "text": "6"]])
    #expect(messages[2].blocks[1]["text"] == "b\n\nc")
  }

  @Test func `Results go by their order, whatever they are called`() {
    let messages = messages(
      Self.question, Self.answer(Self.thinking, Self.use("call_1"), Self.use("call_1")),
      Turn(role: .user, parts: [.results([Self.call("1", "one"), Self.call("2", "two")])]))
    #expect(
      outline(messages)
        == [
          "text", "thinking, tool_use call_1, tool_use call_1_2",
          "tool_result call_1, tool_result call_1_2",
        ])
    let outputs = messages[2].blocks.map { $0["content"]?.array?.first?["text"]?.string }
    #expect(outputs == ["one", "two"])
  }

  @Test func `Missing results are made up, wherever they are missing`() {
    let asked = Self.answer(Self.use("x"), Self.use("y"))
    let half = messages(
      Self.question, asked, Turn(role: .user, parts: [.results([Self.call("1")])]))
    #expect(half[2].blocks.map { $0["is_error"] } == [nil, true])
    #expect(
      outline(messages(Self.question, asked, Self.question))
        == ["text", "tool_use x, tool_use y", "tool_result x, tool_result y, text"])
    #expect(
      outline(messages(Self.question, asked))
        == ["text", "tool_use x, tool_use y", "tool_result x, tool_result y"])
    let goneOn = Turn(role: .assistant, parts: asked.parts + [.answer(.init(text: "b"))])
    #expect(
      outline(messages(Self.question, goneOn, Self.question))
        == ["text", "tool_use x, tool_use y", "tool_result x, tool_result y", "text", "text"])
  }

  @Test func `Results that nobody asked for are their child's words`() {
    let messages = messages(
      Turn(role: .user, parts: [.results([Self.call("1", "<6>")]), .text("b")]))
    #expect(
      messages.map { $0.blocks.map { $0["text"]?.string } }
        == [["<actor id=\"dice\" tool=\"roll\">&lt;6></actor>\n\nb"]])
  }

  @Test func `Without what was kept calls are made from the round`() {
    let calls = [Self.call("1"), Self.call("2")]
    let messages = messages(
      Self.question,
      Turn(role: .assistant, parts: [.answer(.init(text: "a", calls: calls))]),
      Turn(role: .user, parts: [.results(calls)]))
    #expect(
      outline(messages)
        == ["text", "text, tool_use 1, tool_use 2", "tool_result 1, tool_result 2"])
    #expect(messages[1].blocks[1] == Self.use("1", "dice__roll", ["n": 1]))
  }

  @Test func `Of another model's answer the thoughts are left out`() {
    let answer = Self.answer(Self.thinking, Self.text)
    #expect(outline(messages(Self.question, answer, Self.question))[1] == "thinking, text")
    #expect(outline(messages(Self.question, answer, Self.question, model: "n"))[1] == "text")
    // Nothing is left of it but the words.
    let thought = Self.answer(Self.thinking, text: "b", model: "n")
    #expect(
      messages(Self.question, thought, Self.question)[1].blocks == [["type": "text", "text": "b"]])
    // Nothing is left of it at all.
    let mute = Self.answer(Self.thinking, model: "n")
    #expect(outline(messages(Self.question, mute, Self.question)) == ["text, text"])
  }

  @Test func `A conversation begins with the user's words`() {
    #expect(
      outline(messages(Self.answer(Self.use("x")), Self.question)) == ["text"])
    #expect(messages().isEmpty)
  }

  @Test func `What a model made up is made acceptable`() {
    let messages = messages(
      Self.question,
      Self.answer(Self.use("a:1", "get weather", "7"), ["type": "tool_use"]), Self.question)
    #expect(
      messages[1].blocks == [
        Self.use("a_1", "get_weather", ["INVALID_JSON": "\"7\""]),
        ["type": "tool_use", "id": "call", "name": "unknown", "input": [:]],
      ])
    let body = MessagesBody(
      [Self.question, Self.answer(Self.use("1"), Self.use("2"))], model: "m")
    #expect(body.usedTools == ["dice__roll"])
  }

  @Test func `Breakpoints stand at the end and ahead of what a person said last`() {
    func marks(_ turns: Turn...) -> [[Int]] {
      MessagesBody(turns, model: "m").breakpoints.map { [$0.message, $0.block] }
    }
    let asked = Self.answer(Self.text, Self.use("x"))
    let results = Turn(role: .user, parts: [.results([Self.call("1")])])
    #expect(marks(Self.question) == [[0, 0]])
    #expect(marks(Self.question, asked, results) == [[2, 0]])
    #expect(marks(Self.question, asked, results, asked, results) == [[4, 0]])
    let said = Self.answer(Self.thinking, Self.text)
    #expect(marks(Self.question, said, Self.question) == [[1, 1], [2, 0]])
    #expect(
      marks(Self.question, said, Self.question, asked, results) == [[1, 1], [4, 0]])
    let odd = Self.answer(Self.text, ["type": "fallback", "model": "n"])
    #expect(marks(Self.question, odd, Self.question) == [[1, 0], [2, 0]])
    #expect(marks() == [])
  }
}
