/// Appends compact JSON to a buffer, in the order it is called.
///
/// The caller opens and closes what it writes; commas are put in by the writer. Text is escaped as
/// RFC 8259 §7 demands and otherwise left as UTF-8.
public struct JSONWriter: Sendable {
  /// What has been written so far.
  public private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// An empty writer with room for `capacity` bytes.
  public init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

  /// Writes an object whose members `body` writes.
  public mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
    try nested(UInt8(ascii: "{"), UInt8(ascii: "}"), body)
  }

  /// Writes an array whose elements `body` writes.
  public mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
    try nested(UInt8(ascii: "["), UInt8(ascii: "]"), body)
  }

  /// Begins a member of an object; its value has to follow.
  public mutating func key(_ name: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    name.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Begins a member whose name comes from outside.
  public mutating func key(text name: String) {
    value(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Writes a member that is a string, or `null` where there is none.
  public mutating func field(_ name: StaticString, _ text: String?) {
    key(name)
    if let text { value(text) } else { null() }
  }

  /// Writes a member that is a whole number, or `null` where there is none.
  public mutating func field(_ name: StaticString, _ number: Int64?) {
    key(name)
    if let number { value(number) } else { null() }
  }

  /// Writes a member that is a truth value.
  public mutating func field(_ name: StaticString, _ truth: Bool) {
    key(name)
    raw(truth ? "true" : "false")
  }

  /// Writes a member that is any JSON, or `null` where there is none.
  public mutating func field(_ name: StaticString, _ json: JSON?) {
    key(name)
    value(json ?? .null)
  }

  /// Writes `null`.
  public mutating func null() { raw("null") }

  /// Writes a whole number.
  public mutating func value(_ number: Int64) { rawBytes(String(number).utf8) }

  /// Writes a string.
  public mutating func value(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { escape($0) }
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  /// Writes any JSON.
  public mutating func value(_ json: JSON) {
    switch json {
    case .null: null()
    case .bool(let truth): raw(truth ? "true" : "false")
    case .number(let digits): rawBytes(digits.utf8)
    case .string(let text): value(text)
    case .array(let elements): array { for element in elements { $0.value(element) } }
    case .object(let members):
      object {
        for member in members {
          $0.key(text: member.key)
          $0.value(member.value)
        }
      }
    }
  }

  /// Splices in JSON that has been written before. The caller answers for its being one valid
  /// value.
  public mutating func rawBytes(_ json: some Collection<UInt8>) {
    separate()
    bytes.append(contentsOf: json)
    needsComma = true
  }

  private mutating func raw(_ word: StaticString) {
    separate()
    word.withUTF8Buffer { bytes.append(contentsOf: $0) }
    needsComma = true
  }

  private mutating func nested(
    _ open: UInt8, _ close: UInt8, _ body: (inout JSONWriter) throws -> Void
  ) rethrows {
    separate()
    bytes.append(open)
    needsComma = false
    try body(&self)
    bytes.append(close)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  /// Appends `text` in runs that need no escape, so that plain text costs one copy.
  private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
    var (start, index) = (0, 0)
    while index < text.count {
      let byte = text[index]
      index += 1
      guard byte < 0x20 || byte == 0x22 || byte == 0x5C else { continue }
      bytes.append(contentsOf: text[start..<index - 1])
      start = index
      bytes.append(UInt8(ascii: "\\"))
      switch byte {
      case 0x22, 0x5C: bytes.append(byte)
      case 0x0A: bytes.append(UInt8(ascii: "n"))
      case 0x0D: bytes.append(UInt8(ascii: "r"))
      case 0x09: bytes.append(UInt8(ascii: "t"))
      default:
        bytes.append(contentsOf: "u00".utf8)
        bytes.append(contentsOf: [hexDigit(byte >> 4), hexDigit(byte & 15)])
      }
    }
    bytes.append(contentsOf: text[start...])
  }

  private func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}
