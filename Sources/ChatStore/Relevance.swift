import Foundation

/// How well an entry answers a query, after the manner of BM25 (Robertson and Zaragoza, "The
/// Probabilistic Relevance Framework", 2009): places count, each less than the one before, and more
/// in a short text.
///
/// How rare a word is doesn't count: FTS5's own `bm25()` reads all of its places to know that, so
/// it takes longer with every entry. Words that go on after an unfinished one count half.
struct Relevance: Sendable {
  private static let saturation = 1.2
  private static let lengthShare = 0.75
  /// More places than this in one text say no more.
  private static let placeLimit = 64

  let phraseCount: Int
  /// The unfinished word, as the index has it.
  let unfinished: String?
  /// Of the texts that are compared, bytes.
  let averageLength: Double

  init(_ phrases: [SearchPhrase], averageLength: Double) {
    phraseCount = max(1, phrases.count)
    let last = phrases.last { $0.isUnfinished }
    unfinished = last?.words.count == 1 ? last?.words.last : nil
    self.averageLength = max(1, averageLength)
  }

  func score(of found: MarkedText) -> Double {
    let places = found.matches.prefix(Self.placeLimit).reduce(0.0) { sum, match in
      sum + (goesOn(found.text[match]) ? 0.5 : 1)
    }
    let frequency = places / Double(phraseCount)
    let length = Double(found.text.count) / averageLength
    let weight = Self.saturation * (1 - Self.lengthShare + Self.lengthShare * length)
    return frequency * (Self.saturation + 1) / (frequency + weight)
  }

  private func goesOn(_ match: ArraySlice<UInt8>) -> Bool {
    guard let unfinished, match.count > unfinished.utf8.count else { return false }
    let word = String(decoding: match.prefix(256), as: UTF8.self)
      .folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil)
    return word.hasPrefix(unfinished) && word != unfinished
  }
}
