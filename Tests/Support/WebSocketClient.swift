package import ChildProtocol
package import NIOCore

/// A WebSocket client that does what it is told, also what RFC 6455 forbids.
package struct WebSocketClient: Sendable {
  /// What came.
  package enum Frame: Equatable, Sendable {
    case text(String)
    case ping
    case pong(String)
    case close(Int?)
  }

  /// The server did what RFC 6455 forbids, or refused to speak it.
  package struct Violation: Error {
    package let reason: String
  }

  /// The server closed the connection.
  package struct Closed: Error {
    package let code: Int?
  }

  package let wire: Wire

  /// A client of a connection on which the handshake has been made.
  package init(wire: Wire) { self.wire = wire }

  package static let handshake = [
    "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
    "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ]

  /// Opens one and leaves `hello` to be read.
  package static func connect(
    _ port: Int, path: String = "/", headers: [String] = handshake, receiveBytes: Int? = nil
  ) async throws -> WebSocketClient {
    let wire = try await Wire.connect(port, receiveBytes: receiveBytes)
    let lines = ["GET \(path) HTTP/1.1"] + headers + ["", ""]
    try await wire.send(lines.joined(separator: "\r\n"))
    let answer = try await wire.response()
    guard answer.status == 101,
      answer.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    else { throw Violation(reason: "no upgrade: \(answer)") }
    return WebSocketClient(wire: wire)
  }

  /// Opens one and reads `hello`.
  package static func greeted(
    _ port: Int, path: String = "/", receiveBytes: Int? = nil
  ) async throws -> (WebSocketClient, hello: JSON) {
    let client = try await connect(port, path: path, receiveBytes: receiveBytes)
    return (client, try await client.next())
  }

  /// Sends a text frame.
  package func send(_ text: String) async throws { try await send(opcode: 1, Array(text.utf8)) }

  /// Sends a frame, of whatever kind.
  package func send(
    opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, isMasked: Bool = true,
    reserved: UInt8 = 0
  ) async throws {
    try await wire.send(
      Self.frame(
        opcode: opcode, payload, isFinal: isFinal, isMasked: isMasked, reserved: reserved))
  }

  /// The bytes of a frame; `statedLength` is what it says of its length where that is not true.
  package static func frame(
    opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, isMasked: Bool = true,
    reserved: UInt8 = 0, statedLength: UInt64? = nil
  ) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.writeInteger((isFinal ? 0x80 : 0) | reserved << 4 | opcode)
    let mask: UInt8 = isMasked ? 0x80 : 0
    let length = statedLength ?? UInt64(payload.count)
    if length < 126 {
      buffer.writeInteger(mask | UInt8(length))
    } else if length <= 0xFFFF {
      buffer.writeInteger(mask | 126)
      buffer.writeInteger(UInt16(length))
    } else {
      buffer.writeInteger(mask | 127)
      buffer.writeInteger(length)
    }
    let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    if isMasked { buffer.writeBytes(key) }
    buffer.writeBytes(payload.enumerated().map { isMasked ? $1 ^ key[$0 % 4] : $1 })
    return buffer
  }

  /// The next frame, whatever it is.
  package func frame() async throws -> Frame {
    try await wire.take { buffer in
      var peek = buffer
      guard let first = peek.readInteger(as: UInt8.self),
        let second = peek.readInteger(as: UInt8.self)
      else { return nil }
      guard first & 0xF0 == 0x80 && second & 0x80 == 0 else {
        throw Violation(reason: "a server's frame is whole and unmasked")
      }
      var length = Int(second)
      if second == 126 {
        guard let word = peek.readInteger(as: UInt16.self) else { return nil }
        length = Int(word)
      } else if second == 127 {
        guard let word = peek.readInteger(as: UInt64.self) else { return nil }
        length = Int(word)
      }
      guard var data = peek.readSlice(length: length) else { return nil }
      buffer = peek
      switch first & 0x0F {
      case 8: return .close(data.readInteger(as: UInt16.self).map { Int($0) })
      case 9: return .ping
      case 10: return .pong(String(buffer: data))
      default: return .text(String(buffer: data))
      }
    }
  }

  /// The next message.
  package func next() async throws -> JSON {
    while true {
      switch try await frame() {
      case .text(let text): return try JSON(parsing: text.utf8)
      case .close(let code): throw Closed(code: code)
      case .ping: try await send(opcode: 10, [])
      case .pong: continue
      }
    }
  }

  /// The next message of this type.
  package func next(_ type: String) async throws -> JSON {
    while true {
      let message = try await next()
      if message["type"]?.string == type { return message }
    }
  }

  /// Sends a command and returns what answers it; what comes live meanwhile is left out.
  package func ask(_ command: JSON) async throws -> JSON {
    let ref = JSON.string("ask-\(Int.random(in: 0...Int.max))")
    try await send(.object((command.members ?? []) + [.init("ref", ref)]))
    while true {
      let message = try await next()
      if message["ref"] == ref { return message }
    }
  }

  /// Sends a command.
  package func send(_ json: JSON) async throws { try await send(json.text) }

  /// Reads up to the close frame and returns its code; nil where the connection ends without one.
  package func closeCode() async -> Int? {
    while let frame = try? await frame() {
      if case .close(let code) = frame { return code }
    }
    return nil
  }
}

extension JSON {
  /// The `id`s of the messages in it.
  package var messageIDs: [String] {
    self["messages"]?.array?.compactMap { $0["id"]?.string } ?? []
  }
  /// The texts of the messages in it.
  package var contents: [String] {
    self["messages"]?.array?.compactMap { $0["content"]?.string } ?? []
  }
  /// What kind of message it is.
  package var type: String? { self["type"]?.string }
}
