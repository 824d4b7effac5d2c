import ChatCore
import ChildProtocol
import TestSupport
import Testing

@testable import ChatWeb

/// Answers that are begun over and branches that are chosen, as clients see them.
@Suite(.timeLimit(.minutes(1)))
struct BranchTests {
  private static let model = FakeModel(assistant: Assistant(kind: .demo, model: "fake-1")) {
    await $0(.text("Hello"))
  }

  /// The page once the turn that runs has ended; `count` messages are on its path then.
  private func settled(_ client: WebSocketClient, _ count: Int) async throws -> JSON {
    while true {
      let page = try await client.ask(["type": "get_messages"])
      let entries = page["messages"]?.array ?? []
      if entries.count == count, entries.last?["status"] != "streaming" { return page }
    }
  }

  /// Asks until the turn has ended whose last entry was seen.
  private func ask(_ client: WebSocketClient, _ command: JSON) async throws -> JSON {
    while true {
      let answer = try await client.ask(command)
      if answer["message"]?.string?.hasPrefix("a turn runs or waits") != true { return answer }
    }
  }

  @Test func anAnswerIsBegunOverAndTheOtherBranchCanBeChosen() async throws {
    try await Running.server(model: Self.model) { server in
      let (client, _) = try await WebSocketClient.greeted(server.port)
      defer { client.wire.close() }
      let sent = try await client.ask(["type": "send_message", "content": "1"])
      let user = try #require(sent["messages"]?.array?.first?["id"])
      let before = try await settled(client, 2)
      #expect(before["forks"] == [])
      let old = try #require(before["messages"]?.array?.last?["id"])

      let refused = try await ask(client, ["type": "retry", "message_id": old])
      #expect(refused["message"]?.string?.hasSuffix("is complete: use regenerate") == true)
      #expect(refused["code"] == "conflict")
      let answer = try await ask(client, ["type": "regenerate", "message_id": user])
      #expect(answer.type == "message_update" && answer["seq"] == nil)
      let new = try #require(answer["messages"]?.array?.first)
      #expect(new["status"] == "streaming" && new["role"] == "assistant")
      #expect(new["parent"] == user && new["model"] == "fake-1")

      let after = try await settled(client, 2)
      #expect(after["messages"]?.array?.last?["id"] == new["id"])
      let forks = JSON.array([["parent": user, "entries": .array([old, new["id"] ?? .null])]])
      #expect(after["forks"] == forks)
      let page = try await Wire.request(server.port, "GET", "/api/messages?limit=1")
      #expect(page.json["forks"] == forks && page.json["head"] == new["id"])
      let snapshot = try await client.ask(["type": "subscribe"])
      #expect(snapshot["forks"] == forks)
      let since = try await client.ask(["type": "get_messages", "since": 0])
      #expect(since["forks"] == [])

      let back = try await ask(
        client, ["type": "update_thread", "id": "main", "head": old, "title": "T"])
      let thread = try #require(back["threads"]?.array?.first)
      #expect(thread["head"] == old && thread["title"] == "T")
      #expect(try await settled(client, 2)["messages"]?.array?.last?["id"] == old)
      let chosen = try await Wire.request(
        server.port, "PATCH", "/api/threads/main", body: #"{"head":\#(user.text)}"#)
      #expect(chosen.status == 200 && chosen.json["head"] == new["id"], "the newest of both")
    }
  }

  @Test func whatWasSaidIsEditedOverBothInterfaces() async throws {
    try await Running.server { server in
      let (client, _) = try await WebSocketClient.greeted(server.port)
      defer { client.wire.close() }
      func post(_ body: String) async throws -> HTTPAnswer {
        try await Wire.request(server.port, "POST", "/api/messages", body: body)
      }
      let first = try #require(try await post(#"{"content":"1"}"#).json["id"])
      _ = try await settled(client, 1)
      let second = try await client.ask(
        ["type": "send_message", "content": "one", "beside": first, "client_msg_id": "x"])
      let one = try #require(second["messages"]?.array?.first)
      #expect(one["parent"] == .null && second["duplicate"] == nil)
      var page = try await settled(client, 1)
      while page["head"] != one["id"] { page = try await settled(client, 1) }
      #expect(page["messages"]?.array?.first?["id"] == one["id"])
      #expect(
        page["forks"]
          == [["parent": nil, "entries": .array([first, one["id"] ?? .null])]])
      let again = try await post(
        #"{"content":"one","beside":\#(first.text),"client_msg_id":"x"}"#)
      #expect(again.status == 200 && again.json["id"] == one["id"])
      let third = try await post(#"{"content":"uno","beside":\#(first.text),"parent":null}"#)
      #expect(third.status == 201 && third.json["parent"] == .null)

      let both = try await post(
        #"{"content":"x","beside":\#(first.text),"parent":\#(first.text)}"#)
      #expect(both.status == 400 && both.json["field"] == "beside")
      let none = try await post(#"{"content":"x","beside":"none"}"#)
      #expect(none.status == 404 && none.code == "not_found")
      let refused = try await client.ask(
        ["type": "send_message", "content": "x", "beside": first, "parent": first])
      #expect(refused["code"] == "invalid")
    }
  }

  @Test func whatCanNotBeShownIsRefused() async throws {
    let gate = Gate()
    let model = FakeModel(assistant: Assistant(kind: .demo)) { _ in await gate.pass() }
    try await Running.server(model: model) { server in
      func choose(_ body: String) async throws -> HTTPAnswer {
        try await Wire.request(server.port, "PATCH", "/api/threads/main", body: body)
      }
      #expect(try await choose(#"{"head":"none"}"#).status == 404)
      let bad = try await choose(#"{"head":1}"#)
      #expect(bad.status == 400 && bad.json["field"]?.string == "head")
      let sent = try await Wire.request(
        server.port, "POST", "/api/messages", body: #"{"content":"1"}"#)
      await gate.arrival()
      let running = try await choose(#"{"head":\#(sent.json["id"]?.text ?? "")}"#)
      #expect(running.status == 409 && running.code == "conflict")
      gate.open()
    }
  }

  @Test func whereTheAssistantIsOffNothingIsBegunOver() async throws {
    try await Running.server { server in
      let (client, _) = try await WebSocketClient.greeted(server.port)
      defer { client.wire.close() }
      let sent = try await client.ask(["type": "send_message", "content": "1"])
      let id = try #require(sent["messages"]?.array?.first?["id"])
      for command in ["regenerate", "retry"] {
        let answer = try await client.ask(["type": .string(command), "message_id": id])
        #expect(answer["code"] == "conflict" && answer["message"] == "no key")
      }
    }
  }
}
