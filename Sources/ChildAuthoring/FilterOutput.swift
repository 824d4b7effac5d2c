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
  /// The last line that is not blank; nil: there was none.
  private(set) var last: String?
  private var line: [UInt8] = []

  /// Takes the next bytes.
  /// - Returns: the lines that are whole now, with their newlines.
  mutating func append(_ chunk: some Collection<UInt8>) -> [UInt8] {
    var whole: [UInt8] = []
    for byte in chunk {
      if byte != UInt8(ascii: "\n") { line.append(byte) }
      if byte == UInt8(ascii: "\n") || line.count >= FilterLimits.logLineByteCount {
        whole += finish()
      }
    }
    return whole
  }

  /// Ends the line that has begun.
  /// - Returns: it, with a newline; empty where none has.
  mutating func finish() -> [UInt8] {
    guard !line.isEmpty else { return [] }
    let text = String(decoding: line.prefix(FilterLimits.reasonByteCount), as: UTF8.self)
    let words = text.split(whereSeparator: \.isWhitespace)
    if let first = words.first, let end = words.last {
      last = String(text[first.startIndex..<end.endIndex])
    }
    defer { line.removeAll(keepingCapacity: true) }
    return line + [UInt8(ascii: "\n")]
  }
}
