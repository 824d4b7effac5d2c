/// Whether some bytes are JSON (RFC 8259), by the grammar alone: a judge of the parser that shares
/// nothing with it, and makes no values.
struct PlainGrammar {
  private let bytes: UnsafeRawBufferPointer
  private var index = 0

  /// Whether `bytes` are one value and nothing behind it but white space.
  static func accepts(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var grammar = PlainGrammar(bytes: bytes)
    guard grammar.value() else { return false }
    grammar.space()
    guard grammar.index == bytes.count else { return false }
    return String(validating: bytes, as: UTF8.self) != nil
  }

  private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private func at(_ offset: Int = 0) -> UInt8 {
    index + offset < bytes.count ? bytes[index + offset] : 0
  }

  private mutating func space() {
    while true {
      switch at() {
      case 0x20, 0x09, 0x0A, 0x0D: index += 1
      default: return
      }
    }
  }

  private mutating func take(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { word in
      guard index + word.count <= bytes.count else { return false }
      for offset in 0..<word.count where bytes[index + offset] != word[offset] { return false }
      index += word.count
      return true
    }
  }

  private mutating func value() -> Bool {
    space()
    switch at() {
    case UInt8(ascii: "{"): return list(until: "}") { $0.member() }
    case UInt8(ascii: "["): return list(until: "]") { $0.value() }
    case UInt8(ascii: "\""): return string()
    case UInt8(ascii: "t"): return take("true")
    case UInt8(ascii: "f"): return take("false")
    case UInt8(ascii: "n"): return take("null")
    default: return number()
    }
  }

  private mutating func list(until end: StaticString, _ one: (inout Self) -> Bool) -> Bool {
    index += 1
    space()
    if take(end) { return true }
    while one(&self) {
      space()
      if take(end) { return true }
      guard take(",") else { return false }
    }
    return false
  }

  private mutating func member() -> Bool {
    space()
    guard at() == UInt8(ascii: "\""), string() else { return false }
    space()
    return take(":") && value()
  }

  private mutating func string() -> Bool {
    index += 1
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\"") { return true }
      if byte < 0x20 { return false }
      guard byte == UInt8(ascii: "\\") else { continue }
      guard escape() else { return false }
    }
    return false
  }

  private mutating func escape() -> Bool {
    let letter = at()
    index += 1
    guard letter == UInt8(ascii: "u") else {
      for known in #""\/bfnrt"#.utf8 where known == letter { return true }
      return false
    }
    for _ in 0..<4 {
      switch at() {
      case 0x30...0x39, 0x41...0x46, 0x61...0x66: index += 1
      default: return false
      }
    }
    return true
  }

  private mutating func digits() -> Bool {
    let start = index
    while at() >= 0x30, at() <= 0x39 { index += 1 }
    return index > start
  }

  private mutating func number() -> Bool {
    _ = take("-")
    guard take("0") || digits() else { return false }
    if take("."), !digits() { return false }
    guard take("e") || take("E") else { return true }
    _ = take("+") || take("-")
    return digits()
  }
}
