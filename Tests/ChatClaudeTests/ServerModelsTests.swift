import ChatCore
import ChildProtocol
import Synchronization
import Testing

@testable import ChatClaude

@Suite struct ServerModelsTests {
  /// Answers pages in turn, and remembers what it was asked; its clock stands where it is put.
  private final class Pages: Sendable {
    private let state: Mutex<(left: [Result<JSON, ClaudeError>], urls: [String], hours: Int)>

    init(_ pages: [Result<JSON, ClaudeError>]) { state = Mutex((pages, [], 0)) }

    var urls: [String] { state.withLock { $0.urls } }

    func answer(_ request: HTTPRequest) throws -> JSON {
      try state.withLock { state in
        state.urls.append(request.url)
        return state.left.count > 1 ? state.left.removeFirst() : state.left[0]
      }.get()
    }

    func passHour() { state.withLock { $0.hours += 1 } }

    func models() -> ServerModels {
      let start = ContinuousClock.now
      return ServerModels(
        ClaudeConfiguration(baseURL: "http://models.test/v1/", credential: .none),
        now: { start + .seconds(3600) * self.state.withLock { $0.hours } },
        ask: { try self.answer($0) })
    }
  }

  private func client(_ options: String...) throws -> ClaudeClient {
    try Talk(MessagesServer(options)).client
  }

  @Test func `Anthropic's shape is read with names and limits, whatever its pages`() async throws {
    let models = try await client("--models-page", "3").models()
    #expect(models.count == 10)
    #expect(Set(models.map(\.id)).count == 10)
    let opus = try #require(models.first { $0.id == "claude-opus-5-5" })
    #expect(opus.name == "Claude Opus 5 5")
    #expect(opus.maxInputTokens == 1_000_000 && opus.maxTokens == 128_000)
  }

  @Test func `The shape of local servers has names alone`() async throws {
    let models = try await client("--openai-models", "--no-key").models()
    #expect(models.count == 10)
    #expect(models.contains(ModelInfo(id: "claude-opus-5-5")))
  }

  @Test(arguments: ["404", "405", "501"]) func `A server that lists none has the one that is set`(
    status: String
  ) async throws {
    let server = try MessagesServer("--lacks", "models", "--lack-status", status)
    let client = try Talk(server) { $0.model = "ours" }.client
    #expect(try await client.models() == [ModelInfo(id: "ours")])
  }

  @Test func `Why there is no list is told in words`() async throws {
    let client = try Talk { $0.credential = .apiKey("wrong") }.client
    let failure = await #expect(throws: ModelFailure.self) { try await client.models() }
    #expect(failure?.reason.contains("does not accept the API key") == true)
  }

  @Test func `A list is kept for a while, and so is a failure, but shorter`() async throws {
    let good: JSON = ["data": [["id": "a"]]]
    let pages = Pages([.failure(.cutOff), .success(good)])
    let models = pages.models()
    for _ in 0..<2 { await #expect(throws: ClaudeError.cutOff) { try await models.all() } }
    #expect(pages.urls.count == 1)
    #expect(await models.known("a") == nil)
    pages.passHour()
    for _ in 0..<2 { #expect(try await models.all() == [ModelInfo(id: "a")]) }
    #expect(await models.known("a") == ModelInfo(id: "a"))
    #expect(pages.urls.count == 2)
    pages.passHour()
    #expect(await models.known("a") == nil)
    _ = try await models.all()
    #expect(pages.urls.count == 3)
    #expect(pages.urls[0] == "http://models.test/v1/models?limit=1000")
  }

  @Test func `Pages that lead in a circle or nowhere come to an end`() async throws {
    let same = Pages([.success(["data": [["id": "a"]], "has_more": true, "last_id": "a"])])
    #expect(try await same.models().all().count == 2)
    #expect(same.urls.last == "http://models.test/v1/models?after_id=a&limit=1000")
    let endless = Pages(
      (0..<50).map {
        .success(["data": [["id": "a"]], "has_more": true, "last_id": .string("\($0)")])
      })
    #expect(try await endless.models().all().count == ServerModels.pageLimit)
  }

  @Test func `What is no list is told, and what has no name is left out`() async throws {
    await #expect(throws: ClaudeError.self) { try await Pages([.success([])]).models().all() }
    let odd: JSON = [
      "data": [
        ["id": 7], "text", ["id": ""], ["id": "a", "max_input_tokens": "many"],
        ["id": "b", "max_model_len": 8192], ["id": "c", "context_length": 0],
      ]
    ]
    let models = try await Pages([.success(odd)]).models().all()
    #expect(models.map(\.id) == ["a", "b", "c"])
    #expect(models.map(\.maxInputTokens) == [nil, 8192, nil])
  }

  @Test func `A name may stand for a dated one`() async throws {
    let list: JSON = [
      "data": [["id": "one-20251001"], ["id": "one-two-20251001"], ["id": "two"]]
    ]
    let models = Pages([.success(list)]).models()
    #expect(await models.info("one")?.id == "one-20251001")
    #expect(await models.info("two")?.id == "two")
    #expect(await models.info("one-tw") == nil)
    let failing = Pages([.failure(.cutOff)]).models()
    #expect(await failing.info("one") == nil)
  }
}
