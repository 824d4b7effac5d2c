import ChildProtocol
import TestSupport
import Testing

@testable import ChatWeb

/// Requests that ask for another protocol, rightly or not: each gets an answer.
@Suite(.timeLimit(.minutes(1)))
struct UpgradeTests {
  private func answer(
    _ port: Int, _ lines: [String], after first: String = ""
  ) async throws -> HTTPAnswer {
    let wire = try await Wire.connect(port)
    defer { wire.close() }
    if !first.isEmpty {
      try await wire.send(first)
      _ = try await wire.response()
    }
    try await wire.send((lines + ["", ""]).joined(separator: "\r\n"))
    return try await wire.response()
  }

  @Test func webSocketsAreAtTheirPathsAlone() async throws {
    try await Running.server { server in
      for (port, path, status) in [
        (server.port, "/", 101), (server.port, "/ws", 101), (server.port, "/ws?echo=1", 101),
        (server.wsPort, "/", 101), (server.wsPort, "/?x", 101), (server.wsPort, "/ws", 404),
        (server.port, "/api/messages", 200), (server.port, "/nothing", 404),
        (server.port, "/ws/", 426), (server.wsPort, "/api/messages", 404),
      ] {
        let answer = try await answer(port, ["GET \(path) HTTP/1.1"] + WebSocketClient.handshake)
        #expect(answer.status == status, "\(path)")
      }
    }
  }

  @Test(arguments: [
    (
      ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAAP__"],
      200
    ),
    (["Upgrade: TLS/1.0", "Connection: Upgrade"], 200), (["Upgrade: h2c"], 200),
    (["Connection: Upgrade"], 200),
    (["Upgrade: websocket", "Connection: Upgrade"], 200),
  ])
  func anUpgradeThatNobodyTakesIsAnOrdinaryRequest(_ lines: [String], _ status: Int) async throws {
    try await Running.server { server in
      let answer = try await answer(
        server.port, ["GET /healthz HTTP/1.1", "Host: localhost"] + lines)
      #expect(answer.status == status)
    }
  }

  @Test(arguments: [
    ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"],
    ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
    [
      "Upgrade: websocket", "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ],
    [
      "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 8",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ],
    [
      "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: short",
    ],
    [
      "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ],
    [
      "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Content-Length: 2",
    ],
  ])
  func aFaultyHandshakeIsToldWhatIsExpected(_ lines: [String]) async throws {
    try await Running.server { server in
      for (port, path) in [(server.port, "/"), (server.port, "/ws"), (server.wsPort, "/")] {
        let answer = try await answer(port, ["GET \(path) HTTP/1.1", "Host: localhost"] + lines)
        #expect(answer.status == 426 && answer.code == "upgrade_required")
        #expect(answer.headers["upgrade"] == "websocket")
        #expect(answer.headers["sec-websocket-version"] == "13")
        #expect(answer.json["detail"]?.string?.hasPrefix("a WebSocket can't be opened: ") == true)
      }
    }
  }

  @Test func aHandshakeMayBeWrittenInManyWays() async throws {
    try await Running.server { server in
      let lines = [
        "HOST: localhost:1", "upgrade: WebSocket", "connection: keep-alive, Upgrade",
        "SEC-WEBSOCKET-VERSION: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: chat",
      ]
      let answer = try await answer(server.port, ["GET / HTTP/1.1"] + lines)
      #expect(answer.status == 101)
      #expect(answer.headers["sec-websocket-extensions"] == nil)
      #expect(answer.headers["sec-websocket-protocol"] == nil)
    }
  }

  @Test func otherMethodsAndVersionsOpenNoWebSocket() async throws {
    try await Running.server { server in
      let post = try await answer(
        server.port, ["POST /ws HTTP/1.1", "Content-Length: 0"] + WebSocketClient.handshake)
      #expect(post.status == 426)
      let old = try await answer(server.port, ["GET /ws HTTP/1.0"] + WebSocketClient.handshake)
      #expect(old.status == 426)
    }
  }

  @Test func onlyAConnectionsFirstRequestOpensAWebSocket() async throws {
    try await Running.server { server in
      let answer = try await answer(
        server.port, ["GET /ws HTTP/1.1"] + WebSocketClient.handshake,
        after: "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(answer.status == 426)
      #expect(answer.json["detail"]?.string?.contains("first request") == true)
    }
  }

  @Test func withoutAnUpgradeThereIsAnAnswerToo() async throws {
    try await Running.server { server in
      for (port, path) in [(server.port, "/ws"), (server.wsPort, "/")] {
        let answer = try await Wire.request(port, "GET", path)
        #expect(answer.status == 426 && answer.code == "upgrade_required")
      }
    }
  }

  @Test func nobodyBearsAFaultOfAHandshakeThatHeHasNot() async throws {
    try await Running.server { server in
      let answer = try await Wire.request(
        server.port, "GET", "/healthz", headers: ["Host: localhost", "\(Doorman.faultHeader): x"])
      #expect(answer.status == 200)
    }
  }

  @Test func framesMayComeRightBehindTheHandshake() async throws {
    try await Running.server { server in
      let wire = try await Wire.connect(server.port)
      defer { wire.close() }
      let lines = ["GET /ws HTTP/1.1"] + WebSocketClient.handshake + ["", ""]
      try await wire.send(lines.joined(separator: "\r\n"))
      try await wire.send(WebSocketClient.frame(opcode: 1, Array(#"{"type":"ping","ref":1}"#.utf8)))
      _ = try await wire.response()
      let client = WebSocketClient(wire: wire)
      #expect(try await client.next().type == "hello")
      #expect(try await client.next() == ["type": "pong", "ref": 1])
    }
  }

  @Test(arguments: [
    ("nonsense\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost localhost\r\n\r\n", 400),
    ("GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    (
      "GET / HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 70_000))\r\n\r\n",
      431
    ),
  ])
  func whatIsNotHTTPIsAnsweredAndEnded(_ bytes: String, _ status: Int) async throws {
    try await Running.server { server in
      for port in [server.port, server.wsPort] {
        let wire = try await Wire.connect(port)
        try await wire.send(bytes)
        let answer = try await wire.response()
        #expect(answer.status == status)
        #expect(answer.headers["content-type"] == "application/problem+json")
        #expect(await wire.rest() == "")
        wire.close()
      }
    }
  }

  @Test(arguments: [
    "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n",
  ])
  func aBodyThatIsNotAsItSaysIsRefused(_ rest: String) async throws {
    try await Running.server { server in
      let wire = try await Wire.connect(server.port)
      try await wire.send("POST /api/messages HTTP/1.1\r\nHost: localhost\r\n" + rest)
      #expect(try await wire.response().status == 400)
      #expect(await wire.rest() == "")
      wire.close()
    }
  }

  @Test func aConnectionThatAsksForNothingIsEnded() async throws {
    let configuration = WebConfiguration.test.with { $0.limits.headerTimeout = .milliseconds(50) }
    try await Running.server(configuration: configuration) { server in
      let silent = try await Wire.connect(server.port)
      #expect(await silent.rest() == "")
      let slow = try await Wire.connect(server.wsPort)
      try await slow.send("GET / HTTP/1.1\r\nHost: loc")
      #expect(await slow.rest() == "")
    }
  }

  @Test func aBodyThatDoesNotComeEndsTheConnection() async throws {
    let configuration = WebConfiguration.test.with { $0.limits.bodyTimeout = .milliseconds(50) }
    try await Running.server(configuration: configuration) { server in
      let wire = try await Wire.connect(server.port)
      try await wire.send(
        "POST /api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
      #expect(await wire.rest() == "")
    }
  }

  @Test func aConnectionBetweenTwoRequestsIsEndedAfterAWhile() async throws {
    let configuration = WebConfiguration.test.with { $0.limits.idleTimeout = .milliseconds(50) }
    try await Running.server(configuration: configuration) { server in
      let wire = try await Wire.connect(server.port)
      try await wire.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(try await wire.response().status == 200)
      #expect(await wire.rest() == "")
    }
  }
}
