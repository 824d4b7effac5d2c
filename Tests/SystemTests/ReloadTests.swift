import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  @Suite struct ReloadTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `a new child appears and starts where its manifest says so`() async throws {
      let children = try folder.children(["echo"])
      let chatd = try RunningChatd(in: folder, children: [children])
      let person = try await chatd.join()
      let echo = try await person.pid(of: "echo")
      try folder.add("slow", to: children)
      try folder.add("hang", to: children, isAutostarted: false)
      chatd.send(SIGHUP)
      try await person.pid(of: "slow")
      let hang = try await person.child("hang") { _ in true }
      #expect(hang["state"] == "stopped" && hang["wanted"] == "down")
      #expect(try await person.pid(of: "echo") == echo)
      _ = try await person.ask(["type": "start_child", "manifest_name": "hang"])
      try await person.pid(of: "hang")
    }

    @Test func `a changed manifest restarts that child alone`() async throws {
      let children = try folder.children(["echo", "slow"])
      let chatd = try RunningChatd(in: folder, children: [children])
      let person = try await chatd.join()
      let echo = try await person.pid(of: "echo")
      try await person.pid(of: "slow")
      try folder.amendManifest(of: "slow", in: children) {
        $0.replacing("delay_ms = 300", with: "delay_ms = 1")
      }
      chatd.send(SIGHUP)
      try await person.pid(of: "slow", past: 1)
      let message = try await person.say("hello")
      let rollup = try await person.rollup(of: message)
      #expect(rollup.response(of: "slow")?["text"] == "after 1 ms")
      #expect(person.children["slow"]?["restarts"] == 0, "nothing failed")
      #expect(try await person.pid(of: "echo") == echo)
      #expect(person.children["echo"]?["generation"] == 1)
    }

    @Test func `a removed child is ended and goes`() async throws {
      let children = try folder.children(["echo", "slow"])
      let chatd = try RunningChatd(in: folder, children: [children])
      let person = try await chatd.join()
      let echo = try await person.pid(of: "echo")
      let watch = ProcessWatch([try await person.pid(of: "slow")])
      try FileManager.default.removeItem(at: children.appendingPathComponent("slow"))
      chatd.send(SIGHUP)
      try await person.until { $0.listed == ["echo"] ? true : nil }
      #expect(watch.sawAllEnd(within: .zero))
      let all = try await chatd.get("/api/children")["children"]?.array
      #expect(all?.compactMap { $0["actor_id"]?.string } == ["echo"])
      #expect(try await chatd.post("/api/children/slow/start").status == 404)
      #expect(try await person.pid(of: "echo") == echo)
    }

    @Test func `a manifest that became wrong is shown while its child goes on`() async throws {
      let children = try folder.children(["echo"])
      let chatd = try RunningChatd(in: folder, children: [children])
      let person = try await chatd.join()
      let echo = try await person.pid(of: "echo")
      try folder.amendManifest(of: "echo", in: children) { "autostrat = 1\n" + $0 }
      chatd.send(SIGHUP)
      let wrong = try await person.child("echo") { $0["problem"] != .null }
      #expect(
        wrong["problem"]
          == "echo/manifest.toml:1: autostrat: unknown key; did you mean \"autostart\"?")
      #expect(wrong["state"] == "ready" && wrong["pid"]?.int == Int64(echo))
      let message = try await person.say("hello")
      #expect(try await person.rollup(of: message).statuses == ["replied"])

      try folder.amendManifest(of: "echo", in: children) {
        $0.replacing("autostrat = 1\n", with: "")
      }
      chatd.send(SIGHUP)
      try await person.child("echo") { $0["problem"] == .null }
      #expect(try await person.pid(of: "echo") == echo)
    }

    @Test func `a child whose manifest is mended becomes one that can be started`() async throws {
      let children = try folder.children(["echo"])
      try folder.amendManifest(of: "echo", in: children) { "autostart = 7\n" + $0 }
      let chatd = try RunningChatd(in: folder, children: [children])
      let person = try await chatd.join()
      try await person.child("echo") { $0["state"] == "invalid" }
      #expect(try await chatd.post("/api/children/echo/start").status == 409)
      try folder.amendManifest(of: "echo", in: children) {
        $0.replacing("autostart = 7\n", with: "")
      }
      chatd.send(SIGHUP)
      try await person.pid(of: "echo")
    }

    @Test func `a stopped child stays stopped, whatever becomes of its manifest`() async throws {
      let children = try folder.children(["echo", "slow"])
      do {
        let chatd = try RunningChatd(in: folder, children: [children])
        let person = try await chatd.join()
        for name in ["echo", "slow"] { try await person.pid(of: name) }
        _ = try await person.ask(["type": "stop_child", "actor_id": "slow"])
        try folder.amendManifest(of: "slow", in: children) { $0 + "late_by_ms = 1\n" }
        chatd.send(SIGHUP)
        try folder.add("hang", to: children)
        chatd.send(SIGHUP)
        // Its appearance tells that the manifests have been read.
        try await person.pid(of: "hang")
        #expect(person.children["slow"]?["state"] == "stopped")
        #expect(chatd.end(SIGTERM) == 0)
      }
      // Over a start at which its manifest was wrong, too.
      try folder.amendManifest(of: "slow", in: children) { "wrong = 1\n" + $0 }
      let chatd = try RunningChatd(in: folder, children: [children])
      let person = try await chatd.join()
      try await person.child("slow") { $0["state"] == "invalid" }
      try folder.amendManifest(of: "slow", in: children) { $0.replacing("wrong = 1\n", with: "") }
      chatd.send(SIGHUP)
      let mended = try await person.child("slow") { $0["state"] != "invalid" }
      #expect(mended["state"] == "stopped" && mended["wanted"] == "down", "\(mended.text)")
    }

    @Test func `a child that is removed and comes back is the one it was`() async throws {
      let children = try folder.children(["echo", "saver"])
      let chatd = try RunningChatd(in: folder, children: [children])
      let person = try await chatd.join()
      for name in ["echo", "saver"] { try await person.pid(of: name) }
      _ = try await person.rollup(of: try await person.say("one"))
      try FileManager.default.removeItem(at: children.appendingPathComponent("saver"))
      chatd.send(SIGHUP)
      try await person.until { $0.listed == ["echo"] ? true : nil }
      try folder.add("saver", to: children)
      chatd.send(SIGHUP)
      let saver = try await person.child("saver") { $0["state"] == "ready" }
      #expect(saver["generation"] == 2, "it counts on")
      let rollup = try await person.rollup(of: try await person.say("two"))
      #expect(rollup.response(of: "saver")?["text"] == "count: 2", "its state was kept")
    }
  }
}
