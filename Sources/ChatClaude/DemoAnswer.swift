/// What the demo assistant says to a user's turn. Pure, and the same every time.
struct DemoAnswer: Hashable, Sendable {
  /// A word or two of a child.
  struct Quote: Hashable, Sendable {
    let child: String
    let words: String
  }

  /// The longest quotation, in characters: it is a demonstration, not an echo.
  static let quoteLength = 160

  /// The person's own words.
  let own: String
  /// What children said, in the order of the turn.
  let quotes: [Quote]

  /// Takes a turn apart.
  init(to turn: String) {
    var own = ""
    var quotes: [Quote] = []
    var rest = turn[...]
    while let mark = rest.firstRange(of: Self.opening),
      let name = rest[mark.upperBound...].firstRange(of: "\">"),
      let end = rest[name.upperBound...].firstRange(of: "</actor>")
    {
      own += rest[..<mark.lowerBound]
      quotes.append(
        Quote(
          child: String(rest[mark.upperBound..<name.lowerBound]),
          words: Self.plain(rest[name.upperBound..<end.lowerBound])))
      rest = rest[end.upperBound...]
    }
    self.own = Self.shortened(own + rest)
    self.quotes = quotes
  }

  /// The answer, in Markdown.
  var text: String {
    var paragraphs = [
      "Hello! I am chatd's **demo assistant**: no model, no network, just a few lines of code."
    ]
    if !own.isEmpty { paragraphs.append("You said:\n\n> \(own)") }
    if quotes.isEmpty {
      paragraphs.append("None of the children had anything to say to that.")
    } else {
      let lines = quotes.map { "- **\($0.child)**: \($0.words)" }
      paragraphs.append("The children answered:\n\n" + lines.joined(separator: "\n"))
    }
    paragraphs.append(
      "With a key in `ANTHROPIC_API_KEY`, Claude reads all of this and answers here.")
    return paragraphs.joined(separator: "\n\n")
  }

  /// The answer in pieces, a word each with the space behind it.
  var words: [String] {
    var words: [String] = []
    var word = ""
    for character in text {
      if !character.isWhitespace, word.last?.isWhitespace == true {
        words.append(word)
        word = ""
      }
      word.append(character)
    }
    return words + [word]
  }

  private static let opening = "<actor id=\""

  /// A child's words as it wrote them, in one line.
  private static func plain(_ escaped: Substring) -> String {
    shortened(escaped.replacing("&lt;", with: "<").replacing("&amp;", with: "&"))
  }

  private static func shortened(_ text: some StringProtocol) -> String {
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count > quoteLength ? line.prefix(quoteLength) + "…" : line
  }
}
