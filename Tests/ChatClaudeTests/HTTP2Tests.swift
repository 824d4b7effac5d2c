import ChatCore
import ChildProtocol
import Testing

@testable import ChatClaude

/// HTTP/2, which is spoken over TLS where the server does.
@Suite struct HTTP2Tests {
  private static let server = Result { try MessagesServer("--http2") }

  @Test func `A hundred streams share one connection`() async throws {
    let talk = try Talk(Self.server.get())
    let word = uniqueWord()
    let count = 100
    let outcomes = try await withThrowingTaskGroup { group in
      for number in 0..<count {
        group.addTask { await talk.ask("scenario:hold?key=\(word) \(number)") }
      }
      let held = try await talk.server.requests(word, "held", count: count)
      #expect(held.allSatisfy { $0["version"] == "HTTP/2" })
      #expect(Set(held.map { $0["connection"] }).count == 1)
      for _ in 0..<count { try await talk.server.release(word) }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(outcomes.map(\.text)).count == count)
    #expect(outcomes.allSatisfy { $0.answer?.stopReason == "end_turn" })
  }

  @Test func `The only stream of a connection is dropped at once`() async throws {
    let talk = try Talk(Self.server.get())
    let word = uniqueWord()
    let task = Task { await talk.ask("scenario:hold?key=\(word)") }
    _ = try await talk.server.requests(word, "held")
    task.cancel()
    #expect(await task.value.isCancelled)
    #expect(try await talk.server.requests(word, "disconnected").count == 1)
    #expect(await talk.ask(uniqueWord()).answer != nil)
  }

  @Test func `One stream is dropped, and its connection serves the others`() async throws {
    let talk = try Talk(Self.server.get())
    let (word, other) = (uniqueWord(), uniqueWord())
    async let answer = talk.ask("scenario:hold?key=\(other)")
    let task = Task { await talk.ask("scenario:hold?key=\(word)") }
    for word in [word, other] { _ = try await talk.server.requests(word, "held") }
    task.cancel()
    #expect(await task.value.isCancelled)
    try await talk.server.release(other)
    #expect(await answer.answer != nil)
    #expect(try await talk.server.requests(word, "disconnected").count == 1)
  }

  @Test func `What breaks in a stream is told as over HTTP/1.1`() async throws {
    let talk = try Talk(Self.server.get())
    let broken = await talk.ask("scenario:cut-mid-event \(uniqueWord())")
    #expect(broken.failure?.isInterruption == true)
    let refused = await talk.ask("scenario:401 \(uniqueWord())")
    #expect(refused.failure?.reason.contains("does not accept") == true)
    let text = "scenario:byte-by-byte \(uniqueWord())"
    #expect(await talk.ask(text).text == echo(text))
  }

  @Test func `A server that speaks HTTP/1.1 alone is reached by as many connections as it takes`()
    async throws
  {
    let talk = try Talk(MessagesServer("--tls"))
    let word = uniqueWord()
    try await withThrowingTaskGroup { group in
      for number in 0..<10 {
        group.addTask { await talk.ask("scenario:hold?key=\(word) \(number)") }
      }
      let held = try await talk.server.requests(word, "held", count: 10)
      #expect(held.allSatisfy { $0["version"] == "HTTP/1.1" })
      #expect(Set(held.map { $0["connection"] }).count == 10)
      for _ in 0..<10 { try await talk.server.release(word) }
      for try await outcome in group { #expect(outcome.answer != nil) }
    }
  }

  @Test func `Through a proxy, too`() async throws {
    let server = try MessagesServer(["--http2", "--proxy", "open"])
    let talk = try Talk(server) {
      $0.baseURL = server.url.replacing("127.0.0.1", with: "messages.test")
      $0.proxy = server.proxies["open"]
    }
    let word = uniqueWord()
    #expect(await talk.ask(word).answer != nil)
    #expect(try await server.requests(word).first?["version"] == "HTTP/2")
  }
}
