import ChatCore
import ChildProtocol
import Glibc
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import ChatWeb

/// How the server begins and ends.
@Suite(.timeLimit(.minutes(1)))
struct WebServerTests {
  @Test func bothPortsAreKnownOnceTheyServe() async throws {
    try await Running.server { server in
      #expect(server.port > 0 && server.wsPort > 0 && server.port != server.wsPort)
      #expect(server.addresses.http == "http://127.0.0.1:\(server.port)")
      #expect(server.addresses.ws == "ws://127.0.0.1:\(server.wsPort)")
    }
    let six = WebAddresses(host: "::1", port: 1, wsPort: 2)
    #expect(six.http == "http://[::1]:1" && six.ws == "ws://[::1]:2")
  }

  @Test func aPortThatIsTakenIsNamed() async throws {
    try await Running.server { server in
      for change: @Sendable (inout WebConfiguration) -> Void in [
        { $0.port = server.port }, { $0.wsPort = server.wsPort },
      ] {
        do {
          try await Running.server(configuration: .test.with(change)) { _ in }
          Issue.record("it listened on a port that is taken")
        } catch let error as WebError {
          guard case .cannotListen(let address, _, let errno) = error else {
            Issue.record("\(error)")
            continue
          }
          #expect(errno == EADDRINUSE)
          #expect(address == "127.0.0.1:\(server.port)" || address == "127.0.0.1:\(server.wsPort)")
          #expect("\(error)".hasPrefix("can't listen on 127.0.0.1:"))
        }
      }
    }
  }

  @Test func aLogThatCanNotBeReadIsSaid() async throws {
    let store = MemoryStore()
    store.fail(with: .unavailable(reason: "the database is corrupt"))
    await #expect(throws: ChatError.self) {
      try await Running.server(store: store) { _ in }
    }
  }

  @Test func whenItStopsWebSocketsAreClosedWith1001() async throws {
    try await Running.server { server in
      var clients: [WebSocketClient] = []
      for (port, path) in [(server.wsPort, "/"), (server.port, "/ws"), (server.port, "/")] {
        clients.append(try await WebSocketClient.greeted(port, path: path).0)
      }
      await server.stop()
      for client in clients {
        #expect(await client.closeCode() == 1001)
        try await client.send(opcode: 8, [3, 233])
        #expect(await client.wire.rest() == "")
      }
    }
  }

  @Test func whenItStopsRequestsThatRunAreFinished() async throws {
    let (children, gate) = (FakeChildren(["slow"]), Gate())
    children.state.withLock { $0.startGates[ChildID("slow")] = gate }
    try await Running.server(children: children) { server in
      let wire = try await Wire.connect(server.port)
      try await wire.send(
        "POST /api/children/slow/start HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
      await gate.arrival()
      let (idle, silent) = (
        try await Wire.connect(server.port), try await Wire.connect(server.port)
      )
      try await idle.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(try await idle.response().status == 200)
      await server.stop()
      #expect(await idle.rest() == "")
      #expect(await silent.rest() == "")
      gate.open()
      #expect(try await wire.response().status == 200)
      #expect(await wire.rest() == "")
      await #expect(throws: (any Error).self) { _ = try await Wire.connect(server.port) }
    }
  }

  @Test func whenItStopsCommandsThatRunAreAnsweredFirst() async throws {
    let (children, gate) = (FakeChildren(["dice"]), Gate())
    children.state.withLock { $0.logGate = gate }
    try await Running.server(children: children) { server in
      let (client, _) = try await WebSocketClient.greeted(server.wsPort)
      try await client.send(["type": "tail_logs", "actor_id": "dice", "ref": 1])
      try await client.send(["type": "send_message", "content": "last", "ref": 2])
      await gate.arrival()
      await server.stop()
      gate.open()
      #expect(try await client.next()["ref"]?.int == 1)
      var answer = try await client.next()
      while answer["ref"] == nil { answer = try await client.next() }
      #expect(answer["ref"]?.int == 2 && answer.contents == ["last"])
      #expect(await client.closeCode() == 1001)
    }
  }

  @Test func whatDoesNotEndIsNotWaitedForLong() async throws {
    let (children, gate) = (FakeChildren(["slow"]), Gate())
    children.state.withLock { $0.startGates[ChildID("slow")] = gate }
    let configuration = WebConfiguration.test.with {
      $0.limits.shutdownTimeout = .milliseconds(500)
    }
    try await Running.server(configuration: configuration, children: children) { server in
      let wire = try await Wire.connect(server.port)
      try await wire.send(
        "POST /api/children/slow/start HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
      let (client, _) = try await WebSocketClient.greeted(server.wsPort)
      try await client.send(["type": "start_child", "manifest_name": "slow"])
      await gate.arrival(2)
      await server.stop()
      #expect(await client.closeCode() == 1001)
      gate.open()
    }
  }

  @Test func connectionsAreAsManyAsAllowed() async throws {
    let configuration = WebConfiguration.test.with { $0.limits.connectionCount = 2 }
    try await Running.server(configuration: configuration) { server in
      let first = try await WebSocketClient.greeted(server.wsPort).0
      let second = try await WebSocketClient.greeted(server.wsPort).0
      let third = try await Wire.connect(server.wsPort)
      let lines = ["GET / HTTP/1.1"] + WebSocketClient.handshake + ["", ""]
      try await third.send(lines.joined(separator: "\r\n"))
      #expect(try await first.ask(["type": "ping"]).type == "pong")
      first.wire.close()
      #expect(try await third.response().status == 101)
      second.wire.close()
      third.close()
    }
  }
}
