import ChatCore
import ChildProtocol
import Testing

@testable import ChatClaude

/// Proxies: which one is gone through, and what is told where one does not let anything through.
@Suite struct ProxyTests {
  /// The server behind proxies of every kind, reached over TLS or without.
  private static let encrypted = Result { try start(["--tls"]) }
  private static let plain = Result { try start([]) }

  private static func start(_ arguments: [String]) throws -> MessagesServer {
    let kinds = ["open", "credentials", "407", "403", "502", "close", "garbage", "silence", "cut"]
    return try MessagesServer(arguments + kinds.flatMap { ["--proxy", $0] })
  }

  private func talk(
    _ server: MessagesServer, through behaviour: String, credentials: String = "",
    configure: (inout ClaudeConfiguration) -> Void = { _ in }
  ) throws -> Talk {
    let url = try #require(server.proxies[behaviour])
    return try Talk(server) {
      // A name that only a proxy can resolve.
      $0.baseURL = server.url.replacing("127.0.0.1", with: "messages.test")
      $0.proxy = url.replacing("http://", with: "http://" + credentials)
      configure(&$0)
    }
  }

  @Test func `An answer comes through a tunnel, and its TLS is the server's own`() async throws {
    let server = try Self.encrypted.get()
    let text = "tunnel \(uniqueWord())"
    #expect(try await talk(server, through: "open").ask(text).text == echo(text))
    let told = try await server.order("/_proxied?behaviour=open")["requests"]?.array
    #expect(told?.last?["method"] == "CONNECT")
    #expect(told?.last?["target"]?.string?.hasPrefix("messages.test:") == true)
  }

  @Test func `An answer comes through a proxy without TLS`() async throws {
    let server = try Self.plain.get()
    let text = "plain \(uniqueWord())"
    #expect(try await talk(server, through: "open").ask(text).text == echo(text))
  }

  @Test func `Credentials stand in the proxy's address`() async throws {
    let server = try Self.encrypted.get()
    let text = "credentials \(uniqueWord())"
    let known = try talk(server, through: "credentials", credentials: "tester:pass%3Aword@")
    #expect(await known.ask(text).text == echo(text))
    let unknown = try talk(server, through: "credentials", credentials: "tester:s3cret@")
    let outcome = await unknown.ask(text)
    #expect(outcome.failure?.reason.contains("user name and a password") == true)
    #expect(outcome.failure?.reason.contains("s3cret") == false)
    #expect(!unknown.log.all.contains { $0.contains("s3cret") })
  }

  @Test(arguments: [
    ("407", "user name and a password", 0), ("403", "ask whoever runs it", 0),
    ("502", "try again in a moment", 2),
  ]) func `A refusal is the proxy's, and is tried again only where it may pass`(
    behaviour: String, words: String, retries: Int
  ) async throws {
    let talk = try talk(Self.encrypted.get(), through: behaviour)
    let outcome = await talk.ask("hello \(uniqueWord())")
    let reason = outcome.failure?.reason ?? "none"
    #expect(reason.hasPrefix("The proxy") && reason.contains(words), "\(reason)")
    #expect(outcome.delays.count == retries)
  }

  @Test func `Without TLS a proxy's refusal comes as the answer, and is told all the same`()
    async throws
  {
    let talk = try talk(Self.plain.get(), through: "407")
    let outcome = await talk.ask("hello \(uniqueWord())")
    #expect(outcome.failure?.reason.contains("user name and a password") == true)
    #expect(outcome.delays == [])
  }

  @Test(arguments: [
    ("close", "broke"), ("cut", ""), ("garbage", ""), ("silence", "took no connection"),
  ]) func `A proxy that is none is not waited for`(behaviour: String, words: String) async throws {
    let talk = try talk(Self.encrypted.get(), through: behaviour) {
      $0.connectTimeout = .milliseconds(300)
    }
    let outcome = await talk.ask("hello \(uniqueWord())")
    let reason = try #require(outcome.failure?.reason)
    #expect(reason.contains(words), "\(reason)")
    #expect(reason.hasSuffix("."))
  }

  @Test func `A proxy that has no address is told`() async throws {
    let talk = try Talk {
      $0.proxy = "http://\(String(repeating: "a", count: 70)).test:3128"
    }
    let outcome = await talk.ask("hello")
    #expect(outcome.failure?.reason.contains("The proxy can't be found") == true)
  }

  @Test func `Nobody has to be asked where no proxy is wanted`() async throws {
    let talk = try Talk { $0.proxy = "" }
    #expect(await talk.ask("hello").answer != nil)
  }
}
