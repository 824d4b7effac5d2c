import NIOCore

/// WebSocket frames as a server sends them: unmasked, so the same bytes serve every client (RFC
/// 6455 §5.1).
enum ServerFrame {
  /// A whole text message.
  static func text(_ json: [UInt8]) -> ByteBuffer { frame(.text, json) }

  /// The end, with its code and a reason for people.
  static func close(_ code: CloseCode, _ reason: String) -> ByteBuffer {
    let words = Array(reason.utf8.prefix(payloadLimit - 2))
    return frame(.close, [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)] + words)
  }

  /// The answer to a close frame: its code comes back; none where there was none.
  static func closeEcho(_ code: UInt16?) -> ByteBuffer {
    frame(.close, code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? [])
  }

  static func ping() -> ByteBuffer { frame(.ping, []) }

  /// The answer to a ping, with the bytes that came in it.
  static func pong(_ data: ByteBuffer) -> ByteBuffer { frame(.pong, Array(data.readableBytesView)) }

  private enum Kind: UInt8 {
    case text = 0x81
    case close = 0x88
    case ping = 0x89
    case pong = 0x8A
  }

  /// The longest payload of a control frame.
  private static let payloadLimit = 125

  private static func frame(_ kind: Kind, _ payload: [UInt8]) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.reserveCapacity(payload.count + 10)
    buffer.writeInteger(kind.rawValue)
    switch payload.count {
    case 0...125: buffer.writeInteger(UInt8(payload.count))
    case 126...Int(UInt16.max):
      buffer.writeInteger(UInt8(126))
      buffer.writeInteger(UInt16(payload.count))
    default:
      buffer.writeInteger(UInt8(127))
      buffer.writeInteger(UInt64(payload.count))
    }
    buffer.writeBytes(payload)
    return buffer
  }
}

/// Why chatd ends a WebSocket (RFC 6455 §7.4.1; 4000 and above are the contract's own).
enum CloseCode: UInt16, Sendable {
  /// chatd is stopping.
  case goingAway = 1001
  case protocolError = 1002
  /// Binary messages are nothing that chatd knows.
  case unsupported = 1003
  /// Text that is not UTF-8.
  case badText = 1007
  case tooLarge = 1009
  /// The client read too slowly; it may connect again and resume.
  case tooSlow = 4008
}
