import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  @Suite struct RegenerateTests {
    private let folder: TemporaryFolder
    private let claude: MessagesAPI
    private let children: URL

    init() throws {
      folder = try TemporaryFolder()
      claude = try MessagesAPI()
      children = try folder.children(["echo"])
    }

    private func start() throws -> RunningChatd {
      try RunningChatd(
        in: folder, children: [children], assistant: "claude", environment: claude.environment)
    }

    @Test func `an answer that is begun over and killed is kept, and can be retried`() async throws
    {
      var (message, old, begun) = (JSON.null, JSON.null, JSON.null)
      do {
        let chatd = try start()
        let person = try await chatd.join()
        try await person.pid(of: "echo")
        message = try await person.say("Hello")
        old = try await person.answer(to: message) { $0["status"] == "complete" }
        _ = try await person.rollup(of: old)
        try await claude.play(["hold?key=never"])
        begun = try await regenerate(old, person)
        // It is being written, and some of it has been heard.
        try await person.until { person in
          person.live.first { $0.type == "message_delta" && $0["message_id"] == begun["id"] }
        }
        _ = chatd.end(SIGKILL)
      }
      let chatd = try start()
      let person = try await chatd.join()
      let broken = try await person.until { person in
        person.entries.values.first { $0["id"] == begun["id"] && $0["status"] == "interrupted" }
      }
      #expect(broken["parent"] == old["parent"])
      var retried = JSON.null
      // Until the child has heard what had come of it, if that was anything, the turn goes on.
      repeat {
        retried = try await person.ask(["type": "retry", "message_id": message["id"] ?? .null])
      } while retried["code"] == "conflict"
      let answer = try #require(retried["messages"]?.array?.first, "\(retried.text)")
      #expect(answer["parent"] == old["parent"])
      _ = try await person.rollup(of: answer)
      let thread = try await person.thread()
      #expect(thread.map(\.type) == ["Message", "Rollup", "Message", "Rollup"])
      #expect(thread[2]["id"] == answer["id"] && thread[2]["status"] == "complete")
      let forks = try await chatd.get("/api/messages")["forks"]?.array
      #expect(forks?.map { $0["entries"]?.array?.count } == [3])
      #expect(chatd.end(SIGTERM) == 0)
    }

    private func regenerate(_ answer: JSON, _ person: Participant) async throws -> JSON {
      let begun = try await person.ask(
        ["type": "regenerate", "message_id": answer["id"] ?? .null])
      return try #require(begun["messages"]?.array?.first, "\(begun.text)")
    }
  }
}
