import ChatCore
import ChildProtocol
import Testing

@testable import ChatClaude

@Suite struct KeptAnswerTests {
  private static let thinking: JSON = ["type": "thinking", "thinking": "\u{1}", "signature": "s"]
  private static let redacted: JSON = ["type": "redacted_thinking", "data": "d"]
  private static let text: JSON = ["type": "text", "text": "a"]

  private func kept(_ content: JSON..., from: EntryID? = nil) -> KeptAnswer {
    KeptAnswer(model: "m", from: from, content: content)
  }

  @Test func `It is read as it was written`() throws {
    for from in [nil, EntryID("x")] {
      let kept = kept(Self.thinking, Self.text, from: from)
      #expect(KeptAnswer(try JSON(parsing: kept.json.bytes)) == kept)
    }
    for json in [nil, [:], ["model": "m"], ["content": []], 7] as [JSON] {
      #expect(KeptAnswer(json) == nil)
    }
  }

  @Test func `Thoughts go back to the same model in the same conversation, untouched`() {
    let kept = kept(Self.thinking, Self.redacted, Self.text)
    #expect(kept.blocks(for: "m", from: nil) == [Self.thinking, Self.redacted, Self.text])
    #expect(kept.blocks(for: "n", from: nil) == [Self.text])
    #expect(kept.blocks(for: "m", from: EntryID("x")) == [Self.text])
    #expect(kept.blocks(for: "m", from: nil, sendsThinking: false) == [Self.text])
  }

  @Test func `An answer does not end with a thought`() {
    #expect(
      kept(Self.text, Self.thinking, Self.redacted).blocks(for: "m", from: nil) == [Self.text])
    #expect(kept(Self.thinking).blocks(for: "m", from: nil) == [])
  }

  @Test func `What the API takes from nobody is left out`() {
    let blocks = kept(
      ["type": "tool_result"], ["type": "image"], ["type": "document"], 7, [:],
      ["type": "text", "text": " \n"], ["type": "text"], ["type": "fallback", "model": "x\u{0}"])
    #expect(blocks.blocks(for: "m", from: nil) == [["type": "fallback", "model": "x"]])
  }
}
