import ChatCore
import ChildProtocol
import Testing

@testable import ChatClaude

/// What fails, what is tried again, and what is kept.
@Suite struct ClaudeClientFailureTests {
  @Test(arguments: [
    ("401", "does not accept"), ("402", "billing"), ("403", "permissions"),
    ("404?message=model:+x", "does not know the model"),
    ("413", "larger than"), ("413-html", "larger than"), ("429-spend-limit", "spend limit"),
    ("429?retry-after=3600", "in 60 minutes"), ("400?html", "it says: <html> <head>"),
    ("500?x-should-retry=false", "status 500"), ("redirect", "redirects to http://127.0.0.1:1/"),
    ("captive-portal", "Sign in to the network"), ("json-answer", "application/json"),
    ("not-http", "does not speak HTTP"),
    ("error-first?type=invalid_request_error&message=too+long", "(too long)"),
  ]) func `What will not pass fails at once`(scenario: String, words: String) async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let outcome = await talk.ask("scenario:\(scenario) \(word)")
    let failure = try #require(outcome.failure)
    #expect(failure.reason.contains(words))
    #expect(!failure.isInterruption)
    #expect(outcome.text == "")
    #expect(outcome.delays == [])
    #expect(try await talk.server.requests(word).count == 1)
  }

  @Test func `What a server that is not Anthropic's refuses is asked once more in its least form`()
    async throws
  {
    let talk = try Talk()
    let word = uniqueWord()
    let outcome = await talk.ask("scenario:400?message=that+is+not+right \(word)")
    #expect(try #require(outcome.failure).reason.contains("that is not right"))
    #expect(outcome.delays == [], "no wait: the server did not fail")
    let bodies = try await talk.server.requests(word).compactMap { $0["body"]?.text }
    #expect(bodies.map { $0.contains("cache_control") } == [true, false])
  }

  @Test(arguments: [
    ("408", "took too long"), ("409", "409"), ("429", "allows no more"), ("500", "status 500"),
    ("502-html", "502 from a proxy"), ("503", "503"), ("504", "took too long"),
    ("529", "overloaded"), ("error-first", "overloaded"), ("400?x-should-retry=true", "400"),
    ("eof-first", "ended before"), ("eof-empty", "ended before"), ("cut-first", "broke"),
    ("close", "broke"), ("reset-first", "broke"), ("short-length", "status 500"),
  ]) func `What may pass is tried three times`(scenario: String, words: String) async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let outcome = await talk.ask("scenario:\(scenario) \(word)")
    let failure = try #require(outcome.failure)
    #expect(failure.reason.contains(words))
    #expect(!failure.isInterruption)
    #expect(outcome.delays == [.milliseconds(500), .seconds(1)])
    #expect(talk.clock.sleeps == outcome.delays)
    #expect(try await talk.server.requests(word).count == 3)
  }

  @Test(arguments: [
    "529", "500?html", "error-first", "cut-first", "eof-first", "close", "400?x-should-retry=true",
  ]) func `What passes is not noticed but for the wait`(scenario: String) async throws {
    let text = "scenario:\(scenario),normal \(uniqueWord())"
    let outcome = try await Talk().ask(text)
    #expect(outcome.text == echo(text))
    #expect(outcome.delays == [.milliseconds(500)])
    guard case .retrying(1, _, let reason) = outcome.events.first(where: { !$0.isUsage }) else {
      Issue.record("the wait has to be announced ahead of the answer")
      return
    }
    #expect(reason.hasSuffix("."))
    #expect(!reason.contains("try again") && !reason.contains("req_"))
  }

  @Test(arguments: [
    ("429?retry-after-ms=20", Duration.milliseconds(20)), ("503?retry-after=7", .seconds(7)),
    ("429?retry-after=0.25&retry-after-ms=x", .milliseconds(250)),
  ]) func `The server says how long to wait`(scenario: String, delay: Duration) async throws {
    let talk = try Talk()
    let outcome = await talk.ask("scenario:\(scenario),normal \(uniqueWord())")
    #expect(outcome.answer != nil)
    #expect(outcome.delays == [delay])
    #expect(talk.clock.sleeps == [delay])
  }

  @Test func `The server may give a date`() async throws {
    let outcome = try await Talk().ask("scenario:429?date=300,normal \(uniqueWord())")
    let delay = try #require(outcome.delays.first)
    #expect(delay > .seconds(200) && delay <= .seconds(300))
  }

  @Test(arguments: [
    ("error-mid", "overloaded"), ("error-mid?type=api_error&message=oops", "(oops)"),
    ("cut-mid-event", "broke"), ("eof-without-stop", "ended before it was complete"),
    ("eof-mid-event", "ended before it was complete"), ("reset", "broke"),
    ("malformed", "can't be read"), ("long-line", "more than"),
  ]) func `What breaks off in the middle keeps what came and is not tried again`(
    scenario: String, words: String
  ) async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let text = "scenario:\(scenario) \(word)"
    let outcome = await talk.ask(text)
    let failure = try #require(outcome.failure)
    #expect(failure.isInterruption)
    #expect(failure.reason.contains(words))
    // The first two pieces.
    #expect(outcome.text == echo(text).prefix(24))
    #expect(outcome.delays == [])
    #expect(try await talk.server.requests(word).count == 1)
  }

  @Test func `Silence in the middle ends in time`() async throws {
    let talk = try Talk { $0.idleTimeout = .seconds(2) }
    let outcome = await talk.ask("scenario:stall \(uniqueWord())")
    #expect(outcome.failure?.isInterruption == true)
    #expect(outcome.failure?.reason.contains("fell silent (not a byte for 2.0 seconds)") == true)
    #expect(outcome.text.hasPrefix("You said: "))
  }

  @Test(arguments: ["stall-first", "no-answer"]) func `Silence ahead of a word is tried again`(
    scenario: String
  ) async throws {
    let talk = try Talk { $0.idleTimeout = .milliseconds(150) }
    let word = uniqueWord()
    let outcome = await talk.ask("scenario:\(scenario) \(word)")
    #expect(outcome.failure?.isInterruption == false)
    #expect(outcome.failure?.reason.contains("fell silent") == true)
    #expect(try await talk.server.requests(word, "disconnected", count: 3).count == 3)
  }

  @Test func `A server that drips is not silent`() async throws {
    let talk = try Talk { $0.idleTimeout = .seconds(2) }
    let text = "scenario:slow-drip?ms=200 \(uniqueWord())"
    let started = ContinuousClock.now
    let outcome = await talk.ask(text)
    #expect(outcome.text == echo(text))
    #expect(ContinuousClock.now - started > .seconds(2))
  }

  @Test func `An answer may not take for ever`() async throws {
    let talk = try Talk { $0.totalTimeout = .seconds(2) }
    let outcome = await talk.ask("scenario:hold?key=\(uniqueWord())")
    #expect(outcome.failure?.isInterruption == true)
    #expect(outcome.failure?.reason.contains("longer than the time limit") == true)
  }

  @Test func `A wrong key and a missing one are told`() async throws {
    let wrong = try Talk { $0.credential = .apiKey("wrong") }
    #expect(await wrong.ask("hello").failure?.reason.contains("(invalid x-api-key)") == true)
    let token = try Talk { $0.credential = .bearer("test-key") }
    #expect(await token.ask("hello").answer != nil)
    let none = try Talk { $0.credential = .none }
    #expect(await none.ask("hello").failure?.reason.contains("header is required") == true)
    let broken = try Talk { $0.credential = .apiKey("a\nb") }
    #expect(await broken.ask("hello").failure?.reason.contains("characters") == true)
  }

  @Test func `A version that the server does not know is told`() async throws {
    let talk = try Talk { $0.version = "1999-01-01" }
    #expect(await talk.ask("hello").failure?.reason.contains("1999-01-01") == true)
  }
}
