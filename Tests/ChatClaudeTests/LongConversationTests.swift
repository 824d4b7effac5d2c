import ChatCore
import ChildProtocol
import Testing

@testable import ChatClaude

/// Conversations that are longer than the model can read, and servers that lack what helps.
@Suite struct LongConversationTests {
  /// A server whose models read 4000 tokens of four bytes.
  private static func server(_ options: String...) throws -> MessagesServer {
    try MessagesServer(["--context", "4000"] + options)
  }

  /// Eleven turns, together about 6000 tokens; the last one says `text`.
  private func request(_ text: String, length: Int = 2200, word: String) -> ModelRequest {
    let filler = String(repeating: "word ", count: length / 5)
    let turns = (0..<10).map { index in
      Transcript.Turn(
        role: index.isMultiple(of: 2) ? .user : .assistant, entry: EntryID("e\(index)"),
        parts: index.isMultiple(of: 2)
          ? [.text("\(index) \(filler)")] : [.answer(.init(text: "\(index) \(filler)"))])
    }
    let last = Transcript.Turn(
      role: .user, entry: EntryID("e10"), parts: [.text("\(text) \(word)")])
    return ModelRequest(turns: turns + [last])
  }

  /// What came of it, and the requests for an answer and for a count.
  private func ask(
    _ talk: Talk, _ request: ModelRequest, word: String
  ) async throws -> (outcome: Outcome, answers: [JSON], counts: [JSON]) {
    let hearing = Hearing()
    let result: Result<ModelAnswer, any Error>
    do {
      result = .success(try await talk.client.answer(request, hear: { await hearing.hear($0) }))
    } catch { result = .failure(error) }
    let told = try await talk.server.requests(word)
    return (
      Outcome(result: result, events: hearing.events),
      told.filter { $0["path"] == "/v1/messages" },
      told.filter { $0["path"] == "/v1/messages/count_tokens" }
    )
  }

  /// The entry before which turns were left out, and that the request begins with it.
  private func leftOut(_ outcome: Outcome, _ request: JSON?) throws -> EntryID {
    let told = outcome.events.compactMap { event -> EntryID? in
      if case .leftOut(let entry) = event { entry } else { nil }
    }
    let entry = try #require(told.first)
    #expect(told.count == 1)
    let first = try #require(request?["body"]?["messages"]?.array?.first)
    #expect(first["role"] == "user")
    let text = first["content"]?.string ?? first["content"]?.array?.first?["text"]?.string
    #expect(entry.text == "e10" || text?.hasPrefix(entry.text.dropFirst() + " ") == true)
    return entry
  }

  @Test
  func `A refusal tells how much may be read: the oldest turns are left out, and it is known`()
    async throws
  {
    let talk = try Talk(Self.server())
    let word = uniqueWord()
    let (outcome, answers, _) = try await ask(talk, request("normal", word: word), word: word)
    #expect(outcome.answer?.stopReason == "end_turn")
    #expect(answers.map { $0["status"]?.int } == [400, 200])
    #expect(try Int(leftOut(outcome, answers.last).text.dropFirst())! > 1)
    #expect(outcome.delays == [])
    let again = uniqueWord()
    let second = try await ask(talk, request("normal", word: again), word: again)
    #expect(second.answers.map { $0["status"]?.int } == [200])
    #expect(second.counts.count >= 1)
    _ = try leftOut(second.outcome, second.answers.last)
  }

  @Test func `With a limit that was set tokens are counted ahead, and nothing is refused`()
    async throws
  {
    let talk = try Talk(Self.server()) { $0.contextTokens = 4000 }
    let word = uniqueWord()
    let (outcome, answers, counts) = try await ask(
      talk, request("normal", word: word), word: word)
    #expect(outcome.answer != nil)
    #expect(answers.map { $0["status"]?.int } == [200])
    #expect((1...3).contains(counts.count))
    #expect(answers.first?["body"]?["max_tokens"] == 2000)
    _ = try leftOut(outcome, answers.first)
  }

  @Test(arguments: ["404", "501"]) func `A server that does not count is asked once for that`(
    status: String
  ) async throws {
    let talk = try Talk(Self.server("--lacks", "count_tokens", "--lack-status", status)) {
      $0.contextTokens = 4000
    }
    for isFirst in [true, false] {
      let word = uniqueWord()
      let (outcome, answers, _) = try await ask(
        talk, request("normal", length: 1000, word: word), word: word)
      #expect(outcome.answer != nil)
      #expect(answers.map { $0["status"]?.int } == [200])
      _ = try leftOut(outcome, answers.first)
      let news = talk.log.all.filter { $0.contains("does not count tokens") }
      #expect(news.count == 1, "\(isFirst)")
    }
  }

  @Test func `A short conversation is asked as it is, with nothing counted`() async throws {
    let talk = try Talk(Self.server()) { $0.contextTokens = 4000 }
    let word = uniqueWord()
    let (outcome, answers, counts) = try await ask(
      talk, request("normal", length: 50, word: word), word: word)
    #expect(outcome.answer != nil)
    #expect(answers.count == 1 && counts.isEmpty)
    #expect(answers.first?["body"]?["messages"]?.array?.count == 11)
    if case .leftOut = outcome.events.first { Issue.record("nothing is left out") }
  }

  @Test(arguments: [4000, nil]) func `A message that is too long by itself is told`(
    context: Int64?
  ) async throws {
    let talk = try Talk(Self.server()) { $0.contextTokens = context }
    let word = uniqueWord()
    let text = String(repeating: "long ", count: 4000)
    let (outcome, answers, _) = try await ask(talk, request(text, word: word), word: word)
    #expect(outcome.failure?.isInterruption == false)
    let words = context == nil ? "too long" : "The message alone"
    #expect(outcome.failure?.reason.contains(words) == true)
    #expect(answers.count == (context == nil ? 1 : 0))
  }

  @Test func `A model whose window is full before a word is asked again with less`() async throws {
    let talk = try Talk()
    let word = uniqueWord()
    let (outcome, answers, _) = try await ask(
      talk, request("scenario:context-exceeded-empty,normal", word: word), word: word)
    #expect(outcome.answer?.stopReason == "end_turn")
    #expect(answers.count == 2)
    _ = try leftOut(outcome, answers.last)
    // Twice is once too often.
    let other = uniqueWord()
    let second = try await ask(
      talk, request("scenario:context-exceeded-empty", word: other), word: other)
    #expect(second.answers.count == 2)
    #expect(second.outcome.failure?.reason.contains("start a new thread") == true)
  }

  @Test func `Where the answer alone is too long for a small window it is asked to be shorter`()
    async throws
  {
    let talk = try Talk()
    let word = uniqueWord()
    // vLLM does not say how long the request is.
    let text = "scenario:400?message=maximum+context+length+is+8192+tokens,normal"
    let (outcome, answers, _) = try await ask(talk, .saying("\(text) \(word)"), word: word)
    #expect(outcome.answer != nil)
    #expect(answers.map { $0["body"]?["max_tokens"] } == [16_384, 4096])
  }

  @Test func `An answer is held to what its model can write, once that is known`() async throws {
    let talk = try Talk { $0.maxTokens = 500_000 }
    for statuses in [[400, 200], [200]] {
      let word = uniqueWord()
      let (outcome, answers, _) = try await ask(talk, .saying(word), word: word)
      #expect(outcome.answer != nil)
      #expect(answers.map { $0["status"]?.int } == statuses.map(Int64.init))
      #expect(answers.last?["body"]?["max_tokens"] == 128_000)
    }
  }
}
