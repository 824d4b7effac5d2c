import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  @Suite struct ChatdPSTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func ps(_ options: [String] = []) throws -> Execution {
      try RunningChatd.run(["ps", "--data", folder.data.path] + options, in: folder)
    }

    /// One that is up, one that left, one that died, and one that can't be started.
    private func start() async throws -> (RunningChatd, Participant) {
      let children = try folder.children(["crash-always", "echo", "exit-at-once", "hang"])
      for name in ["crash-always", "exit-at-once"] {
        try folder.amendManifest(of: name, in: children) {
          $0 + "[restart]\npolicy = \"temporary\"\n"
        }
      }
      try folder.amendManifest(of: "hang", in: children) { "first = 1\nsecond = 2\n" + $0 }
      let chatd = try RunningChatd(in: folder, children: [children])
      let person = try await chatd.join()
      for name in ["crash-always", "echo"] { try await person.pid(of: name) }
      _ = try await person.rollup(of: try await person.say("hello"))
      for name in ["crash-always", "exit-at-once"] {
        try await person.child(name) { $0["state"] == "stopped" }
      }
      return (chatd, person)
    }

    @Test func `the table has a line for each child, whatever became of it`() async throws {
      let (_, person) = try await start()
      let table = try ps()
      #expect(table.exitCode == 0 && table.errors == "")
      let rows = table.lines.map { line in
        line.split(separator: /\s{2,}/).map(String.init)
      }
      try #require(rows.count == 5, "\(table.output)")
      #expect(
        rows[0] == [
          "CHILD", "STATE", "WANTED", "PID", "SINCE", "RESTARTS", "GENERATION", "LAST EXIT",
        ])
      func row(_ name: String, _ state: String, _ wanted: String, pid: String, _ generation: String)
        throws -> [String]
      {
        let since = try #require(person.children[name]?["since"]?.string)
        return [name, state, wanted, pid, since, "0", generation]
      }
      let pid = String(try await person.pid(of: "echo"))
      #expect(try rows[1].dropLast() == row("crash-always", "stopped", "up", pid: "–", "1")[...])
      #expect(rows[1].last == "signal, SIGSEGV")
      #expect(try rows[2] == row("echo", "ready", "up", pid: pid, "1") + ["–"])
      #expect(try rows[3].dropLast() == row("exit-at-once", "stopped", "up", pid: "–", "1")[...])
      #expect(rows[3].last == "exit, code 3")
      #expect(try rows[4].dropLast() == row("hang", "invalid", "down", pid: "–", "0")[...])
      #expect(
        rows[4].last
          == "hang/manifest.toml:1: first: unknown key; hang/manifest.toml:2: second: unknown key")
    }

    @Test func `as JSON it is what the interface answers`() async throws {
      let (chatd, person) = try await start()
      try await person.pid(of: "echo")
      let result = try ps(["--json"])
      #expect(result.exitCode == 0 && result.errors == "")
      let told = try JSON(parsing: result.output.utf8)
      #expect(try await told == chatd.get("/api/children"))
      let dead = try #require(told["children"]?.array?.first)
      #expect(dead["last_exit"]?["signal"] == "SIGSEGV")
      #expect(dead["last_exit"]?["stderr_tail"] == ["dereferencing something"])
    }

    @Test func `where none runs it says so`() throws {
      let result = try ps()
      #expect(result.exitCode == 1 && result.output == "")
      #expect(
        result.errors
          == "chatd: no chatd runs on \(folder.data.path) (there is no \(folder.card.path)); start "
          + "one with: chatd start\n")
    }

    @Test func `after a clean end none runs, after a crash none answers`() async throws {
      let first = try RunningChatd(in: folder)
      #expect(first.end(SIGTERM) == 0)
      #expect(try ps().errors.hasPrefix("chatd: no chatd runs on "))
      let second = try RunningChatd(in: folder)
      _ = second.end(SIGKILL)
      let result = try ps()
      #expect(result.exitCode == 1 && result.output == "")
      let http = try #require(second.ready["http"]?.string)
      #expect(result.errors.hasPrefix("chatd: chatd does not answer at \(http): "))
    }
  }
}
