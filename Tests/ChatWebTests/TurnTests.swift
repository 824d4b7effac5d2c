import ChatCore
import ChildProtocol
import TestSupport
import Testing

@testable import ChatWeb

/// A whole turn as clients see it.
@Suite(.timeLimit(.minutes(1)))
struct TurnTests {
  private func answering(_ inquiry: Inquiry) -> [ChildResponse] {
    let dice = ChildID("dice")
    let response = ChildResponse(
      child: dice, messageID: .next(at: .now), status: .replied, text: "4", generation: 1)
    for phase in [Progress.Phase.waiting, .outcome(response)] {
      inquiry.progress(
        Progress(
          thread: inquiry.message.thread, message: inquiry.message.id, child: dice, phase: phase))
    }
    return [response]
  }

  @Test func aTurnIsSeenAsItHappensAndInOneChain() async throws {
    let children = FakeChildren(["dice"], answer: answering)
    let model = FakeModel(assistant: Assistant(kind: .demo, model: "fake-1")) { hear in
      await hear(.text("You rolled "))
      await hear(.text("👍 4"))
    }
    try await Running.server(children: children, model: model) { server in
      let (client, hello) = try await WebSocketClient.greeted(server.port)
      defer { client.wire.close() }
      #expect(hello["assistant"]?["kind"] == "demo" && hello["assistant"]?["enabled"] == true)
      _ = try await Wire.request(
        server.port, "POST", "/api/messages", body: #"{"content":"Roll"}"#)
      var (seen, text, seq) = ([String](), "", Int64(0))
      while seq < 5 {
        let message = try await client.next()
        if let next = message["seq"]?.int {
          #expect(message["prev_seq"]?.int == seq)
          seq = next
        }
        switch message.type {
        case "message_update":
          let entry = try #require(message["messages"]?.array?.first)
          seen.append("\(entry.type ?? "") \(entry["status"]?.string ?? "")")
        case "message_delta":
          #expect(message["offset"]?.int == Int64(text.utf16.count))
          text += message["text"]?.string ?? ""
        case "rollup_progress": seen.append(message["status"]?.string ?? "")
        default: Issue.record("\(message.text)")
        }
      }
      #expect(
        seen == [
          "Message complete", "waiting", "replied", "Rollup ", "Message streaming",
          "Message complete", "waiting", "replied", "Rollup ",
        ])
      #expect(text == "You rolled 👍 4")
      let page = try await Wire.request(server.port, "GET", "/api/messages")
      let entries = try #require(page.json["messages"]?.array)
      #expect(entries.map(\.type) == ["Message", "Rollup", "Message", "Rollup"])
      #expect(entries.map { $0["parent"] } == [.null] + entries.dropLast().map { $0["id"] })
      #expect(entries[2]["content"]?.string == text)
      #expect(entries[1]["child_responses"]?.array?.first?["text"] == "4")
    }
  }

  @Test func whatWaitsForItsTurnStandsBesideTheThread() async throws {
    let gate = Gate()
    let model = FakeModel(assistant: Assistant(kind: .demo)) { _ in await gate.pass() }
    try await Running.server(model: model) { server in
      let (client, _) = try await WebSocketClient.greeted(server.port)
      defer { client.wire.close() }
      let first = try await client.ask(["type": "send_message", "content": "1"])
      #expect(first["messages"]?.array?.first?["status"] == "complete")
      await gate.arrival()
      let second = try await client.ask(["type": "send_message", "content": "2"])
      #expect(second["messages"]?.array?.first?["status"] == "queued")
      #expect(second["messages"]?.array?.first?["parent"] == .null)
      let page = try await Wire.request(server.port, "GET", "/api/messages")
      #expect(page.json["queued"]?.array?.map { $0["content"] } == ["2"])
      #expect(page.json.contents == ["1", ""])
      let subscribed = try await client.ask(["type": "subscribe"])
      #expect(subscribed["queued"]?.array?.count == 1)
      gate.open()
      var last = try await client.ask(["type": "get_messages"])
      while last.contents.count < 4 { last = try await client.ask(["type": "get_messages"]) }
      #expect(last["queued"] == [] && last.contents == ["1", "", "2", ""])
    }
  }
}
