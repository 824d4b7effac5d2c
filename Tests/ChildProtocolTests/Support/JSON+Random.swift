import ChildProtocol
import TestSupport

extension JSON {
  /// A value with everything that JSON can have in it, nested at most `depth` deep.
  static func random(depth: Int, using generator: inout SeededGenerator) -> JSON {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &generator) {
    case 0: return .null
    case 1: return .bool(.random(using: &generator))
    case 2, 3: return .number(randomNumber(using: &generator))
    case 4: return .string(randomText(using: &generator))
    case 5, 6:
      return .array(
        (0..<Int.random(in: 0...4, using: &generator)).map { _ in
          random(depth: depth - 1, using: &generator)
        })
    default:
      return .object(
        (0..<Int.random(in: 0...4, using: &generator)).map { _ in
          Member(
            randomText(using: &generator), random(depth: depth - 1, using: &generator))
        })
    }
  }

  private static func randomNumber(using generator: inout SeededGenerator) -> String {
    var digits = Bool.random(using: &generator) ? "-" : ""
    digits += String(UInt64.random(in: 0...UInt64.max, using: &generator) >> 40)
    if Bool.random(using: &generator) {
      digits += "." + String(Int.random(in: 0...99_999, using: &generator))
    }
    if Bool.random(using: &generator) {
      digits += ["e", "E", "e+", "E-"].randomElement(using: &generator) ?? "e"
      digits += String(Int.random(in: 0...400, using: &generator))
    }
    return digits
  }

  /// Text of up to a dozen characters from every corner that needs care.
  static func randomText(using generator: inout SeededGenerator) -> String {
    let ranges: [ClosedRange<UInt32>] = [
      0x00...0x1F, 0x20...0x7E, 0x22...0x22, 0x5C...0x5C, 0x7F...0xFF, 0x300...0x36F,
      0x2028...0x2029, 0xE000...0xFFFF, 0x1F600...0x1F64F, 0x10_FFF0...0x10_FFFF,
    ]
    var text = ""
    for _ in 0..<Int.random(in: 0...12, using: &generator) {
      let range = ranges.randomElement(using: &generator) ?? 0x20...0x7E
      let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator))
      if let scalar { text.unicodeScalars.append(scalar) }
    }
    return text
  }
}
