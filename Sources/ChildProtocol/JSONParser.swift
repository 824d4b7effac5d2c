/// Why some bytes are not JSON.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// How many bytes in the fault stands.
  public let offset: Int
  /// What was expected there.
  public let expected: String

  /// The fault in words.
  public var description: String { "not JSON: expected \(expected) at byte \(offset)" }
}

extension JSON {
  /// How deep values may be nested before they are refused: a bound on the parser's stack.
  public static let depthLimit = 256

  /// Reads one value and nothing behind it but white space (RFC 8259).
  ///
  /// Bytes have to be UTF-8. An escaped surrogate without its partner becomes U+FFFD, since no
  /// string of Swift's can hold one and a child's whole reply is worth more than that character.
  /// - Throws: `JSONError` with the place of the fault, also for values nested deeper than
  ///   `depthLimit`.
  public init(
    parsing bytes: some Sequence<UInt8>, depthLimit: Int = JSON.depthLimit
  ) throws(JSONError) {
    let copy: Result<JSON, JSONError>? = bytes.withContiguousStorageIfAvailable { buffer in
      Result { () throws(JSONError) in try JSONParser.parse(buffer, depthLimit) }
    }
    if let copy {
      self = try copy.get()
    } else {
      self = try Array(bytes).withUnsafeBufferPointer { buffer in
        Result { () throws(JSONError) in try JSONParser.parse(buffer, depthLimit) }
      }.get()
    }
  }
}

/// A recursive descent over a buffer that outlives it.
struct JSONParser {
  private let input: UnsafeBufferPointer<UInt8>
  private let depthLimit: Int
  private var position = 0
  private var depth = 0

  static func parse(
    _ input: UnsafeBufferPointer<UInt8>, _ depthLimit: Int
  ) throws(JSONError) -> JSON {
    var parser = JSONParser(input: input, depthLimit: depthLimit)
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == input.count else { throw parser.fault("the end") }
    return value
  }

  private init(input: UnsafeBufferPointer<UInt8>, depthLimit: Int) {
    self.input = input
    self.depthLimit = depthLimit
  }

  private var byte: UInt8? { position < input.count ? input[position] : nil }

  private func fault(_ expected: String) -> JSONError {
    JSONError(offset: position, expected: expected)
  }

  private mutating func skipSpace() {
    while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func value() throws(JSONError) -> JSON {
    skipSpace()
    switch byte {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
    default: throw fault("a value")
    }
  }

  private mutating func word(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    let matches = text.withUTF8Buffer { word in
      position + word.count <= input.count
        && word.elementsEqual(input[position..<position + word.count])
    }
    guard matches else { throw fault("\(text)") }
    position += text.utf8CodeUnitCount
    return value
  }

  private mutating func enter() throws(JSONError) {
    depth += 1
    guard depth <= depthLimit else {
      throw fault("at most \(depthLimit) levels of nesting")
    }
    position += 1
    skipSpace()
  }

  private mutating func object() throws(JSONError) -> JSON {
    try enter()
    var members: [JSON.Member] = []
    if byte != UInt8(ascii: "}") {
      while true {
        skipSpace()
        guard byte == UInt8(ascii: "\"") else { throw fault("a member's name") }
        let key = try string()
        skipSpace()
        guard byte == UInt8(ascii: ":") else { throw fault("a colon") }
        position += 1
        members.append(.init(key, try value()))
        guard try more(until: UInt8(ascii: "}")) else { break }
      }
    }
    position += 1
    depth -= 1
    return .object(members)
  }

  private mutating func array() throws(JSONError) -> JSON {
    try enter()
    var elements: [JSON] = []
    if byte != UInt8(ascii: "]") {
      while true {
        elements.append(try value())
        guard try more(until: UInt8(ascii: "]")) else { break }
      }
    }
    position += 1
    depth -= 1
    return .array(elements)
  }

  /// Whether a comma, and so another element, stands next; `close` is left for the caller.
  private mutating func more(until close: UInt8) throws(JSONError) -> Bool {
    skipSpace()
    if byte == UInt8(ascii: ",") {
      position += 1
      return true
    }
    guard byte == close else {
      throw fault("a comma or \(Character(Unicode.Scalar(close)))")
    }
    return false
  }

  private mutating func number() throws(JSONError) -> JSON {
    let start = position
    if byte == UInt8(ascii: "-") { position += 1 }
    if byte == UInt8(ascii: "0") { position += 1 } else { try digits() }
    if byte == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
      position += 1
      if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    return .number(String(decoding: input[start..<position], as: UTF8.self))
  }

  private mutating func digits() throws(JSONError) {
    let start = position
    while let byte, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
    guard position > start else { throw fault("a digit") }
  }

  private mutating func string() throws(JSONError) -> String {
    position += 1
    let start = position
    while let byte {
      if byte == UInt8(ascii: "\"") {
        let run = UnsafeBufferPointer(rebasing: input[start..<position])
        guard let text = String(validating: run, as: UTF8.self) else { throw fault("UTF-8") }
        position += 1
        return text
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
      guard byte >= 0x20 else { throw fault("an escape for a control character") }
      position += 1
    }
    throw fault("the end of a string")
  }

  /// The slow way, for strings with escapes; `start` is where the string began.
  private mutating func escapedString(from start: Int) throws(JSONError) -> String {
    var utf8 = Array(input[start..<position])
    while let byte {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: utf8, as: UTF8.self) else { throw fault("UTF-8") }
        return text
      case UInt8(ascii: "\\"): try escape(into: &utf8)
      case 0..<0x20: throw fault("an escape for a control character")
      default: utf8.append(byte)
      }
    }
    throw fault("the end of a string")
  }

  private mutating func escape(into utf8: inout [UInt8]) throws(JSONError) {
    guard let byte else { throw fault("the end of an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): utf8.append(byte)
    case UInt8(ascii: "b"): utf8.append(0x08)
    case UInt8(ascii: "f"): utf8.append(0x0C)
    case UInt8(ascii: "n"): utf8.append(0x0A)
    case UInt8(ascii: "r"): utf8.append(0x0D)
    case UInt8(ascii: "t"): utf8.append(0x09)
    case UInt8(ascii: "u"): utf8.append(contentsOf: String(try unicodeEscape()).utf8)
    default: throw fault("a known escape")
    }
  }

  /// The character of `\uXXXX`, or of two of them that make a surrogate pair.
  private mutating func unicodeEscape() throws(JSONError) -> Character {
    let unit = try hexUnit()
    if let scalar = Unicode.Scalar(UInt32(unit)) { return Character(scalar) }
    let replacement = Character("\u{FFFD}")
    guard UTF16.isLeadSurrogate(unit), position + 1 < input.count,
      input[position] == UInt8(ascii: "\\"), input[position + 1] == UInt8(ascii: "u")
    else { return replacement }
    let mark = position
    position += 2
    let trail = try hexUnit()
    guard UTF16.isTrailSurrogate(trail) else {
      position = mark
      return replacement
    }
    let value = 0x10000 + ((UInt32(unit) & 0x3FF) << 10) + (UInt32(trail) & 0x3FF)
    return Unicode.Scalar(value).map(Character.init) ?? replacement
  }

  private mutating func hexUnit() throws(JSONError) -> UInt16 {
    guard position + 4 <= input.count else { throw fault("four hexadecimal digits") }
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(input[position])).hexDigitValue,
        input[position] < 0x80
      else { throw fault("a hexadecimal digit") }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }
}
