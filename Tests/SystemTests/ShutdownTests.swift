import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  @Suite struct ShutdownTests {
    private let folder: TemporaryFolder
    private let claude: MessagesAPI
    private let children: URL

    init() throws {
      folder = try TemporaryFolder()
      claude = try MessagesAPI()
      children = try folder.children(["echo", "ignores-term"])
    }

    private func start() throws -> RunningChatd {
      try RunningChatd(
        in: folder, children: [children], assistant: "claude", environment: claude.environment)
    }

    /// A chatd whose assistant is in the middle of an answer while another message waits.
    private func startSpeaking() async throws -> (RunningChatd, Scene) {
      let chatd = try start()
      let person = try await chatd.join()
      let pids = [
        try await person.pid(of: "echo"), try await person.pid(of: "ignores-term"),
      ]
      try await claude.play(["hold?key=gate"])
      let message = try await person.say("Hold on.")
      let queued = try await person.say("And then?")
      #expect(queued["status"] == "queued" && queued["parent"] == .null)
      let delta = try await person.until { person in
        person.live.first { $0.type == "message_delta" }
      }
      let answer = try await person.answer(to: message) { $0["status"] == "streaming" }
      #expect(delta["message_id"] == answer["id"])
      let scene = Scene(
        person: person, watch: ProcessWatch(pids), message: message, queued: queued,
        answer: answer, text: try #require(delta["text"]?.string))
      return (chatd, scene)
    }

    private struct Scene {
      let person: Participant
      /// The children's processes.
      let watch: ProcessWatch
      let message: JSON
      let queued: JSON
      let answer: JSON
      /// What has come of the answer.
      let text: String
    }

    /// The next chatd takes up what was queued, behind all that there is.
    private func checkNextStart(after scene: Scene, answered status: JSON) async throws -> JSON {
      let chatd = try start()
      let person = try await chatd.join()
      let answer = try await person.answer(to: scene.queued) { $0["status"] == "complete" }
      _ = try await person.rollup(of: answer)
      let thread = try await person.thread()
      #expect(thread.dropFirst().map { $0["parent"] } == thread.dropLast().map { $0["id"] })
      let messages = thread.filter { $0["type"] == "Message" }
      #expect(
        messages.map { $0["id"] }
          == [scene.message["id"], scene.answer["id"], scene.queued["id"], answer["id"]])
      #expect(messages.map { $0["status"] } == ["complete", status, "complete", "complete"])
      #expect(chatd.end(SIGTERM) == 0)
      return messages[1]
    }

    @Test func `an answer that does not end in time is kept as interrupted`() async throws {
      let (chatd, scene) = try await startSpeaking()
      chatd.send(SIGTERM)
      let ended = try await scene.person.answer(to: scene.message) { $0["status"] != "streaming" }
      #expect(ended["status"] == "interrupted" && ended["content"]?.string == scene.text)
      #expect(ended["error"]?.string?.isEmpty == false)
      #expect(chatd.exitCode() == 0)
      #expect(scene.watch.sawAllEnd(within: .zero), "no child is left")
      let kept = try await checkNextStart(after: scene, answered: "interrupted")
      #expect(kept["content"]?.string == scene.text)
    }

    @Test func `an answer that ends in time is complete`() async throws {
      let (chatd, scene) = try await startSpeaking()
      chatd.send(SIGINT)
      try await claude.release("gate")
      let ended = try await scene.person.answer(to: scene.message) { $0["status"] != "streaming" }
      #expect(ended["status"] == "complete")
      #expect(ended["content"]?.string?.hasPrefix(scene.text) == true)
      #expect(chatd.exitCode() == 0)
      #expect(scene.watch.sawAllEnd(within: .zero), "no child is left")
      #expect(try await checkNextStart(after: scene, answered: "complete") == ended)
    }

    @Test func `a signal right behind the ready line is heeded`() throws {
      for _ in 1...5 { #expect(try RunningChatd(in: folder).end(SIGTERM) == 0) }
    }

    @Test func `a second signal ends everything at once`() async throws {
      let (chatd, scene) = try await startSpeaking()
      chatd.send(SIGTERM)
      chatd.send(SIGINT)
      #expect(chatd.exitCode() == 1)
      #expect(scene.watch.sawAllEnd(within: .seconds(2)))
      #expect(!FileManager.default.fileExists(atPath: folder.card.path))
      let kept = try await checkNextStart(after: scene, answered: "interrupted")
      #expect(scene.text.hasPrefix(kept["content"]?.string ?? "-"), "what was on disk by then")
    }

    @Test func `children are asked to leave before they are made to`() async throws {
      let chatd = try start()
      let person = try await chatd.join()
      let watch = ProcessWatch([
        try await person.pid(of: "echo"), try await person.pid(of: "ignores-term"),
      ])
      #expect(chatd.end(SIGTERM) == 0)
      #expect(watch.sawAllEnd(within: .zero))
      #expect(
        try logged("stderr", by: "ignores-term") == ["ignoring shutdown", "ignoring SIGTERM"])
      #expect(try logged("stderr", by: "echo") == [], "it went of its own accord")
    }

    /// What stands in a child's log file from one stream.
    private func logged(_ stream: String, by child: String) throws -> [String] {
      let file = folder.data.appendingPathComponent("logs/\(child).log")
      return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap {
        let fields = $0.split(separator: " ", maxSplits: 3)
        return fields[1] == stream ? String(fields[3]) : nil
      }
    }
  }
}
