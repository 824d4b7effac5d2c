import NIOCore
import NIOWebSocket
import Testing

@testable import ChatWeb

struct FrameReaderTests {
  private func frame(
    _ opcode: WebSocketOpcode, _ bytes: [UInt8], fin: Bool = true, masked: Bool = true,
    reserved: (Bool, Bool, Bool) = (false, false, false)
  ) -> WebSocketFrame {
    var data = ByteBuffer(bytes: bytes)
    let key: WebSocketMaskingKey = [1, 2, 3, 4]
    if masked { data.webSocketMask(key) }
    return WebSocketFrame(
      fin: fin, rsv1: reserved.0, rsv2: reserved.1, rsv3: reserved.2, opcode: opcode,
      maskKey: masked ? key : nil, data: data)
  }

  private func text(_ text: String, fin: Bool = true) -> WebSocketFrame {
    frame(.text, Array(text.utf8), fin: fin)
  }

  private func code(_ result: FrameReader.Result) -> CloseCode? {
    if case .fault(let code, _) = result { code } else { nil }
  }

  @Test func aTextFrameIsAMessage() {
    var reader = FrameReader(byteLimit: 100)
    #expect(reader.read(text("Grüße 👋")) == .message(ByteBuffer(string: "Grüße 👋")))
    #expect(reader.read(text("")) == .message(ByteBuffer()))
  }

  @Test func fragmentsAreJoinedWithPingsBetweenThem() {
    var reader = FrameReader(byteLimit: 100)
    #expect(reader.read(text("one ", fin: false)) == .nothing)
    #expect(reader.read(frame(.ping, [1, 2])) == .ping(ByteBuffer(bytes: [1, 2])))
    #expect(reader.read(frame(.continuation, [], fin: false)) == .nothing)
    #expect(reader.read(frame(.pong, [])) == .nothing)
    #expect(
      reader.read(frame(.continuation, Array("two".utf8)))
        == .message(ByteBuffer(string: "one two")))
    #expect(reader.read(text("three")) == .message(ByteBuffer(string: "three")))
  }

  @Test func aCharacterMayBeSplitAnywhere() {
    let bytes = Array("aä€👋z".utf8)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        var reader = FrameReader(byteLimit: 100)
        #expect(reader.read(frame(.text, Array(bytes[..<first]), fin: false)) == .nothing)
        #expect(
          reader.read(frame(.continuation, Array(bytes[first..<second]), fin: false)) == .nothing)
        #expect(
          reader.read(frame(.continuation, Array(bytes[second...])))
            == .message(ByteBuffer(bytes: bytes)))
      }
    }
  }

  @Test(
    arguments: [
      [0x80], [0xC0, 0xAF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
      [0x61, 0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x91],
    ] as [[UInt8]])
  func textThatIsNotUTF8IsAFault(_ bytes: [UInt8]) {
    var whole = FrameReader(byteLimit: 100)
    #expect(code(whole.read(frame(.text, bytes))) == .badText)
    var split = FrameReader(byteLimit: 100)
    var results = [split.read(frame(.text, [0x61], fin: false))]
    for byte in bytes { results.append(split.read(frame(.continuation, [byte], fin: false))) }
    results.append(split.read(frame(.continuation, [])))
    #expect(results.contains { code($0) == .badText })
  }

  @Test func aFaultInTextIsFoundBeforeItsEnd() {
    var reader = FrameReader(byteLimit: 100)
    #expect(code(reader.read(frame(.text, [0x61, 0xFF, 0x61], fin: false))) == .badText)
  }

  @Test func whatTheProtocolForbidsIsAFault() {
    func reading(_ frames: WebSocketFrame...) -> CloseCode? {
      var reader = FrameReader(byteLimit: 10)
      var last: FrameReader.Result = .nothing
      for frame in frames { last = reader.read(frame) }
      return code(last)
    }
    #expect(reading(frame(.text, [0x61], masked: false)) == .protocolError)
    #expect(reading(frame(.text, [], reserved: (true, false, false))) == .protocolError)
    #expect(reading(frame(.text, [], reserved: (false, true, false))) == .protocolError)
    #expect(reading(frame(.ping, [], reserved: (false, false, true))) == .protocolError)
    #expect(reading(frame(.continuation, [0x61])) == .protocolError)
    #expect(reading(text("a", fin: false), text("b")) == .protocolError)
    for opcode: UInt8 in [3, 7, 11, 15] {
      #expect(
        reading(frame(WebSocketOpcode(encodedWebSocketOpcode: opcode)!, [])) == .protocolError)
    }
    #expect(reading(frame(.binary, [1])) == .unsupported)
    #expect(reading(text("12345678901")) == .tooLarge)
    #expect(
      reading(text("12345", fin: false), frame(.continuation, [1, 2, 3, 4, 5, 6])) == .tooLarge)
    #expect(reading(text("1234567890")) == nil)
  }

  @Test func closeFramesAreCheckedToo() {
    var reader = FrameReader(byteLimit: 10)
    #expect(reader.read(frame(.connectionClose, [])) == .close(nil))
    for code: UInt16 in [1000, 1001, 1003, 1007, 1011, 3000, 4999] {
      let bytes = [UInt8(code >> 8), UInt8(code & 0xFF)] + Array("bye".utf8)
      #expect(reader.read(frame(.connectionClose, bytes)) == .close(code))
    }
    #expect(code(reader.read(frame(.connectionClose, [3]))) == .protocolError)
    for bad: UInt16 in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
      let bytes = [UInt8(bad >> 8), UInt8(bad & 0xFF)]
      #expect(code(reader.read(frame(.connectionClose, bytes))) == .protocolError)
    }
    #expect(code(reader.read(frame(.connectionClose, [3, 232, 0xFF]))) == .badText)
  }
}
