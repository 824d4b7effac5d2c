import ChatCore

/// The name by which a child's tool is offered to the model.
///
/// The API takes 64 of `[a-zA-Z0-9_-]`; children's tools may have 128 characters and dots. A name
/// depends on its child and tool alone, so that a list that grows renames nothing, and no two have
/// the same.
enum ToolName {
  static let byteLimit = 64
  private static let base32 = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
  private static let digitCount = 13

  /// `CHILD__TOOL`, where that is a name, and can be nobody else's; else its beginning and a hash.
  static func of(_ child: ChildID, _ tool: String) -> String {
    let plain = child.text + "__" + tool
    let name = valid(plain)
    // The first `__` then stands behind the child, and the rest is the tool.
    let isPlain =
      name == plain && !child.text.isEmpty && !tool.isEmpty
      && !child.text.contains("__") && !child.text.hasSuffix("_")
    guard !isPlain || name.utf8.count > byteLimit || hasDigits(name) else { return name }
    return name.prefix(utf8Count: 48) + "_" + digits(of: hash(child.text + "\0" + tool))
  }

  /// A name that a model made up, as the API takes it.
  static func acceptable(_ name: String) -> String {
    let name = valid(name).prefix(utf8Count: byteLimit)
    return name.isEmpty ? "unknown" : String(name)
  }

  private static func valid(_ name: String) -> String {
    String(String.UnicodeScalarView(name.unicodeScalars.map { isWord($0) ? $0 : "_" }))
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
    default: false
    }
  }

  /// Whether a name ends as those with a hash do.
  private static func hasDigits(_ name: String) -> Bool {
    let end = name.utf8.suffix(digitCount + 1)
    return end.count == digitCount + 1 && end.first == UInt8(ascii: "_")
      && end.dropFirst().allSatisfy { base32.contains($0) }
  }

  private static func digits(of hash: UInt64) -> String {
    let digits = (0..<digitCount).map { base32[Int(hash >> UInt64(5 * $0) & 31)] }
    return String(decoding: digits.reversed(), as: UTF8.self)
  }

  /// FNV-1a.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
