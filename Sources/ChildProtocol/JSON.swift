/// A JSON value that keeps what it was given: numbers as their text, members in their order.
///
/// Foundation's coders lose both (`1.0` becomes `1`, large integers are rounded) and cost several
/// times as much on the small frames a child sends, so the wire has a JSON of its own. It is the
/// one JSON of the whole program.
public enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  /// The digits as they were written; `int` and `double` read them.
  case number(String)
  case string(String)
  case array([JSON])
  /// Members in the order they came. Of two with the same key the later one counts.
  case object([Member])

  /// One member of an object.
  public struct Member: Hashable, Sendable {
    /// The member's name.
    public var key: String
    /// The member's value.
    public var value: JSON

    /// A member called `key`.
    public init(_ key: String, _ value: JSON) {
      self.key = key
      self.value = value
    }
  }
}

extension JSON {
  /// The member called `key`, where this is an object that has it.
  public subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key == key }?.value
  }

  /// The text, where this is a string.
  public var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The truth value, where this is one.
  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The whole number, where this is one that 64 bits hold exactly (`3`, not `3.5`; `3.0` and `3e0`
  /// count).
  public var int: Int64? {
    guard case .number(let text) = self else { return nil }
    return Int64(text) ?? Self.wholeNumber(text)
  }

  /// Moves the point by the exponent, digit by digit: by way of a `Double` neighbours would be
  /// taken for one another.
  private static func wholeNumber(_ text: String) -> Int64? {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    var digits = mantissa.joined()
    guard digits.contains(where: { "1"..."9" ~= $0 }) else { return 0 }
    guard let exponent = parts.count == 1 ? 0 : Int(parts[1]), exponent.magnitude < 1 << 32 else {
      return nil
    }
    let shift = exponent - (mantissa.count == 1 ? 0 : mantissa[1].count)
    if shift < 0 {
      guard digits.suffix(-shift).allSatisfy({ $0 == "0" }) else { return nil }
      digits.removeLast(-shift)
    } else {
      guard shift < 19 else { return nil }
      digits += String(repeating: "0", count: shift)
    }
    return Int64(digits)
  }

  /// The number, where this is a finite one.
  public var double: Double? {
    guard case .number(let text) = self, let value = Double(text) else { return nil }
    return value.isFinite ? value : nil
  }

  /// The elements, where this is an array.
  public var array: [JSON]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The members, where this is an object.
  public var members: [Member]? {
    if case .object(let members) = self { members } else { nil }
  }

  /// Whether this is `null`.
  public var isNull: Bool { self == .null }

  /// What kind of value this is, in words for a message to a person.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a truth value"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// The value as compact JSON.
  public var bytes: [UInt8] {
    var writer = JSONWriter()
    writer.value(self)
    return writer.bytes
  }

  /// The value as compact JSON text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A whole number.
  public init(integerLiteral value: Int64) { self = .number(String(value)) }
  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// `null`.
  public init(nilLiteral: ()) { self = .null }
  /// An array.
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  /// An object, members in the order written.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(elements.map { Member($0.0, $0.1) })
  }
}
