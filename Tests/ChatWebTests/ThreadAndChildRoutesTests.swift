import ChatCore
import ChildProtocol
import Synchronization
import TestSupport
import Testing

@testable import ChatWeb

@Suite(.timeLimit(.minutes(1)))
struct ThreadAndChildRoutesTests {
  @Test func threadsAreMadeChangedDeletedAndTakenBack() async throws {
    try await Running.server { server in
      func ask(_ method: String, _ target: String, _ body: String? = nil) async throws -> HTTPAnswer
      {
        try await Wire.request(server.port, method, target, body: body)
      }
      let made = try await ask("POST", "/api/threads", #"{"title":"Plans","muted":["dice"]}"#)
      #expect(made.status == 201)
      #expect(
        made.json.members?.map(\.key) == [
          "id", "title", "created_at", "head", "model", "system", "max_tokens", "max_tool_rounds",
          "muted", "read_seq", "last_seq", "deleted_at", "seq",
        ])
      let id = try #require(made.json["id"]?.string)
      let list = try await ask("GET", "/api/threads").json["threads"]?.array
      #expect(list?.map { $0["id"]?.string } == ["main", id])

      let changed = try await ask("PATCH", "/api/threads/\(id)", #"{"title":null,"read_seq":1}"#)
      #expect(changed.status == 200)
      #expect(changed.json["title"] == .null && changed.json["muted"] == ["dice"])
      #expect(changed.json["read_seq"]?.int == 1)

      let deleted = try await ask("DELETE", "/api/threads/\(id)")
      #expect(deleted.status == 200 && deleted.json["deleted_at"]?.string != nil)
      #expect(try await ask("GET", "/api/threads").json["threads"]?.array?.count == 1)
      _ = try await ask("PATCH", "/api/threads/\(id)", #"{"deleted_at":null}"#)
      #expect(try await ask("GET", "/api/threads").json["threads"]?.array?.count == 2)
    }
  }

  @Test func whatWasReadStaysReadWhateverIsSaidLater() async throws {
    try await Running.server { server in
      for (said, stays) in [(7, 7), (3, 7), (8, 8)] {
        let answer = try await Wire.request(
          server.port, "PATCH", "/api/threads/main", body: #"{"read_seq":\#(said)}"#)
        #expect(answer.json["read_seq"]?.int == Int64(stays))
      }
    }
  }

  @Test func mainIsAlwaysThere() async throws {
    try await Running.server { server in
      let answer = try await Wire.request(server.port, "DELETE", "/api/threads/main")
      #expect(answer.status == 409 && answer.code == "conflict")
      let none = try await Wire.request(server.port, "DELETE", "/api/threads/none")
      #expect(none.status == 404)
      let patch = try await Wire.request(server.port, "PATCH", "/api/threads/none", body: "{}")
      #expect(patch.status == 404)
      let bad = try await Wire.request(
        server.port, "PATCH", "/api/threads/main", body: #"{"title":1}"#)
      #expect(bad.status == 400 && bad.json["field"]?.string == "title")
    }
  }

  @Test func childrenAreShownAndDoneWithAsAsked() async throws {
    let children = FakeChildren(["dice", "sentiment"])
    try await Running.server(children: children) { server in
      let list = try await Wire.request(server.port, "GET", "/api/children")
      #expect(
        list.json["children"]?.array?.map { $0["actor_id"]?.string } == ["dice", "sentiment"])
      for (target, done) in [
        ("start", "start dice"), ("stop", "stop dice"), ("kill", "kill dice"),
        ("restart", "restart(force: false) dice"),
        ("restart?force=true", "restart(force: true) dice"),
        ("restart?force=false", "restart(force: false) dice"),
        ("restart?clean=true", "startClean dice"), ("start?clean=true", "startClean dice"),
        ("start?clean=false", "start dice"),
      ] {
        let answer = try await Wire.request(server.port, "POST", "/api/children/dice/\(target)")
        #expect(answer.status == 200)
        #expect(answer.json["actor_id"]?.string == "dice")
        #expect(children.performed.last == done)
      }
      let bad = try await Wire.request(
        server.port, "POST", "/api/children/dice/restart?force=maybe")
      #expect(bad.status == 400 && bad.json["field"]?.string == "force")
    }
  }

  @Test func aChildThatCanNotBeStartedIsAConflictWithItsCause() async throws {
    try await Running.server(children: FakeChildren(["broken"])) { server in
      let answer = try await Wire.request(server.port, "POST", "/api/children/broken/start")
      #expect(answer.status == 409 && answer.code == "conflict")
      #expect(answer.json["detail"]?.string?.contains("left with code 1") == true)
      let none = try await Wire.request(server.port, "POST", "/api/children/nobody/start")
      #expect(none.status == 404)
      let odd = try await Wire.request(server.port, "POST", "/api/children/%2e%2e/start")
      #expect(odd.status == 404)
      let bad = try await Wire.request(server.port, "POST", "/api/children/%ff/start")
      #expect(bad.status == 400)
    }
  }

  @Test func whatAChildHasSavedIsShownAndCleared() async throws {
    let children = FakeChildren(["dice"])
    children.state.withLock { $0.saved[ChildID("dice")] = ["rolled": 6] }
    try await Running.server(children: children) { server in
      let path = "/api/children/dice/state"
      let saved = try await Wire.request(server.port, "GET", path)
      #expect(saved.body == #"{"state":{"rolled":6}}"#)
      let cleared = try await Wire.request(server.port, "DELETE", path)
      #expect(cleared.status == 200 && cleared.body == #"{"state":null}"#)
      #expect(try await Wire.request(server.port, "GET", path).body == #"{"state":null}"#)
      for method in ["GET", "DELETE"] {
        let none = try await Wire.request(server.port, method, "/api/children/nobody/state")
        #expect(none.status == 404)
      }
    }
  }

  @Test func toolsAreListedAndCalledAndTheirResultsKept() async throws {
    let children = FakeChildren(["dice"])
    let tool = Tool(
      child: ChildID("dice"), name: "roll", description: "Rolls", inputSchema: ["type": "object"],
      annotations: nil, approval: .auto)
    children.state.withLock { $0.tools = [tool] }
    try await Running.server(children: children) { server in
      let list = try await Wire.request(server.port, "GET", "/api/tools")
      #expect(
        list.body == """
          {"tools":[{"child_id":"dice","name":"roll","description":"Rolls",\
          "inputSchema":{"type":"object"},"annotations":null,"approve":"auto",\
          "remembered":false}]}
          """)
      func call(_ body: String) async throws -> HTTPAnswer {
        try await Wire.request(server.port, "POST", "/api/tools/call", body: body)
      }
      let early = try await call(#"{"child_id":"dice","tool":"roll"}"#)
      #expect(early.status == 409, "there is no message yet that it could belong to")
      let message = try await Wire.request(
        server.port, "POST", "/api/messages", body: #"{"content":"hello"}"#)
      let round = try await call(#"{"child_id":"dice","tool":"roll","arguments":{"n":2}}"#)
      #expect(round.status == 200 && round.json["type"] == "ToolRound")
      #expect(round.json["original_message_id"] == message.json["id"])
      let done = round.json["calls"]?.array?.first
      #expect(done?["status"] == "done" && done?["arguments"] == ["n": 2])
      let page = try await Wire.request(server.port, "GET", "/api/messages")
      #expect(page.json["messages"]?.array?.last == round.json)
      let refused = try await call(#"{"child_id":"dice","tool":"none"}"#)
      #expect(refused.json["calls"]?.array?.first?["status"] == "refused")
      for (body, field) in [
        (#"{"tool":"roll"}"#, "child_id"), (#"{"child_id":"dice"}"#, "tool"),
        (#"{"child_id":"dice","tool":"roll","arguments":[]}"#, "arguments"),
      ] {
        let bad = try await call(body)
        #expect(bad.status == 400 && bad.json["field"]?.string == field)
      }
      let lost = try await call(#"{"child_id":"dice","tool":"roll","thread":"none"}"#)
      #expect(lost.status == 404)
    }
  }

  @Test func theLastLinesOfALogAreShown() async throws {
    let children = FakeChildren(["dice"])
    children.state.withLock { state in
      state.logs[ChildID("dice")] = (1...300).map {
        LogLine(at: Timestamp(milliseconds: 0), stream: .stderr, generation: 2, text: "\($0)")
      }
    }
    try await Running.server(children: children) { server in
      let two = try await Wire.request(server.port, "GET", "/api/children/dice/logs?lines=2")
      #expect(
        two.body == """
          {"lines":[{"at":"1970-01-01T00:00:00.000Z","stream":"stderr","generation":2,"text":"299"},\
          {"at":"1970-01-01T00:00:00.000Z","stream":"stderr","generation":2,"text":"300"}]}
          """)
      let usual = try await Wire.request(server.port, "GET", "/api/children/dice/logs")
      #expect(usual.json["lines"]?.array?.count == 200)
    }
  }

  @Test func theLinesOfALogBetweenTwoMomentsAreShown() async throws {
    let children = FakeChildren(["dice"])
    children.state.withLock { state in
      state.logs[ChildID("dice")] = (0..<10).map {
        LogLine(at: Timestamp(milliseconds: $0), stream: .stderr, generation: 1, text: "\($0)")
      }
    }
    try await Running.server(children: children) { server in
      for (query, lines) in [
        ("from=1970-01-01T00:00:00.007Z", "789"), ("to=1970-01-01T00:00:00.002Z", "012"),
        ("from=1970-01-01T00:00:00.003Z&to=1970-01-01T00:00:00.006Z", "3456"),
        ("from=1970-01-01T00%3A00%3A00.003Z&to=1970-01-01T00:00:00.006Z&lines=2", "56"),
        ("from=1970-01-01T00:00:00.006Z&to=1970-01-01T00:00:00.003Z", ""),
        ("from=&to=", "0123456789"), ("from=2026-01-01T00:00:00.000Z", ""),
      ] {
        let answer = try await Wire.request(
          server.port, "GET", "/api/children/dice/logs?\(query)")
        let texts = answer.json["lines"]?.array?.compactMap { $0["text"]?.string }
        #expect(answer.status == 200 && texts?.joined() == lines, "\(query)")
      }
    }
  }

  @Test func aChildThatTakesLongHoldsNobodyUp() async throws {
    let children = FakeChildren(["dice", "slow"])
    let gate = Gate()
    children.state.withLock { $0.startGates[ChildID("slow")] = gate }
    try await Running.server(children: children) { server in
      async let slow = Wire.request(server.port, "POST", "/api/children/slow/start")
      await gate.arrival()
      let other = try await Wire.request(server.port, "POST", "/api/children/dice/start")
      #expect(other.status == 200)
      let killed = try await Wire.request(server.port, "POST", "/api/children/slow/kill")
      #expect(killed.status == 200)
      gate.open()
      #expect(try await slow.status == 200)
    }
  }
}
