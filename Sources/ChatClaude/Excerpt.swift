import ChildProtocol

/// The beginning of what a server said, for people: a few bytes in one line.
enum Excerpt {
  /// As much as fits into a sentence.
  static let byteLimit = 200
  /// As much as is shown of a sentence that the server itself wrote.
  static let sentenceByteLimit = 500
  /// As long as a name gets that the API may add to.
  static let nameByteLimit = 64

  /// The first bytes as text, white space and control characters run together.
  static func of(_ bytes: some Collection<UInt8>, limit: Int = byteLimit) -> String {
    let text = String(decoding: bytes.prefix(limit), as: UTF8.self)
    let isGap = { (scalar: Unicode.Scalar) in
      scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
    }
    let words = text.unicodeScalars.split(whereSeparator: isGap).map {
      String(String.UnicodeScalarView($0))
    }
    return words.joined(separator: " ") + (bytes.count > limit ? "…" : "")
  }

  /// The beginning of a text of the server's; nil: it is none, or empty.
  static func of(_ json: JSON?, limit: Int = byteLimit) -> String? {
    guard let text = json?.string, !text.isEmpty else { return nil }
    return of(text.utf8, limit: limit)
  }
}
