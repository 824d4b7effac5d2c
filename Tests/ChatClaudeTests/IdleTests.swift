import ChatCore
import Testing

@testable import ChatClaude

/// libcurl's thread sleeps while nothing happens.
@Suite struct IdleTests {
  /// How often the thread woke while `count` requests without a body ran one after another on a
  /// server that does nothing in between.
  private func turns(_ transport: CurlTransport, requests count: Int) async throws -> Int {
    let server = try MessagesServer.shared.get()
    let before = transport.turns.count
    for _ in 0..<count {
      let transfer = transport.open(server.request("/_requests?containing=nobody"))
      while try await transfer.next() != nil {}
    }
    return transport.turns.count - before
  }

  @Test func `A hundred streams that wait wake nobody`() async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let count = 100
    try await withThrowingTaskGroup { group in
      for number in 0..<count {
        group.addTask { await talk.ask("scenario:hold?key=\(word) \(number)") }
      }
      _ = try await talk.server.requests(word, "held", count: count)
      try await quiet(talk)
      let before = talk.client.transport.turns.count
      // Another transport does what takes a while: much time for one that polled.
      _ = try await turns(CurlTransport(), requests: 50)
      #expect(talk.client.transport.turns.count == before)
      for _ in 0..<count { try await talk.server.release(word) }
      for try await outcome in group { #expect(outcome.answer != nil) }
      #expect(talk.client.transport.turns.count > before, "it wakes for what happens")
    }
  }

  @Test func `It wakes a few times for a request, and not in between`() async throws {
    let transport = try CurlTransport()
    let other = try CurlTransport()
    #expect(try await turns(transport, requests: 20) < 20 * 60)
    let before = transport.turns.count
    let others = try await turns(other, requests: 50)
    #expect(others > 50)
    // One more where its last connection was being put away.
    #expect(transport.turns.count <= before + 1)
  }

  /// Waits until the thread has not woken while fifty requests ran elsewhere: what streams had sent
  /// by then is read.
  private func quiet(_ talk: Talk) async throws {
    let other = try CurlTransport()
    for _ in 0..<20 {
      let before = talk.client.transport.turns.count
      _ = try await turns(other, requests: 50)
      if talk.client.transport.turns.count == before { return }
    }
  }
}
