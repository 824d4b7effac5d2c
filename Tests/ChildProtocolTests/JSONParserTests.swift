import Testing

@testable import ChildProtocol

@Suite struct JSONParserTests {
  private func fault(_ text: String) -> JSONError? { fault(Array(text.utf8)) }

  private func fault(_ bytes: [UInt8]) -> JSONError? {
    do throws(JSONError) {
      _ = try JSON(parsing: bytes)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    arguments: [
      ("null", .null), ("true", true), ("false", false), ("\"\"", ""), ("[]", []), ("{}", [:]),
      (" \t\r\n[ 1 , 2 ] \n", [1, 2]), ("[[],{}]", [[], [:]]),
      (#"{ "a" : { "b" : [ null ] } }"#, ["a": ["b": [.null]]]), (#"{"":""}"#, ["": ""]),
      ("[-0]", .array([.number("-0")])), ("1.0", .number("1.0")), ("1E+2", .number("1E+2")),
      ("123456789012345678901234567890", .number("123456789012345678901234567890")),
      ("0.1e-7", .number("0.1e-7")),
    ] as [(String, JSON)])
  func `What RFC 8259 allows is read, numbers as they were written`(
    text: String, value: JSON
  ) throws {
    #expect(try JSON(parsing: text.utf8) == value)
  }

  @Test(arguments: [
    "", " ", "nul", "nulll", "True", "tru", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]",
    "[1 2]",
    "[1;2]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{\"a\" 1}", "{a:1}",
    "{1:1}",
    "{\"a\":1 \"b\":2}", "{,}", "\"", "\"a", "'a'", "01", "-", "-01", "+1", ".5", "1.", "1.e1",
    "1e",
    "1e+", "0x10", "NaN", "Infinity", "-Infinity", "1_000", "1 2", "[] []", "// x\n1", "[1]/**/",
    "\u{FEFF}1", "\u{A0}1", "\u{0C}1", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u\"",
    "\"\\uD800\\u12\"", "\"\\", "\"\\u00é0\"", "\"\u{0}\"", "\"\u{1F}\"", "\"\n\"", "\"\\n\u{1}\"",
    "\"\\n", "\"\t\"",
  ])
  func `What RFC 8259 does not allow is refused`(text: String) {
    #expect(fault(text) != nil)
  }

  @Test(arguments: [
    ("[1,2", 4, "a comma or ]"), (#"{"a":1 "#, 7, "a comma or }"), ("{\"a\"1}", 4, "a colon"),
    ("{1}", 1, "a member's name"), ("[tru]", 1, "true"), ("1 2", 2, "the end"),
    ("-x", 1, "a digit"),
    ("", 0, "a value"), ("\"ab", 3, "the end of a string"),
  ])
  func `A fault names its place and what was expected there`(
    text: String, offset: Int, expected: String
  ) {
    #expect(fault(text) == JSONError(offset: offset, expected: expected))
    #expect(fault(text)?.description == "not JSON: expected \(expected) at byte \(offset)")
  }

  @Test(arguments: [
    (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"),
    (#""\uD83D\uDE00""#, "😀"), (#""\u0000""#, "\u{0}"), ("\"é😀\"", "é😀"),
    (#""a\u0301""#, "a\u{301}"),
    ("\"\u{7F}\u{2028}\"", "\u{7F}\u{2028}"),
  ])
  func `Escapes mean what RFC 8259 says`(text: String, value: String) throws {
    let read = try #require(try JSON(parsing: text.utf8).string)
    #expect(Array(read.utf8) == Array(value.utf8))
  }

  @Test(arguments: [
    (#""\uD800""#, "\u{FFFD}"), (#""\uDC00""#, "\u{FFFD}"),
    (#""\uDE00\uD83D""#, "\u{FFFD}\u{FFFD}"),
    (#""\uD800x""#, "\u{FFFD}x"), (#""\uD800\n""#, "\u{FFFD}\n"), (#""\uD800\u0041""#, "\u{FFFD}A"),
    (#""\uD800\uD83D\uDE00""#, "\u{FFFD}😀"),
  ])
  func `A lone surrogate becomes U+FFFD and the rest stays`(text: String, value: String) throws {
    #expect(try JSON(parsing: text.utf8).string == value)
  }

  @Test(
    arguments: [
      [0x80], [0xC3], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
      [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFF], [0xC3, 0x28],
    ] as [[UInt8]])
  func `Bytes that are not UTF-8 are refused, with escapes beside them too`(bytes: [UInt8]) {
    let quote = UInt8(ascii: "\"")
    #expect(fault([quote] + bytes + [quote])?.expected == "UTF-8")
    #expect(fault(Array(#""\n"#.utf8) + bytes + [quote])?.expected == "UTF-8")
    #expect(fault(Array(#"{""#.utf8) + bytes + Array(#"":1}"#.utf8))?.expected == "UTF-8")
    #expect(fault(bytes) != nil)
  }

  @Test(arguments: [("[", "]"), (#"{"a":"#, "}")])
  func `Nesting has a limit, which is the parser's and not the stack's`(
    open: String, close: String
  ) throws {
    func nested(_ depth: Int) -> [UInt8] {
      let inner = open == "[" ? "" : "1"
      return Array(
        (String(repeating: open, count: depth) + inner + String(repeating: close, count: depth))
          .utf8)
    }
    #expect(throws: Never.self) { try JSON(parsing: nested(JSON.depthLimit)) }
    let refusal = "at most \(JSON.depthLimit) levels of nesting"
    #expect(fault(nested(JSON.depthLimit + 1))?.expected == refusal)
    #expect(fault(nested(100_000))?.expected == refusal)
    #expect(fault(Array(String(repeating: open, count: 100_000).utf8))?.expected == refusal)
  }

  @Test func `Values side by side do not count as nested`() throws {
    let many = "[" + Array(repeating: "[{}]", count: 1000).joined(separator: ",") + "]"
    #expect(try JSON(parsing: many.utf8).array?.count == 1000)
  }

  @Test func `Bytes that lie nowhere in one piece are read as well`() throws {
    let bytes = #"{"a":["é"]}"#.utf8.lazy.map { $0 }
    #expect(try JSON(parsing: bytes) == ["a": ["é"]])
  }
}
