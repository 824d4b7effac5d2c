extension ChatThread {
  /// The longest title that is made from a message, in characters, the ellipsis included.
  private static let titleLength = 80
  /// And in bytes of UTF-8: a character may have any number of them.
  private static let titleByteCount = 512

  /// A thread's title as its first message gives it: its first line with something to read, white
  /// space collapsed, cut behind a word.
  /// - Returns: nil where there is nothing to read.
  static func title(from content: String) -> String? {
    let lines = content.split(whereSeparator: \.isNewline)
    guard let line = lines.first(where: { !$0.isInvisible }) else { return nil }
    let words = line.split { $0.isWhitespace || $0.isControl }
    let whole = words.joined(separator: " ")
    if fits(whole, titleLength) { return whole }
    var title = ""
    for word in words {
      let longer = title.isEmpty ? String(word) : "\(title) \(word)"
      guard fits(longer, titleLength - 1) else { break }
      title = longer
    }
    if title.isEmpty, let word = words.first {
      for character in word {
        guard fits(title + String(character), titleLength - 1) else { break }
        title.append(character)
      }
    }
    return title + "…"
  }

  private static func fits(_ text: String, _ length: Int) -> Bool {
    text.utf8.count <= titleByteCount && text.count <= length
  }
}

extension Character {
  fileprivate var isControl: Bool {
    unicodeScalars.allSatisfy { $0.properties.generalCategory == .control }
  }
}

extension Substring {
  /// Whether there is nothing to be seen in it: spaces, and characters that only say how others are
  /// to be set.
  fileprivate var isInvisible: Bool {
    unicodeScalars.allSatisfy {
      $0.properties.isWhitespace || [.control, .format].contains($0.properties.generalCategory)
    }
  }
}
