/// A text in which FTS5 marked what it found.
struct MarkedText: Sendable {
  /// Bytes that no UTF-8 has, so that no text can be taken for a mark.
  static let open: UInt8 = 0xFE
  static let close: UInt8 = 0xFF

  /// What FTS5 is to be asked for, for a column of the index.
  static func sql(column: Int) -> String {
    "CAST(highlight(search, \(column), CAST(x'FE' AS TEXT), CAST(x'FF' AS TEXT)) AS BLOB)"
  }

  /// The text without the marks, UTF-8.
  private(set) var text: [UInt8] = []
  /// What was found, in order, in bytes of `text`.
  private(set) var matches: [Range<Int>] = []

  init(_ marked: some Sequence<UInt8>) {
    var start = 0
    for byte in marked {
      switch byte {
      case Self.open: start = text.count
      case Self.close: matches.append(start..<text.count)
      default: text.append(byte)
      }
    }
  }
}
