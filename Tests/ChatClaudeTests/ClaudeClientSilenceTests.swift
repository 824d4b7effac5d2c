import ChatCore
import Testing

@testable import ChatClaude

/// Servers that are slow, or fall silent, at each place of an answer.
@Suite struct ClaudeClientSilenceTests {
  @Test func `A head that is slow in coming is waited for`() async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let text = "scenario:hold-head?key=\(word)"
    async let outcome = talk.ask(text)
    _ = try await talk.server.requests(word, "held")
    // Another answer is not held up by it.
    #expect(await talk.ask("hello").answer != nil)
    try await talk.server.release(word)
    #expect(await outcome.text == echo(text))
  }

  @Test(arguments: ["stall-thinking", "stall-tool", "stall-tool?whole=1"])
  func `Silence in a thought or in a call was paid for, and is not tried again`(
    scenario: String
  ) async throws {
    let talk = try Talk { $0.idleTimeout = .seconds(2) }
    let word = uniqueWord()
    let outcome = await talk.ask("scenario:\(scenario) \(word)")
    let failure = try #require(outcome.failure)
    #expect(failure.isInterruption && failure.reason.contains("fell silent"))
    #expect(outcome.delays == [] && outcome.text == "")
    #expect(outcome.events.contains { $0.isUsage }, "what it has cost by then is told")
    #expect(try await talk.server.requests(word).count == 1)
  }

  @Test func `Silence behind the stop reason ends a whole answer`() async throws {
    let talk = try Talk { $0.idleTimeout = .seconds(2) }
    let word = uniqueWord()
    let text = "scenario:stall-after-message-delta \(word)"
    let outcome = await talk.ask(text)
    #expect(outcome.answer?.stopReason == "end_turn")
    #expect(outcome.text == echo(text))
    #expect(try await talk.server.requests(word, "disconnected").count == 1)
  }
}
