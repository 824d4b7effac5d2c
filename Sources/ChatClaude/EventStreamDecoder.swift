/// Server-sent events out of bytes, however those are split (HTML Living Standard §9.2.6).
///
/// Pure. Lines end with LF, CR or CR LF, a byte order mark ahead is skipped, and what the end of
/// the stream cuts off does not count. Text is left as bytes, so a character in two pieces can't be
/// harmed.
struct EventStreamDecoder: Sendable {
  /// One event. `data` is empty where there was none.
  struct Event: Hashable, Sendable {
    let name: String?
    let data: [UInt8]
  }

  /// An event is longer than `byteLimit`.
  struct TooLong: Error, Hashable {}

  /// The largest event that is kept in memory: several times what any model writes at once.
  static let defaultByteLimit = 4 << 20

  private let byteLimit: Int
  /// The beginning of a line whose end has not come.
  private var line: [UInt8] = []
  private var name: String?
  private var data: [UInt8] = []
  private var hasData = false
  /// The last byte was a CR: an LF that comes next belongs to it.
  private var endedWithCR = false
  private var isFirstLine = true

  init(byteLimit: Int = Self.defaultByteLimit) { self.byteLimit = byteLimit }

  /// Takes bytes and gives `hear` each event that they complete.
  /// - Throws: `TooLong`, or what `hear` throws; the decoder is of no use afterwards.
  mutating func decode(_ bytes: [UInt8], _ hear: (Event) throws -> Void) throws {
    var rest = bytes[...]
    if endedWithCR, let first = rest.first {
      endedWithCR = false
      if first == lineFeed { rest.removeFirst() }
    }
    while let end = rest.firstIndex(where: { $0 == lineFeed || $0 == carriageReturn }) {
      try take(rest[..<end], hear)
      let isCR = rest[end] == carriageReturn
      rest = rest[(end + 1)...]
      if isCR, rest.first == lineFeed {
        rest.removeFirst()
      } else {
        endedWithCR = isCR && rest.isEmpty
      }
    }
    try check(line.count + rest.count)
    line.append(contentsOf: rest)
  }

  /// Takes the end of a line; its beginning may have come before.
  private mutating func take(_ end: ArraySlice<UInt8>, _ hear: (Event) throws -> Void) throws {
    guard !line.isEmpty else { return try interpret(end, hear) }
    line.append(contentsOf: end)
    let whole = line
    line.removeAll(keepingCapacity: true)
    try interpret(whole[...], hear)
  }

  private mutating func interpret(
    _ line: ArraySlice<UInt8>, _ hear: (Event) throws -> Void
  ) throws {
    var line = line
    if isFirstLine {
      isFirstLine = false
      if line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
    }
    guard !line.isEmpty else { return try dispatch(hear) }
    let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
    var value = line[min(colon + 1, line.endIndex)...]
    if value.first == UInt8(ascii: " ") { value.removeFirst() }
    // A comment is a field without a name; `id` and `retry` are for clients that reconnect.
    if line[..<colon].elementsEqual("data".utf8) {
      try check(data.count + value.count)
      if hasData { data.append(lineFeed) }
      data.append(contentsOf: value)
      hasData = true
    } else if line[..<colon].elementsEqual("event".utf8) {
      name = String(decoding: value, as: UTF8.self)
    }
  }

  private mutating func dispatch(_ hear: (Event) throws -> Void) throws {
    guard hasData || name != nil else { return }
    let event = Event(name: name, data: data)
    name = nil
    data.removeAll(keepingCapacity: true)
    hasData = false
    try hear(event)
  }

  private func check(_ byteCount: Int) throws {
    guard byteCount <= byteLimit else { throw TooLong() }
  }
}

private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
