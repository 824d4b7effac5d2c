import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  @Suite struct MainJobTests {
    private static let names = ["calculator", "dice", "keeper", "sentiment"]
    private let folder: TemporaryFolder
    private let claude: MessagesAPI

    init() throws {
      folder = try TemporaryFolder()
      claude = try MessagesAPI()
    }

    private func start() throws -> RunningChatd {
      try RunningChatd(
        in: folder, children: [Places.exampleChildren], assistant: "claude",
        environment: claude.environment)
    }

    @Test func `a message goes to four children and Claude, and is there after a restart`()
      async throws
    {
      var told: [JSON] = []
      do {
        let chatd = try start()
        let person = try await chatd.join()
        #expect(person.hello["assistant"]?["enabled"] == true)
        for name in Self.names { try await person.pid(of: name) }
        // The answer begins, and goes on once that was seen.
        try await claude.play(["hold?key=rest"])
        let message = try await person.say("I love this! What is 6*7? Please roll 1d6.")
        try await person.until { $0.live.first { $0.type == "message_delta" } }
        try await claude.release("rest")
        let answer = try await person.answer(to: message) { $0["status"] == "complete" }
        _ = try await person.rollup(of: answer)
        told = try await person.thread()
        try check(told, sent: message)
        try checkLive(person, message, answer)
        #expect(try await chatd.get("/api/messages")["messages"]?.array == told)
        #expect(chatd.end(SIGTERM) == 0)
        #expect(chatd.restOfOutput() == "")
      }
      let chatd = try start()
      let person = try await chatd.join()
      #expect(try await person.thread() == told)
      let page = try await chatd.get("/api/messages")
      #expect(page["messages"]?.array == told)
      #expect(page["head"] == told.last?["id"])
      for name in Self.names {
        let status = try await person.child(name) { $0["state"]?.string == "ready" }
        #expect(status["generation"] == 2, "it counts on over restarts of chatd")
      }
    }

    /// What is on disk: four entries in one chain, with what each of the children had to say.
    private func check(_ thread: [JSON], sent message: JSON) throws {
      try #require(
        thread.compactMap { $0["type"]?.string } == ["Message", "Rollup", "Message", "Rollup"])
      #expect(thread[0] == message)
      #expect(message["parent"] == .null && message["status"] == "complete")
      #expect(thread.dropFirst().map { $0["parent"] } == thread.dropLast().map { $0["id"] })
      #expect(Set(thread.map { $0["thread"] }) == ["main"])
      #expect(thread[1]["original_message_id"] == message["id"])
      let responses = try #require(thread[1]["child_responses"]?.array)
      #expect(responses.compactMap { $0["child_id"]?.string } == Self.names)
      #expect(thread[1].statuses == ["replied", "replied", "declined", "replied"])
      #expect(responses[0]["text"]?.string?.contains("42") == true)
      #expect(responses[1]["text"]?.string?.isEmpty == false)
      #expect(responses[3]["text"]?.string?.isEmpty == false)
      #expect(responses.allSatisfy { $0["generation"] == 1 && $0["attempt"] == 1 })
      let answer = thread[2]
      #expect(answer["role"] == "assistant" && answer["status"] == "complete")
      #expect(answer["stop_reason"] == "end_turn" && answer["usage"]?.members != nil)
      let text = try #require(answer["content"]?.string)
      #expect(text.contains("What is 6*7?") && text.contains("Actors: calculator, dice, sentiment"))
      #expect(thread[3]["original_message_id"] == answer["id"])
      #expect(
        thread[3]["child_responses"]?.array?.compactMap { $0["child_id"]?.string }
          == ["sentiment"])
      #expect(thread[3].statuses == ["replied"])
    }

    /// What was seen as it went on: each child's progress ahead of the rollup, the answer growing
    /// piece by piece. `Participant` has looked at `prev_seq` and `seq` all along.
    private func checkLive(_ person: Participant, _ message: JSON, _ answer: JSON) throws {
      let rollup = person.live.firstIndex {
        $0["messages"]?.array?.first?["original_message_id"] == message["id"]
      }
      let progress = person.live.prefix(try #require(rollup)).filter {
        $0.type == "rollup_progress" && $0["message_id"] == message["id"]
      }
      #expect(Set(progress.compactMap { $0["child_id"]?.string }) == Set(Self.names))

      let deltas = person.live.filter {
        $0.type == "message_delta" && $0["message_id"] == answer["id"]
      }
      #expect(deltas.count > 1)
      var text = ""
      for delta in deltas {
        #expect(delta["offset"]?.int == Int64(text.utf16.count))
        text += delta["text"]?.string ?? ""
      }
      #expect(text == answer["content"]?.string)
      let states = person.live.flatMap { $0["messages"]?.array ?? [] }
        .filter { $0["id"] == answer["id"] }.compactMap { $0["status"]?.string }
      #expect(states == ["streaming", "complete"])
    }

    @Test func `a second chatd on the same data names the one that holds it`() async throws {
      let chatd = try RunningChatd(in: folder)
      let second = try RunningChatd.run(
        ["start", "--port", "0", "--ws-port", "0", "--data", folder.data.path], in: folder)
      #expect(second.exitCode == 1)
      #expect(second.output == "")
      #expect(
        second.errors
          == "chatd: data: \(folder.data.path) is held by another chatd, process "
          + "\(chatd.pid)\n")
      #expect(chatd.end(SIGINT) == 0)
    }
  }
}
