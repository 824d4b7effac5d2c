import Testing

@testable import ChildProtocol

@Suite struct JSONWriterTests {
  private func written(_ body: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    body(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func `Members stand in the order they are written, compact, with commas between them`() {
    let text = written {
      $0.object {
        $0.field("z", "text")
        $0.field("a", Int64(-7))
        $0.field("truth", true)
        $0.field("any", ["x": [1, 2]] as JSON)
        $0.key("list")
        $0.array {
          $0.value(Int64(1))
          $0.value("two" as String)
          $0.null()
          $0.object { _ in }
          $0.array { _ in }
          $0.rawBytes(#"{"raw":1}"#.utf8)
        }
        $0.key(text: "né\"")
        $0.value(.number("1.50"))
      }
    }
    #expect(
      text == #"{"z":"text","a":-7,"truth":true,"any":{"x":[1,2]},"#
        + #""list":[1,"two",null,{},[],{"raw":1}],"né\"":1.50}"#)
  }

  @Test func `What is not there is null`() {
    let text = written {
      $0.object {
        $0.field("text", nil as String?)
        $0.field("number", nil as Int64?)
        $0.field("any", nil as JSON?)
      }
    }
    #expect(text == #"{"text":null,"number":null,"any":null}"#)
  }

  @Test func `Nesting leaves no comma out and puts none in`() {
    let text = written {
      $0.array {
        $0.array { $0.array { _ in } }
        $0.object {
          $0.key("a")
          $0.object { $0.field("b", Int64(1)) }
        }
        $0.array { _ in }
      }
    }
    #expect(text == #"[[[]],{"a":{"b":1}},[]]"#)
  }

  @Test func `Text is escaped where RFC 8259 demands it and nowhere else`() {
    #expect(JSON.string("\"\\/\u{7F}é😀\u{2028}").text == "\"\\\"\\\\/\u{7F}é😀\u{2028}\"")
    #expect(JSON.string("\n\r\t").text == #""\n\r\t""#)
    for byte in UInt8(0)..<0x20 where ![0x09, 0x0A, 0x0D].contains(byte) {
      let digits = String(byte, radix: 16)
      let escape = "\\u00" + String(repeating: "0", count: 2 - digits.count) + digits
      #expect(JSON.string(String(Unicode.Scalar(byte))).text == "\"\(escape)\"")
    }
  }

  @Test func `Escapes stand anywhere in a text`() {
    #expect(JSON.string("\"").text == #""\"""#)
    #expect(JSON.string("a\"").text == #""a\"""#)
    #expect(JSON.string("\"b").text == #""\"b""#)
    #expect(JSON.string("a\"\"b").text == #""a\"\"b""#)
    #expect(JSON.string("").text == #""""#)
  }

  @Test func `A body that throws leaves its error to the caller`() {
    struct Fault: Error {}
    var writer = JSONWriter()
    #expect(throws: Fault.self) { try writer.object { _ in throw Fault() } }
  }
}
