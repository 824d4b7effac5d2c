import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  @Suite struct FaultTests {
    /// What becomes of each faulty child that is sent “crash”, beside one that is good.
    private static let outcomes = [
      "crash": "crashed", "daemonised": "replied", "echo": "replied", "exit-at-once": "skipped",
      "floods-stderr": "replied", "grandchild": "replied", "half-frame": "crashed",
      "hang": "timed_out", "huge-length": "crashed", "ignores-term": "replied",
      "not-json": "crashed", "slow": "replied",
    ]

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `among faulty children the turn ends, and the good one is not disturbed`()
      async throws
    {
      let names = Self.outcomes.keys.sorted()
      let children = try folder.children(names)
      // So that it has given up when the message comes.
      try folder.amendManifest(of: "exit-at-once", in: children) {
        $0 + "[restart]\nintensity = 1\n"
      }
      let chatd = try RunningChatd(in: folder, children: [children])
      let person = try await chatd.join()
      let parked = try await person.child("exit-at-once") { $0["state"] == "parked" }
      #expect(parked["last_exit"]?["code"] == 3)
      for name in names where name != "exit-at-once" { try await person.pid(of: name) }
      let echo = try await person.pid(of: "echo")

      let message = try await person.say("crash")
      let rollup = try await person.rollup(of: message)
      #expect(rollup["child_responses"]?.array?.compactMap { $0["child_id"]?.string } == names)
      for name in names {
        let response = try #require(rollup.response(of: name))
        #expect(response["status"]?.string == Self.outcomes[name], "\(name)")
        let isFault = !["replied", "declined"].contains(response["status"]?.string)
        #expect((response["reason"]?.string?.isEmpty == false) == isFault, "\(response.text)")
      }
      #expect(rollup.response(of: "echo")?["text"] == "echo: crash")

      // Those that were ended come back, with the cause of their end.
      for (name, cause) in [
        ("crash", "exit"), ("half-frame", "protocol"), ("huge-length", "protocol"),
        ("not-json", "protocol"),
      ] {
        try await person.pid(of: name, past: 1)
        #expect(person.children[name]?["last_exit"]?["cause"]?.string == cause, "\(name)")
      }
      let second = try await person.say("hello")
      let again = try await person.rollup(of: second)
      #expect(again.response(of: "echo")?["text"] == "echo: hello")
      #expect(again.response(of: "crash")?["text"] == "still here")
      #expect(try await person.pid(of: "echo") == echo)
      #expect(person.children["echo"]?["restarts"] == 0)
      // It may have been queued: the first turn ends once the disk has it, after its rollup is seen.
      let id = try #require(second["id"]?.string)
      #expect(person.entries[id]?["parent"] == rollup["id"])
    }

    @Test func `a late answer takes the place of the one that timed out`() async throws {
      let children = try folder.children(["echo", "late"])
      let chatd = try RunningChatd(in: folder, children: [children])
      let person = try await chatd.join()
      for name in ["echo", "late"] { try await person.pid(of: name) }
      let message = try await person.say("hello")
      #expect(try await person.rollup(of: message).statuses == ["replied", "timed_out"])
      let response = try await person.until { person in
        person.entries.values.lazy.compactMap { $0.response(of: "late") }
          .first { $0["late"] == true }
      }
      #expect(response["status"] == "replied" && response["text"] == "sorry, I am late")
      #expect(try await person.thread().last?.response(of: "late") == response)
    }

    @Test func `a child that ignores every gentle word is stopped all the same`() async throws {
      let children = try folder.children(["echo", "ignores-term"])
      let chatd = try RunningChatd(in: folder, children: [children])
      let person = try await chatd.join()
      let watch = ProcessWatch([try await person.pid(of: "ignores-term")])
      let answer = try await person.ask(["type": "stop_child", "actor_id": "ignores-term"])
      #expect(answer.type == "children_update", "\(answer.text)")
      #expect(watch.sawAllEnd(within: .zero), "the answer comes when nothing of it is left")
      let status = try await person.child("ignores-term") { $0["state"] == "stopped" }
      #expect(status["last_exit"]?["signal"] == "SIGKILL")
      try await person.pid(of: "echo")
    }
  }
}
