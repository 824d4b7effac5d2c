import NIOCore
import NIOWebSocket

/// Makes messages of a client's frames and holds it to RFC 6455, where NIO's decoder does not.
///
/// The decoder has checked lengths, and that control frames are short and whole.
struct FrameReader {
  /// What a frame came to.
  enum Result: Equatable {
    /// Nothing yet, or nothing to do.
    case nothing
    case message(ByteBuffer)
    case ping(ByteBuffer)
    /// The other side ends it; its code, if it gave one.
    case close(UInt16?)
    /// It has to be ended, with this code and reason.
    case fault(CloseCode, String)
  }

  private let byteLimit: Int
  /// The fragments of a message that has begun.
  private var partial: ByteBuffer?
  /// How many bytes of `partial` are known to be UTF-8.
  private var validCount = 0

  /// A reader of messages of at most `byteLimit` bytes.
  init(byteLimit: Int) { self.byteLimit = byteLimit }

  /// Takes the next frame.
  mutating func read(_ frame: WebSocketFrame) -> Result {
    guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
      return .fault(.protocolError, "reserved bits are set")
    }
    guard frame.maskKey != nil else { return .fault(.protocolError, "a client has to mask") }
    switch frame.opcode {
    case .text: return begin(frame)
    case .continuation: return go(on: frame)
    case .binary: return .fault(.unsupported, "messages have to be text")
    case .ping: return .ping(frame.unmaskedData)
    case .pong: return .nothing
    case .connectionClose: return close(frame.unmaskedData)
    default: return .fault(.protocolError, "there is no such opcode")
    }
  }

  private mutating func begin(_ frame: WebSocketFrame) -> Result {
    guard partial == nil else {
      return .fault(.protocolError, "a message began within another")
    }
    guard frame.length <= byteLimit else { return tooLarge }
    guard frame.fin else {
      partial = frame.unmaskedData
      return checkSoFar()
    }
    let text = frame.unmaskedData
    return Self.isUTF8(text.readableBytesView) ? .message(text) : badText
  }

  private mutating func go(on frame: WebSocketFrame) -> Result {
    guard partial != nil else { return .fault(.protocolError, "no message has begun") }
    guard (partial?.readableBytes ?? 0) + frame.length <= byteLimit else { return tooLarge }
    var data = frame.unmaskedData
    partial?.writeBuffer(&data)
    guard frame.fin else { return checkSoFar() }
    defer { (partial, validCount) = (nil, 0) }
    guard let text = partial, Self.isUTF8(text.readableBytesView.dropFirst(validCount)) else {
      return badText
    }
    return .message(text)
  }

  /// Checks what has come of a message, but for a character that may go on in the next fragment.
  private mutating func checkSoFar() -> Result {
    guard let view = partial?.readableBytesView.dropFirst(validCount) else { return .nothing }
    let whole = view.dropLast(Self.openCharacterCount(view))
    guard Self.isUTF8(whole) else { return badText }
    validCount += whole.count
    return .nothing
  }

  private func close(_ data: ByteBuffer) -> Result {
    var data = data
    guard data.readableBytes > 0 else { return .close(nil) }
    guard let code = data.readInteger(as: UInt16.self), Self.isSendable(code) else {
      return .fault(.protocolError, "this close code can't be sent")
    }
    return Self.isUTF8(data.readableBytesView) ? .close(code) : badText
  }

  private var tooLarge: Result { .fault(.tooLarge, "a message has at most \(byteLimit) bytes") }
  private var badText: Result { .fault(.badText, "text has to be UTF-8") }

  private static func isUTF8(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.isEmpty || String(validating: bytes, as: UTF8.self) != nil
  }

  /// How many bytes at the end belong to a character whose end has not come.
  private static func openCharacterCount(_ bytes: ByteBufferView) -> Int {
    for (index, byte) in bytes.suffix(3).reversed().enumerated() where byte & 0xC0 != 0x80 {
      let needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return needed > index + 1 ? index + 1 : 0
    }
    return 0
  }

  /// Codes that may stand in a frame (RFC 6455 §7.4).
  private static func isSendable(_ code: UInt16) -> Bool {
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}
