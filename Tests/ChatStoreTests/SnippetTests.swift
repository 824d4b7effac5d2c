import ChatCore
import Testing

@testable import ChatStore

@Suite struct SnippetTests {
  /// The snippet of a text with what was found in brackets.
  private func snippet(_ text: String) -> String {
    let bytes = text.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "["): MarkedText.open
      case UInt8(ascii: "]"): MarkedText.close
      default: byte
      }
    }
    return Snippet(MarkedText(bytes)).pieces(within: []).pieces
      .map { $0.isMatch ? "[\($0.text)]" : $0.text }.joined()
  }

  @Test(arguments: ["[a]", "a [b] c", "[a] [b]", "", "nothing", "x\n[ä] y ", " [a]"])
  func `A short text is shown whole`(text: String) {
    #expect(snippet(text) == text)
  }

  @Test func `Of a long text about 30 words are shown`() {
    let words = (1...100).map { "w\($0)" }
    let text = (words[..<50] + ["[found]"] + words[50...]).joined(separator: " ")
    #expect(
      snippet(text)
        == "…" + (words[42..<50] + ["[found]"] + words[50..<71]).joined(separator: " ") + "…")
  }

  @Test func `The place with the most of it is shown`() {
    let gap = String(repeating: "word ", count: 200)
    let text = "[a] \(gap)[a] [b] end \(gap)[b] \(gap)"
    #expect(snippet(text).contains("[a] [b] end"))
  }

  @Test(arguments: ["x", "é", "日", "👩‍👩‍👧"])
  func `A text without spaces is cut between characters`(letter: String) {
    let run = String(repeating: letter, count: 2_000)
    let shown = snippet("\(run)[y]\(run)")
    #expect(shown.contains("[y]") && shown.hasPrefix("…") && shown.hasSuffix("…"))
    #expect(shown.utf8.count < 600 && !shown.contains("\u{FFFD}"))
    #expect(snippet("[\(run)]").utf8.count < 600)
  }

  @Test func `A snippet stays within what one child said`() {
    let marked = MarkedText(Array("one two\n".utf8) + [0xFE] + Array("three".utf8) + [0xFF])
    let shown = Snippet(marked).pieces(
      within: [(ChildID("a"), 0..<7), (ChildID("b"), 8..<13)])
    #expect(shown.child == ChildID("b"))
    #expect(shown.pieces == [.init("three", isMatch: true)])
  }
}
