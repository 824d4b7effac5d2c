import ChatCore
import Testing

@testable import ChatClaude

/// A person's Stop takes effect at once, wherever an answer is.
@Suite struct ClaudeClientCancelTests {
  /// Begins to ask, cancels once the server has told `outcome`, and returns what became of it.
  private func cancel(
    _ scenario: String, once outcome: String, finally: String = "disconnected"
  ) async throws -> Outcome {
    let talk = try Talk()
    let word = uniqueWord()
    let result = try await withThrowingTaskGroup { group in
      group.addTask { await talk.ask("scenario:\(scenario) \(word)") }
      _ = try await talk.server.requests(word, outcome)
      group.cancelAll()
      return try #require(try await group.next())
    }
    #expect(try await talk.server.requests(word, finally).count == 1)
    return result
  }

  @Test func `In the middle of an answer`() async throws {
    #expect(try await cancel("hold?key=\(uniqueWord())", once: "held").isCancelled)
  }

  @Test func `Before anything has come`() async throws {
    let outcome = try await cancel("hold-head?key=\(uniqueWord())", once: "held")
    #expect(outcome.isCancelled)
    #expect(outcome.events == [])
  }

  @Test func `In the silence of a server`() async throws {
    #expect(try await cancel("no-answer", once: "silent").isCancelled)
  }

  @Test func `While the listener is busy`() async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let (heard, gate) = (Signal(), Signal())
    let task = Task {
      try await talk.client.answer(
        .saying("scenario:hold?key=\(word)"),
        hear: { _ in
          heard.raise()
          await gate.wait()
        })
    }
    await heard.wait()
    task.cancel()
    // The request is dropped although the listener has not returned.
    #expect(try await talk.server.requests(word, "disconnected").count == 1)
    gate.raise()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `In the wait before the next try`() async throws {
    let talk = try Talk(clock: TestClock(standsStill: true))
    let word = uniqueWord()
    let announced = Signal()
    let task = Task {
      try await talk.client.answer(
        .saying("scenario:529 \(word)"), hear: { _ in announced.raise() })
    }
    await announced.wait()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await talk.server.requests(word).count == 1)
  }

  @Test func `Before it has begun`() async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let outcome = await withTaskGroup(of: Outcome.self) { group in
      group.cancelAll()
      group.addTask { await talk.ask(word) }
      return await group.next()
    }
    #expect(outcome?.isCancelled == true)
    #expect(try await talk.server.requests(word) == [])
  }

  @Test func `One of many, and the others go on`() async throws {
    let talk = try Talk()
    let (word, other) = (uniqueWord(), uniqueWord())
    async let answer = talk.ask("scenario:hold?key=\(other)")
    let task = Task { await talk.ask("scenario:hold?key=\(word)") }
    for word in [word, other] { _ = try await talk.server.requests(word, "held") }
    task.cancel()
    #expect(await task.value.isCancelled)
    #expect(try await talk.server.requests(word, "disconnected").count == 1)
    try await talk.server.release(other)
    #expect(await answer.answer != nil)
  }
}
