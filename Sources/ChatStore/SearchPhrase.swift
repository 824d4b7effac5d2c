import ChatCore
import GRDB

/// Words that have to stand side by side; a single one as a rule.
struct SearchPhrase: Hashable, Sendable {
  /// The most phrases of a query, and words of a phrase, that count. More are taken for a text that
  /// was pasted, and its beginning for enough.
  static let limit = 32
  /// How much of a query is read, characters.
  private static let queryLimit = 4_096
  private static let quotes: Set<Unicode.Scalar> = ["\"", "\u{201C}", "\u{201D}"]

  /// As the index has them: without case and diacritics. Never empty.
  var words: [String]
  /// Whether the last word may go on.
  var isUnfinished = false

  /// Reads what somebody typed. Everything that makes no word is a space, and what stands in
  /// quotation marks is a phrase, as are words that other characters join: `well-known`.
  static func phrases(in typed: String, _ tokenizer: any FTS5Tokenizer) throws -> [SearchPhrase] {
    var phrases: [SearchPhrase] = []
    func add(_ piece: String, isOpen: Bool) throws {
      // A NUL would end the text for whoever makes words of it.
      let words = try tokenizer.words(in: piece.column)
      guard !words.isEmpty, phrases.count < limit else { return }
      let isCut = words.count > limit
      // Unless a letter behind it would begin another word.
      let goesOn =
        try isOpen && !isCut && tokenizer.words(in: piece.column + "x").count == words.count
      phrases.append(SearchPhrase(words: Array(words.prefix(limit)), isUnfinished: goesOn))
    }
    var piece = String.UnicodeScalarView()
    var isQuoted = false
    for scalar in typed.unicodeScalars.prefix(queryLimit) {
      let isQuote = quotes.contains(scalar)
      guard isQuote || (!isQuoted && scalar.properties.isWhitespace) else {
        piece.append(scalar)
        continue
      }
      try add(String(piece), isOpen: false)
      piece = String.UnicodeScalarView()
      if isQuote { isQuoted.toggle() }
    }
    try add(String(piece), isOpen: typed.unicodeScalars.count <= queryLimit)
    return phrases
  }
}

extension FTS5Tokenizer {
  fileprivate func words(in text: String) throws -> [String] {
    try tokenize(query: text).map(\.token)
  }
}

extension Database {
  /// Most words that an unfinished one is taken to mean.
  private static let completionLimit = 100

  /// The phrases as FTS5 has to be asked for them: all of them, in the text, in that thread.
  func matchExpression(for phrases: [SearchPhrase], in thread: ThreadID?) throws -> String {
    var terms = try phrases.map { try term($0) }
    // The thread first: most entries that it excludes are excluded at once.
    if let thread {
      let word = try Row.required(
        self, sql: "SELECT \(SearchIndex.word(ofThread: "?"))", arguments: [thread.column],
        of: "the word of a thread")
      terms.insert("{thread} : \(try word.text(0).quoted)", at: 0)
    }
    return terms.joined(separator: " AND ")
  }

  private func term(_ phrase: SearchPhrase) throws -> String {
    guard phrase.isUnfinished, let last = phrase.words.last else {
      return "{text} : \(phrase.words.joined(separator: " ").quoted)"
    }
    if last.unicodeScalars.count <= SearchIndex.prefixLimit {
      return "{text} : \(phrase.words.joined(separator: " ").quoted) *"
    }
    let start = phrase.words.dropLast()
    let completed = try completions(of: last).map {
      (start + [$0]).joined(separator: " ").quoted
    }
    return "{text} : (\(completed.joined(separator: " OR ")))"
  }

  /// The words that begin with `start`, in the order of their bytes; itself, where there is none.
  ///
  /// FTS5 would gather every place of all of them before it finds the first entry, however many
  /// there are.
  private func completions(of start: String) throws -> [String] {
    var words: [String] = []
    var least = start
    while words.count < Self.completionLimit,
      let next = try row("SELECT term FROM search_word WHERE term >= ? LIMIT 1", [least])
    {
      let word = try next.text(0)
      guard word.utf8.starts(with: start.utf8) else { break }
      words.append(word)
      // The next text in order, since a search for what comes after it would read all its places.
      least = word + "\u{1}"
    }
    return words.isEmpty ? [start] : words
  }
}

extension String {
  /// The text as a string of FTS5's language (sqlite.org/fts5.html §3.1).
  fileprivate var quoted: String { "\"" + replacing("\"", with: "\"\"") + "\"" }
}
