/// The parts of a large JSON object or array, one after the other, none of them parsed: so that one
/// at a time can be, and what is skipped costs nothing.
///
/// Only what stands between the parts is looked at. A part may turn out not to be JSON when it is
/// parsed.
package struct JSONParts: Sendable {
  /// What the parts are parts of.
  package enum Kind: Sendable {
    case object, array
  }

  private let bytes: ArraySlice<UInt8>
  private let kind: Kind
  private var position: Int
  private var isBegun = false

  /// The parts of the one value that `bytes` hold.
  /// - Throws: `JSONError` where that is no object or array.
  package init(_ kind: Kind, of bytes: ArraySlice<UInt8>) throws(JSONError) {
    self.bytes = bytes
    self.kind = kind
    position = bytes.startIndex
    skipSpace()
    guard byte == (kind == .object ? UInt8(ascii: "{") : UInt8(ascii: "[")) else {
      throw fault(kind == .object ? "an object" : "an array")
    }
    position += 1
  }

  /// The next part: its bytes, and its name where it is a member; nil: there are no more.
  /// - Throws: `JSONError` where something else stands between the parts, or behind the last.
  package mutating func next() throws(JSONError) -> (name: String?, value: ArraySlice<UInt8>)? {
    let close = kind == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")
    skipSpace()
    if byte == close { return try end() }
    if isBegun {
      guard byte == UInt8(ascii: ",") else { throw fault("a comma") }
      position += 1
      skipSpace()
    }
    isBegun = true
    guard kind == .object else { return (nil, try value()) }
    guard byte == UInt8(ascii: "\"") else { throw fault("a member's name") }
    let name = try JSON(parsing: try value()).string
    skipSpace()
    guard byte == UInt8(ascii: ":") else { throw fault("a colon") }
    position += 1
    skipSpace()
    return (name, try value())
  }

  private mutating func end() throws(JSONError) -> (name: String?, value: ArraySlice<UInt8>)? {
    var rest = self
    rest.position += 1
    rest.skipSpace()
    guard rest.byte == nil else { throw rest.fault("the end") }
    return nil
  }

  private var byte: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  private func fault(_ expected: String) -> JSONError {
    JSONError(offset: position - bytes.startIndex, expected: expected)
  }

  private mutating func skipSpace() {
    while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  /// The bytes of one value: to where its brackets are closed, or to what ends a bare one.
  private mutating func value() throws(JSONError) -> ArraySlice<UInt8> {
    let start = position
    var depth = 0
    while let byte {
      switch byte {
      case UInt8(ascii: "\""): try skipString()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard depth > 0 else { return try bare(from: start) }
        depth -= 1
        position += 1
      case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x0A, 0x0D, 0x09:
        guard depth > 0 else { return try bare(from: start) }
        position += 1
        continue
      default:
        position += 1
        continue
      }
      if depth == 0 { return bytes[start..<position] }
    }
    guard depth == 0 else { throw fault("the end of what was begun") }
    return try bare(from: start)
  }

  private func bare(from start: Int) throws(JSONError) -> ArraySlice<UInt8> {
    guard position > start else { throw fault("a value") }
    return bytes[start..<position]
  }

  private mutating func skipString() throws(JSONError) {
    position += 1
    while let byte {
      position += byte == UInt8(ascii: "\\") ? 2 : 1
      if byte == UInt8(ascii: "\"") { return }
    }
    throw fault("the end of a string")
  }
}
