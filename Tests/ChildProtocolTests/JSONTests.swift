import Testing

@testable import ChildProtocol

@Suite struct JSONTests {
  @Test func `A value is read as what it is and as nothing else`() {
    let value: JSON = [
      "null": .null, "truth": true, "number": 3, "text": "x", "array": [1], "object": ["a": 1],
    ]
    #expect(value["null"]?.isNull == true)
    #expect(value["truth"]?.bool == true)
    #expect(value["number"]?.int == 3)
    #expect(value["number"]?.double == 3)
    #expect(value["text"]?.string == "x")
    #expect(value["array"]?.array == [1])
    #expect(value["object"]?.members == [.init("a", 1)])
    #expect(value["missing"] == nil)
    for member in value.members ?? [] {
      #expect((member.value.bool != nil) == (member.key == "truth"))
      #expect((member.value.int != nil) == (member.key == "number"))
      #expect((member.value.double != nil) == (member.key == "number"))
      #expect((member.value.string != nil) == (member.key == "text"))
      #expect((member.value.array != nil) == (member.key == "array"))
      #expect((member.value.members != nil) == (member.key == "object"))
      #expect(member.value["a"] == (member.key == "object" ? 1 : nil))
    }
  }

  @Test(arguments: [
    ("0", 0), ("-0", 0), ("3", 3), ("3.0", 3), ("3e0", 3), ("30e-1", 3), ("0.3E1", 3),
    ("-12.50e+1", -125), ("1e18", 1_000_000_000_000_000_000), ("0e999999", 0), ("0.000e-9", 0),
    ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
    ("9223372036854775807.0", Int64.max), ("9007199254740993.0", 9_007_199_254_740_993),
    ("922337203685477580700e-2", Int64.max), ("1000000000000000000000e-21", 1),
  ])
  func `A whole number is read exactly, however it is written`(digits: String, value: Int64) {
    #expect(JSON.number(digits).int == value)
  }

  @Test(arguments: [
    "3.5", "35e-1", "1e-1", "1.0000000000000000000001", "9007199254740992.5", "1e19", "1e400",
    "9223372036854775808", "-9223372036854775809", "9223372036854775807.5",
    "1e99999999999999999999",
    "1e-99999999999999999999",
  ])
  func `What is not whole or too large for 64 bits is no whole number`(digits: String) {
    #expect(JSON.number(digits).int == nil)
  }

  @Test func `Only a finite number is one`() {
    #expect(JSON.number("2.5").double == 2.5)
    #expect(JSON.number("-1e-3").double == -0.001)
    #expect(JSON.number("1e400").double == nil)
    #expect(JSON.number("-1e400").double == nil)
  }

  @Test func `Of two members with the same name the later one counts`() throws {
    let value = try JSON(parsing: #"{"a":1,"b":2,"a":3}"#.utf8)
    #expect(value["a"] == 3)
    #expect(value.members?.count == 3)
    #expect(value.text == #"{"a":1,"b":2,"a":3}"#)
  }

  @Test func `Every kind has a name for people`() {
    let values: [JSON] = [.null, true, 1, "", [], [:]]
    #expect(
      values.map(\.kind) == [
        "null", "a truth value", "a number", "a string", "an array", "an object",
      ])
  }
}
