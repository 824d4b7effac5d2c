import ChatCore
import Foundation
import Testing

@testable import ChatClaude

@Suite struct CurlTransportTests {
  /// How a request to an address ends.
  private func failure(
    _ url: String, certificateFile: String? = nil, connectTimeout: Duration = .seconds(20)
  ) async throws -> TransferFailure? {
    let transport = try CurlTransport()
    let request = HTTPRequest(
      url: url, certificateFile: certificateFile, connectTimeout: connectTimeout,
      idleTimeout: .seconds(20), totalTimeout: .seconds(20))
    return await #expect(throws: TransferFailure.self) {
      let transfer = transport.open(request)
      while try await transfer.next() != nil {}
    }
  }

  @Test func `A head and a body come in this order, then the end`() async throws {
    let server = try MessagesServer.shared.get()
    let transport = try CurlTransport()
    let transfer = transport.open(server.request("/_requests?containing=nobody"))
    guard case .head(let head) = try await transfer.next() else {
      Issue.record("the head comes first")
      return
    }
    #expect(head.status == 200)
    #expect(head["content-type"] == "application/json")
    #expect(try await transfer.next() == .body(Array(#"{"requests": []}"#.utf8)))
    #expect(try await transfer.next() == nil)
    #expect(try await transfer.next() == nil)
  }

  @Test func `Nobody listens`() async throws {
    let listener = try Listening()
    let url = listener.url("http")
    listener.close()
    let failure = try await failure(url)
    #expect(failure?.kind == .noConnection)
    #expect(failure?.detail.contains("127.0.0.1") == true)
  }

  @Test func `A host that has no address`() async throws {
    // Longer than a name's part may be (RFC 1035 §2.3.4), so nobody is asked.
    let failure = try await failure("http://\(String(repeating: "a", count: 70)).test/")
    #expect(failure?.kind == .unknownHost)
  }

  @Test func `A peer that takes the connection and says nothing`() async throws {
    let listener = try Listening()
    defer { listener.close() }
    let failure = try await failure(listener.url("https"), connectTimeout: .milliseconds(200))
    #expect(failure?.kind == .connectTimeout)
  }

  @Test func `A peer that speaks no TLS`() async throws {
    let url = try MessagesServer.shared.get().url.replacing("http:", with: "https:")
    #expect(try await failure(url)?.kind == .tls)
  }

  @Test func `A certificate counts only if it is trusted`() async throws {
    let server = try MessagesServer("--tls")
    #expect(try await failure(server.url)?.kind == .certificate)
    #expect(try await failure(server.url, certificateFile: "/none")?.kind == .certificateFile)
    let outcome = try await Talk(server).ask("over TLS")
    #expect(outcome.text == echo("over TLS"))
    let distrustful = try Talk(server) { $0.certificateFile = nil }
    let reason = await distrustful.ask("over TLS").failure?.reason
    #expect(reason?.contains("can't be trusted") == true)
  }

  @Test(arguments: ["http://", "http://[/"]) func `What is no address`(url: String) async throws {
    #expect(try await failure(url)?.kind == .invalidURL)
  }

  @Test func `Only HTTP is spoken`() async throws {
    #expect(try await failure("file:///etc/passwd")?.kind == .notHTTP)
  }

  @Test func `The end of the transport ends what is under way`() async throws {
    let server = try MessagesServer.shared.get()
    let word = uniqueWord()
    var transport: CurlTransport? = try CurlTransport()
    let transfer = try #require(
      transport?.open(try Talk().post("scenario:hold?key=\(word)")))
    _ = try await server.requests(word, "held")
    transport = nil
    let failure = await #expect(throws: TransferFailure.self) {
      while try await transfer.next() != nil {}
    }
    #expect(failure?.kind == .closed)
    #expect(try await server.requests(word, "disconnected").count == 1)
  }

  @Test func `A transfer that was dropped stays dropped`() async throws {
    let transport = try CurlTransport()
    let server = try MessagesServer.shared.get()
    let transfer = transport.open(server.request("/_requests?containing=nobody"))
    transfer.cancel()
    transfer.cancel()
    transfer.release()
    await #expect(throws: CancellationError.self) { try await transfer.next() }
  }
}

extension Talk {
  /// The request that this talk's client would send.
  func post(_ text: String) throws -> HTTPRequest {
    let configuration = ClaudeConfiguration(
      baseURL: server.url, credential: .apiKey("test-key"))
    return try configuration.post(ClaudeRequest(.saying(text), configuration))
  }
}

/// A socket on the loopback interface that takes connections and never says a word.
private struct Listening {
  private let descriptor: Int32
  let port: UInt16

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let results = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        [bind(descriptor, $0, length), listen(descriptor, 5), getsockname(descriptor, $0, &length)]
      }
    }
    try #require(results == [0, 0, 0])
    port = UInt16(bigEndian: address.sin_port)
  }

  func url(_ scheme: String) -> String { "\(scheme)://127.0.0.1:\(port)/" }

  func close() { _ = Foundation.close(descriptor) }
}
