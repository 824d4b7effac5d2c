import ChatCore
import ChildProtocol
import NIOCore
import TestSupport
import Testing

@testable import ChatWeb

/// How `GET /api/messages` is written: piece by piece, at the client's pace.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct StreamingTests {
  @Test func whatIsAppendedMeanwhileDoesNotShowAndWhatIsAmendedShowsAsItIs() async throws {
    try await Running.server { server in
      for number in 1...5 { _ = try await server.append("\(number)") }
      let page = try await server.store.page(of: .main, before: nil, limit: nil)
      let gate = Gate()
      server.store.holdPieces(at: gate)
      async let streamed = Wire.request(server.port, "GET", "/api/messages")
      await gate.arrival()
      _ = try await server.append("6")
      let last = try #require(page.entries.last)
      _ = try await server.journal.entry(
        .amend(last.id) {
          guard case .message(var message) = $0 else { return }
          message.content = "amended"
          $0 = .message(message)
        })
      gate.open()
      let json = try await streamed.json
      #expect(json.contents == ["1", "2", "3", "4", "amended"])
      #expect(json["head"]?.string == last.id.text)
      #expect(json["seq"]?.int == page.seq)
    }
  }

  @Test func aLogThatFailsMidwayEndsTheConnectionWithoutTheEndOfTheBody() async throws {
    try await Running.server { server in
      for number in 1...5 { _ = try await server.append("\(number)") }
      let gate = Gate()
      server.store.holdPieces(at: gate)
      let wire = try await Wire.connect(server.port)
      try await wire.send("GET /api/messages HTTP/1.1\r\nHost: localhost\r\n\r\n")
      await gate.arrival()
      server.store.fail(with: .unavailable(reason: "the disk failed"))
      gate.open()
      let rest = await wire.rest()
      #expect(rest.hasPrefix("HTTP/1.1 200"))
      #expect(!rest.hasSuffix("0\r\n\r\n"))
      server.store.fail(with: nil)
      let metrics = try await Wire.request(server.port, "GET", "/metrics").body
      #expect(metrics.contains("\nchatd_http_broken_off_total 1\n"))
      // The same where nothing fails.
      let whole = try await Wire.connect(server.port)
      try await whole.send(
        "GET /api/messages HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      #expect(await whole.rest().hasSuffix("0\r\n\r\n"))
    }
  }

  @Test func aLogThatFailsAtOnceIsSaid() async throws {
    try await Running.server { server in
      server.store.fail(with: .unavailable(reason: "the disk failed"))
      let answer = try await Wire.request(server.port, "GET", "/api/messages")
      #expect(answer.status == 503 && answer.code == "unavailable")
    }
  }

  /// However long the thread and slow the client: what has been read of the log and not yet taken by
  /// the client is bounded, and with it the memory.
  @Test func piecesAreReadAtTheClientsPace() async throws {
    let log = LongLog(entryCount: 24_000, entryBytes: 1_000)
    try await Running.server(reader: log) { server in
      let wire = try await Wire.connect(server.port, receiveBytes: 4_096)
      defer { wire.close() }
      try await wire.setReading(false)
      try await wire.send("GET /api/messages HTTP/1.1\r\nHost: localhost\r\n\r\n")
      var (most, received) = (0, 0)
      while received < 24_000_000 {
        wire.channel.read()
        received += try await wire.takeAll()
        most = max(most, log.pieceCount * 100_000 - received)
      }
      // What the kernel's buffers take in, and a piece or two.
      #expect(most < 14_000_000)
      #expect(log.pieceCount == 240)
    }
  }

  @Test func aClientThatGoesAwayEndsIt() async throws {
    let log = LongLog(entryCount: 1_000_000, entryBytes: 1_000)
    try await Running.server(reader: log) { server in
      let wire = try await Wire.connect(server.port, receiveBytes: 4_096)
      try await wire.send("GET /api/messages HTTP/1.1\r\nHost: localhost\r\n\r\n")
      _ = try await wire.takeAll()
      wire.close()
      try await wire.channel.closeFuture.get()
    }
    // All of it were 10,000.
    #expect(log.pieceCount < 2_000)
  }

  @Test func anAnswerLongerThanTheBoundOfLiveEventsCutsNobodyOff() async throws {
    let log = LongLog(entryCount: 20_000, entryBytes: 1_000)
    try await Running.server(reader: log) { server in
      let (client, _) = try await WebSocketClient.greeted(server.port)
      defer { client.wire.close() }
      let answer = try await client.ask(["type": "get_messages", "ref": 1])
      #expect(answer["messages"]?.array?.count == 20_000)
      #expect(answer["head"] != nil && answer["queued"] == [] && answer["seq"] == 7)
      #expect(try await client.ask(["type": "ping"])["type"]?.string == "pong")
    }
  }

  @Test func aPathThatIsTooLongForAnAnswerIsRefusedBeforeAllOfItIsRead() async throws {
    let configuration = WebConfiguration.test.with { $0.limits.answerBytes = 1_000_000 }
    let log = LongLog(entryCount: 100_000, entryBytes: 1_000)
    try await Running.server(configuration: configuration, reader: log) { server in
      let (client, _) = try await WebSocketClient.greeted(server.port)
      defer { client.wire.close() }
      let answer = try await client.ask(["type": "get_messages"])
      #expect(answer.type == "error" && answer["code"] == "too_large")
      #expect(answer["message"]?.string?.contains("1000000 bytes") == true)
      // All of it were 1,000.
      #expect(log.pieceCount == 11)
      #expect(try await client.ask(["type": "ping"])["type"]?.string == "pong")
    }
    let short = LongLog(entryCount: 1_000, entryBytes: 1_000)
    try await Running.server(configuration: configuration, reader: short) { server in
      let (client, _) = try await WebSocketClient.greeted(server.port)
      defer { client.wire.close() }
      #expect(try await client.ask(["type": "get_messages"])["messages"]?.array?.count == 1_000)
    }
  }
}

extension Wire {
  /// Drops what has come, at least one byte.
  /// - Returns: how many there were.
  fileprivate func takeAll() async throws -> Int {
    try await take { buffer -> Int? in
      defer { buffer.clear() }
      return buffer.readableBytes == 0 ? nil : buffer.readableBytes
    }
  }
}
