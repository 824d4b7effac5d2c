import ChatCore
import ChildProtocol
import Testing

@testable import ChatClaude

/// Every status with which the API, or what stands before it, refuses, and what is made of it.
@Suite struct ClaudeClientStatusTests {
  private static let statuses = [
    400, 401, 402, 403, 404, 408, 409, 413, 429, 500, 502, 503, 504, 529,
  ]

  /// What a person reads, whoever wrote the body; nil: the status, with what the body says.
  private static func words(_ status: Int, isPage: Bool) -> String? {
    switch status {
    case 401: "does not accept the API key"
    case 402: "billing does not allow it"
    case 403 where !isPage: "check its permissions"
    case 404 where !isPage: "does not know the model"
    case 408, 504: "took too long"
    case 413: "is larger than"
    case 429: "allows no more for now"
    case 529: "is overloaded"
    default: nil
    }
  }

  @Test(arguments: statuses, [false, true])
  func `Every status has its sentence and its tries, with JSON and with a page of HTML`(
    status: Int, isPage: Bool
  ) async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let outcome = await talk.ask("scenario:\(status)\(isPage ? "?html" : "") \(word)")
    let failure = try #require(outcome.failure)
    #expect(!failure.isInterruption && outcome.text == "")
    let reason = failure.reason
    let words = Self.words(status, isPage: isPage) ?? "with status \(status)"
    #expect(reason.contains(words), "\(reason)")
    // A page is quoted, one line of it; 413 says all without.
    #expect(reason.contains("<html> <head>") == (isPage && status != 413), "\(reason)")
    #expect(reason.contains(": ") && reason.hasSuffix("]") && reason.contains(". [req_"))
    let isPassing = [408, 409, 429].contains(status) || status >= 500
    #expect(outcome.delays == (isPassing ? [.milliseconds(500), .seconds(1)] : []))
    // A server other than Anthropic's is asked for less at once, where it says no in the API's way.
    let count = isPassing ? 3 : status == 400 && !isPage ? 2 : 1
    #expect(try await talk.server.requests(word).count == count)
  }

  @Test(arguments: [
    "429?code=enforced_spend_limit_reached&x-should-retry=true&retry-after=1",
    "402?code=enforced_spend_limit_reached&x-should-retry=true",
    "500?code=enforced_spend_limit_reached",
    "error-first?type=rate_limit_error&code=enforced_spend_limit_reached",
  ]) func `A spend limit is told at once, wherever it stands and whatever is advised`(
    scenario: String
  ) async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let outcome = await talk.ask("scenario:\(scenario) \(word)")
    let reason = try #require(outcome.failure?.reason)
    #expect(reason.hasPrefix("The account's spend limit is reached"), "\(reason)")
    #expect(outcome.delays == [])
    #expect(try await talk.server.requests(word).count == 1)
  }

  @Test func `The same error without that code is tried again`() async throws {
    let outcome = try await Talk().ask("scenario:error-first?type=rate_limit_error,normal")
    #expect(outcome.answer != nil)
    #expect(outcome.delays == [.milliseconds(500)])
  }

  @Test func `An error that comes as JSON with status 200 is the error that it says`() async throws
  {
    let text = "scenario:error-json,normal \(uniqueWord())"
    let outcome = try await Talk().ask(text)
    #expect(outcome.text == echo(text))
    #expect(outcome.delays == [.milliseconds(500)])
    let final = try await Talk().ask(
      "scenario:error-json?type=invalid_request_error&message=too+odd")
    #expect(final.failure?.reason.contains("(too odd)") == true)
    #expect(final.delays == [])
  }

  @Test(arguments: ["401?message=", "529?message=", "error-first?message=", "error-mid?message="])
  func `A key that the server quotes is shown to nobody`(scenario: String) async throws {
    let talk = try Talk()
    let outcome = await talk.ask("scenario:\(scenario)the+key+test-key+is+odd \(uniqueWord())")
    let reason = try #require(outcome.failure?.reason)
    #expect(!reason.contains("test-key"), "\(reason)")
    for event in outcome.events {
      if case .retrying(_, _, let reason) = event { #expect(!reason.contains("test-key")) }
    }
    #expect(!talk.log.all.contains { $0.contains("test-key") })
  }

  @Test(arguments: [
    "401?message=", "400?message=", "error-mid?type=api_error&message=", "refusal?explanation=",
  ])
  func `A long speech of the server's is shown in part, in one line`(
    scenario: String
  ) async throws {
    let speech = "first%0Aline+" + String(repeating: "x", count: 20_000)
    let reason = try #require(
      try await Talk().ask("scenario:\(scenario)\(speech)").failure?.reason)
    #expect(reason.contains("first line xxx") && reason.contains("x…"))
    #expect(reason.utf8.count < 1000)
  }
}
