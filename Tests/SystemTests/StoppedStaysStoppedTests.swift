import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  @Suite struct StoppedStaysStoppedTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [SIGTERM, SIGKILL])
    func `what a person said of a child outlives chatd, however that ends`(signal: Int32)
      async throws
    {
      let children = try folder.children(["crash", "echo", "hang", "slow"])
      try folder.amendManifest(of: "slow", in: children) {
        $0.replacing("autostart = true", with: "autostart = false")
      }
      do {
        let chatd = try RunningChatd(in: folder, children: [children])
        let person = try await chatd.join()
        for name in ["crash", "echo", "hang"] { try await person.pid(of: name) }
        _ = try await person.ask(["type": "stop_child", "actor_id": "echo"])
        #expect(try await chatd.post("/api/children/crash/kill").status == 200)
        _ = try await person.ask(["type": "start_child", "manifest_name": "slow"])
        try await person.pid(of: "slow")
        _ = chatd.end(signal)
      }
      // Twice, since the first start must not forget it either.
      for generation in [Int64(2), 3] {
        let chatd = try RunningChatd(in: folder, children: [children])
        let person = try await chatd.join()
        for name in ["hang", "slow"] {
          let status = try await person.child(name) { $0["state"] == "ready" }
          #expect(status["generation"]?.int == generation)
        }
        for name in ["crash", "echo"] {
          let status = try #require(person.children[name])
          #expect(status["state"] == "stopped" && status["wanted"] == "down", "\(status.text)")
          #expect(status["generation"] == 1 && status["pid"] == .null)
        }
        let message = try await person.say("slow:1")
        let asked = try await person.rollup(of: message)["child_responses"]?.array
        #expect(asked?.compactMap { $0["child_id"]?.string } == ["hang", "slow"])
        _ = chatd.end(signal)
      }
    }

    @Test func `a stopped child that is started again stays up`() async throws {
      let children = try folder.children(["echo"])
      do {
        let chatd = try RunningChatd(in: folder, children: [children])
        let person = try await chatd.join()
        try await person.pid(of: "echo")
        _ = try await person.ask(["type": "kill_child", "actor_id": "echo"])
        let again = try await person.ask(["type": "start_child", "manifest_name": "echo"])
        #expect(again["running_children"]?.array?.first?["state"] == "ready")
        _ = chatd.end(SIGKILL)
      }
      let chatd = try RunningChatd(in: folder, children: [children])
      let person = try await chatd.join()
      let status = try await person.child("echo") { $0["state"] == "ready" }
      #expect(status["generation"] == 3 && status["wanted"] == "up")
    }
  }
}
