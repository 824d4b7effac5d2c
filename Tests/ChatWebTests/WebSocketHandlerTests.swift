import ChatCore
import ChildProtocol
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import ChatWeb

/// Frames, pings and the end of a WebSocket, over a real socket.
@Suite(.timeLimit(.minutes(1)))
struct WebSocketHandlerTests {
  private typealias Client = WebSocketClient

  private func withClient(
    _ configuration: WebConfiguration = .test,
    _ body: @escaping @Sendable (Running, WebSocketClient) async throws -> Void
  ) async throws {
    try await Running.server(configuration: configuration) { server in
      let (client, _) = try await Client.greeted(server.wsPort)
      defer { client.wire.close() }
      try await body(server, client)
    }
  }

  @Test func aPingIsAnsweredWithItsOwnBytes() async throws {
    try await withClient { _, client in
      for payload in ["", "a", String(repeating: "x", count: 125)] {
        try await client.send(opcode: 9, Array(payload.utf8))
        #expect(try await client.frame() == .pong(payload))
      }
    }
  }

  @Test func aMessageMayComeInPiecesAndByteByByte() async throws {
    try await withClient { _, client in
      let bytes = Array(#"{"type":"ping","ref":"Grüße 👋"}"#.utf8)
      for (index, byte) in bytes.enumerated() {
        let isLast = index == bytes.count - 1
        try await client.send(opcode: index == 0 ? 1 : 0, [byte], isFinal: isLast)
        if index == 5 { try await client.send(opcode: 9, []) }
      }
      #expect(try await client.frame() == .pong(""))
      #expect(try await client.next()["ref"]?.string == "Grüße 👋")
      for byte in WebSocketClient.frame(opcode: 1, bytes).readableBytesView {
        try await client.wire.send(ByteBuffer(bytes: [byte]))
      }
      #expect(try await client.next().type == "pong")
    }
  }

  @Test func messagesOfEveryLengthClassComeThrough() async throws {
    try await withClient { _, client in
      for count in [1, 90, 95, 100, 65_500, 65_600, 900_000] {
        let ref = JSON.string(String(repeating: "r", count: count))
        try await client.send(["type": "ping", "ref": ref])
        #expect(try await client.next()["ref"] == ref)
      }
    }
  }

  /// Frames that end a connection, and how.
  static let faults: [(frames: [ByteBuffer], code: Int)] = [
    ([Client.frame(opcode: 1, Array("{}".utf8), isMasked: false)], 1002),
    ([Client.frame(opcode: 1, [], reserved: 4)], 1002),
    ([Client.frame(opcode: 1, [], reserved: 2)], 1002),
    ([Client.frame(opcode: 9, [], reserved: 1)], 1002),
    ([Client.frame(opcode: 3, [])], 1002), ([Client.frame(opcode: 11, [])], 1002),
    ([Client.frame(opcode: 9, Array(repeating: 1, count: 126))], 1002),
    ([Client.frame(opcode: 9, [], isFinal: false)], 1002),
    ([Client.frame(opcode: 8, [3, 232], isFinal: false)], 1002),
    ([Client.frame(opcode: 0, [0x61])], 1002),
    ([Client.frame(opcode: 1, [0x61], isFinal: false), Client.frame(opcode: 1, [0x61])], 1002),
    ([Client.frame(opcode: 8, [3])], 1002), ([Client.frame(opcode: 8, [0, 1])], 1002),
    ([Client.frame(opcode: 8, [3, 232, 0xFF])], 1007),
    ([Client.frame(opcode: 2, [1, 2, 3])], 1003),
    ([Client.frame(opcode: 1, [0x61, 0xC3])], 1007),
    (
      [Client.frame(opcode: 1, [0xE2, 0x82], isFinal: false), Client.frame(opcode: 0, [0x28])], 1007
    ),
    ([Client.frame(opcode: 1, [], statedLength: 1_048_577)], 1009),
    ([Client.frame(opcode: 1, [], statedLength: 1 << 40)], 1009),
    ([Client.frame(opcode: 1, [], statedLength: UInt64.max)], 1009),
    (
      Array(
        repeating: Client.frame(
          opcode: 0, Array(repeating: 0x20, count: 500_000), isFinal: false), count: 2
      ).reversed() + [Client.frame(opcode: 0, Array(repeating: 0x20, count: 100_000))], 1009
    ),
  ]

  @Test(arguments: faults.indices)
  func whatTheProtocolForbidsEndsItWithItsCode(_ index: Int) async throws {
    let fault = Self.faults[index]
    try await withClient { server, client in
      if fault.frames.count == 3 {
        try await client.send(opcode: 1, [0x20], isFinal: false)
      }
      for frame in fault.frames { try await client.wire.send(frame) }
      #expect(await client.closeCode() == fault.code)
      try await client.send(opcode: 8, [3, 232])
      #expect(await client.wire.rest() == "")
      let (other, _) = try await Client.greeted(server.wsPort)
      #expect(try await other.ask(["type": "ping"]).type == "pong")
      other.wire.close()
    }
  }

  @Test func aCloseFrameIsAnsweredWithItsCode() async throws {
    for (payload, code) in [
      ([3, 232], 1000), ([0x0F, 0xA0] + Array("bye".utf8), 4000), ([], nil),
    ]
      as [([UInt8], Int?)]
    {
      try await withClient { _, client in
        try await client.send(opcode: 8, payload)
        #expect(try await client.frame() == .close(code))
        #expect(await client.wire.rest() == "")
      }
    }
  }

  @Test func whatCameBeforeTheCloseFrameIsDone() async throws {
    try await withClient { server, client in
      for number in 1...5 {
        try await client.send(["type": "send_message", "content": .string("\(number)")])
      }
      try await client.send(opcode: 8, [3, 232])
      _ = await client.closeCode()
      let (other, _) = try await Client.greeted(server.wsPort)
      var contents: [String] = []
      while contents.count < 5 { contents = try await other.ask(["type": "get_messages"]).contents }
      #expect(contents == ["1", "2", "3", "4", "5"])
      other.wire.close()
    }
  }

  @Test func aClientThatHangsUpIsLeftAlone() async throws {
    try await withClient { server, client in
      try await client.send(["type": "ping"])
      client.wire.close()
      let (half, _) = try await Client.greeted(server.wsPort)
      try await half.wire.finish()
      #expect(await half.wire.rest() == "")
      let watchers = server.hub.counters
      let (last, _) = try await Client.greeted(server.wsPort)
      while watchers.watchers.load(ordering: .relaxed) > 1 {
        _ = try await last.ask(["type": "ping"])
      }
      last.wire.close()
    }
  }

  @Test func oneThatAnswersNoPingIsHungUpOn() async throws {
    try await withClient(.test.with { $0.limits.heartbeat = .milliseconds(60) }) { _, client in
      let frames = [try await client.frame(), try await client.frame()]
      #expect(frames == [.ping, .ping])
      #expect(await client.wire.rest() == "")
    }
  }

  @Test func oneThatDoesNotAnswerACloseFrameIsHungUpOn() async throws {
    try await withClient(.test.with { $0.limits.closeTimeout = .milliseconds(50) }) { _, client in
      try await client.send(opcode: 2, [1])
      #expect(await client.closeCode() == 1003)
      #expect(await client.wire.rest() == "")
    }
  }

  @Test func aClientThatAsksAndDoesNotReadIsAskedToWait() async throws {
    try await withClient(
      .test.with { ($0.limits.unansweredCount, $0.limits.watcherBytes) = (4, 64 << 10) }
    ) { server, client in
      let text = String(repeating: "x", count: 100_000)
      _ = try await server.append(text)
      try await client.wire.setReading(false)
      let count = 300
      async let sending: Void = {
        for ref in 0..<count {
          try await client.send(["type": "get_messages", "ref": .number("\(ref)")])
        }
      }()
      // So many answers fit in no buffer on the way: while none is read, not all commands are taken.
      while server.hub.counters.commands.load(ordering: .relaxed) < 4 { await Task.yield() }
      try await client.wire.setReading(true)
      var refs: [Int64] = []
      while refs.count < count {
        if let ref = try await client.next("message_update")["ref"]?.int { refs.append(ref) }
      }
      #expect(refs == Array(0..<Int64(count)))
      try await sending
      #expect(server.hub.counters.cutOff.load(ordering: .relaxed) == 0)
    }
  }
}
