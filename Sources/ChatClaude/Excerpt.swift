/// The beginning of what a server said, for people: a few bytes in one line.
enum Excerpt {
  /// As much as fits into a sentence.
  static let byteLimit = 200

  /// The first bytes as text, white space and control characters run together.
  static func of(_ bytes: some Collection<UInt8>) -> String {
    let text = String(decoding: bytes.prefix(byteLimit), as: UTF8.self)
    let isGap = { (scalar: Unicode.Scalar) in
      scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
    }
    let words = text.unicodeScalars.split(whereSeparator: isGap).map {
      String(String.UnicodeScalarView($0))
    }
    return words.joined(separator: " ") + (bytes.count > byteLimit ? "…" : "")
  }
}
