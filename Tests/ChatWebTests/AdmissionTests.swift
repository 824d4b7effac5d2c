import TestSupport
import Testing

@testable import ChatWeb

/// Who is heard, on both ports, over HTTP and WebSocket.
@Suite(.timeLimit(.minutes(1)))
struct AdmissionTests {
  /// A request's Host and Origin, and whether it is heard.
  struct Case: CustomStringConvertible, Sendable {
    let fields: [String]
    let isHeard: Bool
    var description: String { fields.joined(separator: ", ") }

    init(_ fields: String..., heard: Bool) { (self.fields, isHeard) = (fields, heard) }
  }

  static let cases = [
    Case("Host: localhost", heard: true), Case("Host: 127.0.0.1:8084", heard: true),
    Case("Host: [::1]:8084", heard: true), Case("host: LOCALHOST", heard: true),
    Case("Host: localhost", "Origin: http://localhost:3000", heard: true),
    Case("Host: localhost", "Origin: http://127.0.0.1", heard: true),
    Case("Host: friend.example", "Origin: https://friend.example", heard: true),
    Case("Host: evil.example", heard: false), Case("Host: evil.example:8084", heard: false),
    Case("Host: localhost.evil.example", heard: false), Case("Host: 10.0.0.1", heard: false),
    Case("Host: 127.0.0.1.nip.io", heard: false), Case("Host: localhost.", heard: false),
    Case("Host: localhost@evil.example", heard: false), Case("Host:", heard: false),
    Case("Accept: */*", heard: false), Case("Host: localhost", "Host: localhost", heard: false),
    Case("Host: localhost", "Host: evil.example", heard: false),
    Case("Host: localhost", "Origin: null", heard: false),
    Case("Host: localhost", "Origin: http://evil.example", heard: false),
    Case("Host: localhost", "Origin: https://localhost.evil.example", heard: false),
    Case("Host: localhost", "Origin: file://", heard: false),
    Case("Host: localhost", "Origin:", heard: false),
    Case(
      "Host: localhost", "Origin: http://localhost", "Origin: http://evil.example", heard: false),
    Case("Host: evil.example", "Origin: http://localhost", heard: false),
  ]

  private let configuration = WebConfiguration.test.with { $0.allowedHosts = ["friend.example"] }

  @Test(arguments: cases) func httpIsForThisHost(_ this: Case) async throws {
    try await Running.server(configuration: configuration) { server in
      for (method, target) in [
        ("GET", "/api/messages"), ("GET", "/"), ("GET", "/healthz"), ("GET", "/metrics"),
        ("GET", "/nothing"), ("POST", "/api/messages"), ("POST", "/api/children/a/kill"),
        ("PUT", "/api/messages"), ("GET", "/ws"), ("GET", "/api/search?q=a"),
      ] {
        let answer = try await Wire.request(
          server.port, method, target, body: method == "POST" ? #"{"content":"a"}"# : nil,
          headers: this.fields)
        #expect((answer.status != 403) == this.isHeard, "\(method) \(target)")
        if !this.isHeard {
          #expect(answer.code == "forbidden")
          #expect(answer.headers["content-type"] == "application/problem+json")
        }
      }
      #expect(server.store.seq == (this.isHeard ? 1 : 0))
      let other = try await Wire.request(server.wsPort, "GET", "/", headers: this.fields)
      #expect(other.status == (this.isHeard ? 426 : 403))
    }
  }

  @Test(arguments: cases) func webSocketsAreForThisHost(_ this: Case) async throws {
    try await Running.server(configuration: configuration) { server in
      for (port, path) in [(server.wsPort, "/"), (server.port, "/"), (server.port, "/ws")] {
        let wire = try await Wire.connect(port)
        defer { wire.close() }
        let lines =
          ["GET \(path) HTTP/1.1"] + WebSocketClient.handshake.dropFirst() + this.fields + ["", ""]
        try await wire.send(lines.joined(separator: "\r\n"))
        let answer = try await wire.response()
        #expect(answer.status == (this.isHeard ? 101 : 403), "\(port) \(path)")
        if !this.isHeard {
          #expect(answer.code == "forbidden")
          #expect(await wire.rest() == "", "a refused handshake ends the connection")
        }
      }
    }
  }

  /// What is refused above is refused for its name alone: let in by name it is heard.
  @Test func theSameRequestOfANameThatIsLetInIsHeard() async throws {
    let open = WebConfiguration.test.with { $0.allowedHosts = ["evil.example"] }
    let fields = ["Host: evil.example:8084", "Origin: http://evil.example"]
    try await Running.server(configuration: open) { server in
      let answer = try await Wire.request(
        server.port, "POST", "/api/messages", body: #"{"content":"a"}"#, headers: fields)
      #expect(answer.status == 201)
      let handshake = fields + WebSocketClient.handshake.dropFirst()
      let client = try await WebSocketClient.connect(server.wsPort, headers: handshake)
      #expect(try await client.next().type == "hello")
      client.wire.close()
    }
  }

  @Test func aTargetWithAHostOfItsOwnCountsForMoreThanHost() async throws {
    try await Running.server { server in
      for (target, status) in [
        ("http://evil.example/healthz", 403), ("http://localhost/healthz", 200),
        ("http://localhost:1/healthz?x", 200), ("http://evil.example", 403),
        ("http://localhost@evil.example/healthz", 403), ("HTTP://127.0.0.1/healthz", 200),
      ] {
        let answer = try await Wire.request(server.port, "GET", target)
        #expect(answer.status == status, "\(target)")
      }
    }
  }

  @Test func browsersAreToldToBeStrict() async throws {
    try await Running.server { server in
      for target in ["/healthz", "/nothing", "/api/messages"] {
        let answer = try await Wire.request(
          server.port, "GET", target, headers: ["Host: localhost:8084"])
        #expect(answer.headers["x-content-type-options"] == "nosniff")
        #expect(answer.headers["referrer-policy"] == "no-referrer")
        #expect(answer.headers["cross-origin-opener-policy"] == "same-origin")
        #expect(answer.headers["cross-origin-resource-policy"] == "same-origin")
        #expect(answer.headers["x-frame-options"] == "DENY")
        #expect(answer.headers["access-control-allow-origin"] == nil)
        let policy = answer.headers["content-security-policy"] ?? ""
        #expect(policy.hasPrefix("default-src 'self'; connect-src 'self' ws://localhost:8084 "))
        #expect(policy.contains(" ws://localhost:\(server.wsPort);"))
        #expect(policy.hasSuffix("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe"))
      }
      let refused = try await Wire.request(
        server.port, "GET", "/", headers: ["Host: evil.example"])
      #expect(refused.headers["content-security-policy"]?.contains("evil") == false)
    }
  }
}
