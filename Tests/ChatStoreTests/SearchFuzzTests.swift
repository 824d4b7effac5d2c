import ChatCore
import GRDB
import TestSupport
import Testing

@testable import ChatStore

@Suite struct SearchFuzzTests {
  /// What FTS5's language is made of, and what is hard for a tokenizer.
  private static let parts = [
    "\"", "\"\"", "'", "*", "^", "(", ")", "{", "}", ":", "+", "-", ",", "AND", "OR", "NOT", "NEAR",
    "NEAR(", "text", "thread", "{text}:", "search", "rank", "hello", "hel",
    "wörld", " ", "\t", "\n",
    "\0", "\u{1}", "\u{301}", "\u{E000}", "\u{FFFD}", "\u{FFFF}", "\u{10FFFF}", "🎲", "👩‍👩‍👧", "日本語",
    "ß",
    "İ", "ﬁ", "\u{200D}", "%", "_", "\\", ";", "--", "/*", "?1", "x'FE'", "0", "1.5e9", "\u{202E}",
  ]

  @Test func `Whatever is typed is a query or has no word`() async throws {
    var numbers = SeededGenerator(seed: 11)
    try await withStore { store in
      try await store.say("hello wörld, text of a thread: NEAR(1) 日本語")
      try await store.say(Self.parts.joined(separator: " "))
      for round in 0..<10_000 {
        let query = Self.query(using: &numbers)
        do throws(ChatError) {
          let page = try await store.search(SearchQuery(query))
          for hit in page.hits {
            let isShown = hit.snippet.contains { $0.isMatch }
            #expect(isShown, "\(round): \(query.debugDescription)")
          }
        } catch {
          let isWordless = error == .invalid(field: "q", expected: "a word to look for")
          #expect(isWordless, "\(round): \(query.debugDescription): \(error)")
        }
      }
    }
  }

  @Test func `Whatever is said is found by all of it, and shown as it is`() async throws {
    var numbers = SeededGenerator(seed: 12)
    try await withStore { store in
      for round in 0..<300 {
        let text = Self.query(using: &numbers)
        let said = try await store.say(text)
        guard let page = try? await store.search(text) else { continue }
        let hit = page.hits.first { $0.entry.id == said.id }
        #expect(hit != nil, "\(round): \(text.debugDescription)")
        let shown = hit?.snippet.map(\.text).joined() ?? ""
        let isCut = [shown.unicodeScalars.first, shown.unicodeScalars.last].contains("…")
        #expect(isCut || shown == text.column, "\(round): \(text.debugDescription)")
      }
      try await store.checkIndex()
    }
  }

  @Test func `A word as the index has it stays itself when it is typed`() throws {
    let tokenizer = try DatabaseQueue().read { try $0.makeTokenizer(SearchIndex.tokenizer) }
    for start in stride(from: 1, to: 0x30000, by: 64) {
      let letters = (start..<start + 64).compactMap { Unicode.Scalar($0) }.filter { $0 != "\"" }
      let text = letters.map { String($0) }.joined(separator: " ")
      let words = try tokenizer.tokenize(query: text).map(\.token)
      let again = try tokenizer.tokenize(query: words.joined(separator: " ")).map(\.token)
      #expect(again == words, "U+\(String(start, radix: 16))")
    }
  }

  private static func query(using numbers: inout SeededGenerator) -> String {
    (0..<Int.random(in: 0...8, using: &numbers)).map { _ in
      if Int.random(in: 0..<3, using: &numbers) > 0 {
        return parts.randomElement(using: &numbers) ?? ""
      }
      let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &numbers))
      return scalar.map { String($0) } ?? ""
    }.joined(separator: Bool.random(using: &numbers) ? " " : "")
  }
}
