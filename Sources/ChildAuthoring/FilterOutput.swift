/// What a program has written to its standard output: bounded, and cut into lines where those count.
struct FilterOutput: Sendable {
  /// All that was written, or what is left of it where lines are taken out.
  private(set) var bytes: [UInt8] = []
  /// Up to here lines were looked at.
  private var lineStart = 0
  /// Up to here there is no newline.
  private var scanned = 0
  private let limit: Int

  init(limit: Int = FilterLimits.outputByteCount) { self.limit = limit }

  /// Takes the next bytes.
  /// - Returns: false where that is more than may be held; nothing is taken then.
  mutating func append(_ chunk: some Collection<UInt8>) -> Bool {
    guard bytes.count + chunk.count <= limit else { return false }
    bytes.append(contentsOf: chunk)
    return true
  }

  /// The next whole line that was not looked at yet, with its newline; it stays in `bytes`.
  mutating func nextLine() -> ArraySlice<UInt8>? {
    guard let end = bytes[scanned...].firstIndex(of: UInt8(ascii: "\n")) else {
      scanned = bytes.count
      return nil
    }
    defer {
      lineStart = end + 1
      scanned = end + 1
    }
    return bytes[lineStart...end]
  }

  /// Takes out the next whole line, without its newline.
  mutating func takeLine() -> [UInt8]? {
    guard let line = nextLine().map({ Array($0.dropLast()) }) else { return nil }
    bytes.removeSubrange(..<lineStart)
    lineStart = 0
    scanned = 0
    return line
  }
}

/// What a program writes to its standard error: whole lines for the log, and the last of them, which
/// says why it failed.
struct FilterErrorLines: Sendable {
  private static let newline = UInt8(ascii: "\n")

  private var line: [UInt8] = []
  /// The beginning of the last line that is not blank.
  private var lastWords: [UInt8] = []

  /// The last line that is not blank, without the blanks around it; nil: there was none.
  var last: String? {
    guard let end = lastWords.lastIndex(where: { $0 > 0x20 }) else { return nil }
    return String(decoding: lastWords[...end].drop { $0 <= 0x20 }, as: UTF8.self)
  }

  /// Takes the next bytes.
  /// - Returns: the lines that are whole now, with their newlines.
  mutating func append(_ chunk: some Collection<UInt8>) -> [UInt8] {
    var whole: [UInt8] = []
    var rest = chunk[...]
    while let first = rest.first {
      if first == Self.newline {
        rest = rest.dropFirst()
        whole += finish()
        continue
      }
      let piece = rest.prefix(FilterLimits.logLineByteCount - line.count)
        .prefix { $0 != Self.newline }
      line.append(contentsOf: piece)
      rest = rest[piece.endIndex...]
      if line.count == FilterLimits.logLineByteCount { whole += finish() }
    }
    return whole
  }

  /// What was said so far gives no reason for what comes.
  mutating func forget() { lastWords = [] }

  /// Ends the line that has begun.
  /// - Returns: it, with a newline; empty where none has.
  mutating func finish() -> [UInt8] {
    guard !line.isEmpty else { return [] }
    if line.contains(where: { $0 > 0x20 }) {
      lastWords = Array(line.prefix(FilterLimits.reasonByteCount))
    }
    defer { line.removeAll(keepingCapacity: true) }
    return line + [Self.newline]
  }
}
