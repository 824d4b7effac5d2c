import ChatCore
import ChildProtocol
import Synchronization
import TestSupport
import Testing

@testable import ChatWeb

/// What the assistant can answer with, what it has cost, and what of tools is remembered.
@Suite(.timeLimit(.minutes(1)))
struct ModelAndUsageRoutesTests {
  private static let on = Assistant(kind: .claude, model: "usual")

  @Test func theModelsAreThoseOfTheServerAndTheUsualOne() async throws {
    let model = FakeModel(
      assistant: Self.on,
      list: {
        [
          ModelInfo(id: "usual", name: "Usual", maxInputTokens: 200_000, maxTokens: 64_000),
          ModelInfo(id: "other"),
        ]
      })
    try await Running.server(model: model) { server in
      let answer = try await Wire.request(server.port, "GET", "/api/models")
      #expect(answer.status == 200)
      #expect(
        answer.body == """
          {"models":[{"id":"usual","name":"Usual","max_input_tokens":200000,"max_tokens":64000},\
          {"id":"other","name":null,"max_input_tokens":null,"max_tokens":null}],"default":"usual"}
          """)
    }
  }

  @Test func anAssistantThatIsOffHasNone() async throws {
    let model = FakeModel(list: { throw ModelFailure(isInterruption: false, reason: "asked") })
    try await Running.server(model: model) { server in
      let answer = try await Wire.request(server.port, "GET", "/api/models")
      #expect(answer.status == 200 && answer.body == #"{"models":[],"default":null}"#)
    }
  }

  @Test func aServerThatDoesNotTellIsUnavailableInItsWords() async throws {
    let model = FakeModel(
      assistant: Self.on, list: { throw ModelFailure(isInterruption: false, reason: "no key") })
    try await Running.server(model: model) { server in
      let answer = try await Wire.request(server.port, "GET", "/api/models")
      #expect(answer.status == 503 && answer.code == "unavailable")
      #expect(answer.json["detail"] == "no key")
      let post = try await Wire.request(server.port, "POST", "/api/models", body: "{}")
      #expect(post.status == 405)
    }
  }

  @Test func whatAThreadHasCostIsShown() async throws {
    try await Running.server { server in
      func usage(_ thread: String) async throws -> HTTPAnswer {
        try await Wire.request(server.port, "GET", "/api/threads/\(thread)/usage")
      }
      let none: JSON = [
        "thread": "main", "answers": 0, "input_tokens": 0, "output_tokens": 0,
        "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "cost_micro_usd": nil,
        "unpriced": 0,
      ]
      #expect(try await usage("main").json == none)
      var answer = Message(
        id: EntryID("a"), thread: .main, createdAt: .now, role: .assistant, content: "words")
      answer.usage = .init(costMicroUSD: 12)
      _ = try await server.journal.entry(.append(.message(answer)))
      let some = try await usage("main").json
      #expect(some["answers"]?.int == 1 && some["cost_micro_usd"]?.int == 12)
      #expect(try await usage("none").status == 404)
    }
  }

  @Test func aThreadsLimitsAreSetAndTakenBack() async throws {
    try await Running.server { server in
      func patch(_ body: String) async throws -> HTTPAnswer {
        try await Wire.request(server.port, "PATCH", "/api/threads/main", body: body)
      }
      let set = try await patch(#"{"max_tokens":4096,"max_tool_rounds":0}"#).json
      #expect(set["max_tokens"]?.int == 4096 && set["max_tool_rounds"]?.int == 0)
      let back = try await patch(#"{"max_tokens":null}"#).json
      #expect(back["max_tokens"] == .null && back["max_tool_rounds"]?.int == 0)
      let bad = try await patch(#"{"max_tool_rounds":101}"#)
      #expect(bad.status == 400 && bad.json["field"] == "max_tool_rounds")
      let made = try await Wire.request(
        server.port, "POST", "/api/threads", body: #"{"max_tokens":7}"#)
      #expect(made.status == 201 && made.json["max_tokens"]?.int == 7)
    }
  }

  @Test func whatIsRememberedOfAToolIsForgotten() async throws {
    let children = FakeChildren(["dice"])
    let tool = Tool(
      child: ChildID("dice"), name: "roll", description: "", inputSchema: ["type": "object"],
      annotations: nil, approval: .auto, isRemembered: true)
    children.state.withLock { $0.tools = [tool] }
    try await Running.server(children: children) { server in
      func forget(_ body: String) async throws -> HTTPAnswer {
        try await Wire.request(server.port, "POST", "/api/tools/forget", body: body)
      }
      let told = try await Wire.request(server.port, "GET", "/api/tools").json["tools"]?.array
      #expect(told?.first?["remembered"] == true && told?.first?["approve"] == "auto")
      let done = try await forget(#"{"child_id":"dice","tool":"roll"}"#)
      #expect(done.status == 200 && done.json["remembered"] == false)
      #expect(done.json["approve"] == "ask" && done.json["inputSchema"] == ["type": "object"])
      #expect(children.state.withLock { $0.remembered } == ["dice roll forgotten"])
      // A child that is down offers nothing; what was remembered of its tool is gone all the same.
      children.state.withLock { $0.tools = [] }
      let away = try await forget(#"{"child_id":"dice","tool":"roll"}"#)
      #expect(away.body == #"{"child_id":"dice","name":"roll","remembered":false}"#)
      #expect(try await forget(#"{"child_id":"nobody","tool":"roll"}"#).status == 404)
      for (body, field) in [(#"{"tool":"roll"}"#, "child_id"), (#"{"child_id":"dice"}"#, "tool")] {
        let bad = try await forget(body)
        #expect(bad.status == 400 && bad.json["field"]?.string == field)
      }
    }
  }
}
