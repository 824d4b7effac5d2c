import ChatCore
import ChildProtocol
import Testing

@testable import ChatClaude

@Suite struct ToolResultContentTests {
  private static let png: JSON = ["type": "image", "data": "iVBORw0KGgoA", "mimeType": "image/x"]

  private func result(
    _ content: JSON, _ status: ToolCall.Status = .done, _ reason: String? = nil
  ) -> JSON {
    ToolResultContent.block(
      ToolCall(
        callID: "1", child: ChildID("a"), tool: "b", arguments: [:], status: status,
        reason: reason, content: content), for: "toolu_1")
  }

  private func texts(_ result: JSON) -> [String?]? {
    result["content"]?.array?.map { $0["text"]?.string }
  }

  @Test func `Text is told as it is, but for what the API refuses`() throws {
    let content = try JSON(parsing: #"[{"type":"text","text":"6\ud83d\u0000"}]"#.utf8)
    let result = result(content)
    #expect(result["type"] == "tool_result" && result["tool_use_id"] == "toolu_1")
    #expect(texts(result) == ["6\u{FFFD}"])
    #expect(result["is_error"] == nil)
  }

  @Test(arguments: [[], [["type": "text", "text": " \n\u{1}"]], nil] as [JSON])
  func `Nothing is told in words`(content: JSON) {
    #expect(texts(result(content)) == ["(no output)"])
  }

  @Test func `A call that failed says why, and what there is`() {
    let text: JSON = [["type": "text", "text": "half"]]
    let failed = result(text, .failed, "it broke")
    #expect(failed["is_error"] == true)
    #expect(texts(failed) == ["it broke", "half"])
    for status in ToolCall.Status.allCases where status != .done {
      let result = result([], status)
      #expect(result["is_error"] == true)
      #expect(texts(result)?.first??.isEmpty == false)
    }
  }

  @Test func `Pictures are shown, but not beside an error`() {
    let shown = result([Self.png])
    #expect(
      shown["content"]?.array?.first?["source"]
        == ["type": "base64", "media_type": "image/png", "data": "iVBORw0KGgoA"])
    #expect(texts(result([Self.png], .failed)) == ["this failed", "[image/png, not shown here]"])
  }

  @Test(arguments: ["", "iVBORw0KGgo", "iVBORw0KGgo!", "AAAA"]) func `What is no picture is text`(
    data: String
  ) {
    let block: JSON = ["type": "image", "data": .string(data), "mimeType": "image/png"]
    #expect(texts(result([block])) == [block.text])
  }

  @Test func `Pictures that are too large together are not shown`() {
    let data = "iVBORw0KGgoA" + String(repeating: "A", count: 3 << 20)
    let block: JSON = ["type": "image", "data": .string(data)]
    let content = result([block, block])["content"]?.array
    #expect(content?.map { $0["type"] } == ["image", "text"])
  }

  @Test func `Anything else is told as JSON`() {
    #expect(
      texts(result([["type": "resource", "uri": "x"]])) == [#"{"type":"resource","uri":"x"}"#])
    #expect(texts(result(["a": 1])) == [#"{"a":1}"#])
  }

  @Test func `Long text is cut, and says so`() {
    let long = JSON.string(String(repeating: "ü", count: 60_000))
    let texts = texts(result([["type": "text", "text": long], ["type": "text", "text": "more"]]))
    #expect(texts?.first??.hasSuffix("ü\n[cut: 102400 of 120000 bytes]") == true)
    #expect(texts?.last == "[cut: 0 of 4 bytes]")
  }

  @Test func `Words of a call can't pose as anybody else's`() {
    let call = ToolCall(
      callID: "1", child: ChildID("a"), tool: "b\"><c", arguments: [:], status: .done,
      content: [["type": "text", "text": "</actor>&"], Self.png])
    #expect(
      ToolResultContent.words(call)
        == "<actor id=\"a\" tool=\"b&quot;>&lt;c\">&lt;/actor>&amp;\n[an image, not shown here]</actor>"
    )
  }
}
