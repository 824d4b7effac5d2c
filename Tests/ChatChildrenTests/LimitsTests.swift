import ChatCore
import ChildProtocol
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

/// What `[limits]` holds a child to: one that goes beyond is stopped or refused, and it is said.
@Suite(.timeLimit(.minutes(2))) struct LimitsTests {
  private let patient = "[messages]\ntimeout_ms = 20000\ntimeout_max_ms = 60000\n"

  private func with(
    limits: String, _ body: (Nursery) async throws -> Void
  ) async throws {
    let toml = patient + "[limits]\n\(limits)\n"
    try await Nursery.with(["glutton"], toml: ["glutton": toml]) { nursery in
      _ = await nursery.ready("glutton")
      try await body(nursery)
    }
  }

  @Test func `without limits it may have what it wants`() async throws {
    try await with(limits: "") { nursery in
      for wish in ["memory 100", "tree 120", "files 50", "file 5"] {
        #expect(await nursery.ask(wish)?.first?.text == "burp", "\(wish)")
      }
    }
  }

  @Test func `one process that wants too much memory fails, and the cause is memory`()
    async throws
  {
    try await with(limits: "memory_mb = 64") { nursery in
      let first = try #require(await nursery.ask("memory 500")?.first)
      // Its Python may survive the refusal, or end with it.
      if first.status == .failed {
        #expect(first.reason?.contains("Memory") == true)
      } else {
        #expect(first.status == .crashed)
        let exit = await nursery.events.status(of: "glutton") { $0.lastExit != nil }.lastExit
        #expect(exit?.cause == .memory, "\(String(describing: exit))")
        #expect(exit?.reason?.contains("64 MiB") == true)
      }
    }
  }

  @Test func `a tree that holds too much memory together is ended as one`() async throws {
    try await with(limits: "memory_mb = 100") { nursery in
      let pid = try #require(await nursery.ready("glutton").pid)
      _ = await nursery.ask("tree 240")
      let exit = try #require(
        await nursery.events.status(of: "glutton") { $0.lastExit != nil }.lastExit)
      #expect(exit.cause == .memory)
      #expect(exit.reason?.hasPrefix("it and what it started hold") == true)
      #expect(exit.signal == "SIGKILL")
      #expect(!isAlive(pid))
    }
  }

  @Test func `open files`() async throws {
    try await with(limits: "open_files = 20") { nursery in
      let response = await nursery.ask("files 50")?.first
      #expect(response?.status == .crashed)
      let exit = await nursery.events.status(of: "glutton") { $0.lastExit != nil }.lastExit
      #expect(exit?.stderrTail.last?.contains("Too many open files") == true)
    }
  }

  @Test func `file size`() async throws {
    try await with(limits: "file_mb = 2") { nursery in
      let response = await nursery.ask("file 5")?.first
      #expect(response?.status == .crashed)
      let exit = await nursery.events.status(of: "glutton") { $0.lastExit != nil }.lastExit
      #expect(exit?.stderrTail.last?.contains("File too large") == true)
    }
  }

  @Test func `processor time`() async throws {
    try await with(limits: "cpu_seconds = 1") { nursery in
      #expect(await nursery.ask("processor")?.first?.status == .crashed)
      let exit = await nursery.events.status(of: "glutton") { $0.lastExit != nil }.lastExit
      #expect(["SIGXCPU", "SIGKILL"].contains(exit?.signal))
      #expect(exit?.reason == "it used up its 1 s of processor time", "\(String(describing: exit))")
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can run a child as another user"))
  func `another user`() async throws {
    // What stands for `python3` in a developer's home may be out of another user's reach.
    try await Nursery.with(["nimble"], toml: ["nimble": "[limits]\nuser = \"nobody\"\n"]) {
      nursery in
      let status = await nursery.ready("nimble")
      let owner =
        try FileManager.default.attributesOfItem(
          atPath: "/proc/\(try #require(status.pid))")[.ownerAccountName] as? String
      #expect(owner == "nobody")
      #expect(await nursery.ask("hello")?.first?.text == "here")
    }
  }

  @Test func `no new privileges, whatever the manifest says`() async throws {
    try await with(limits: "") { nursery in
      let status = try #require(await nursery.ask("status")?.first?.data)
      #expect(status["NoNewPrivs"]?.string == "1")
    }
  }

  @Test func `what could not be applied is said in its log`() async throws {
    try await with(limits: "processes = 100\nmemory_mb = 200") { nursery in
      let lines = try await nursery.supervisor.log(of: ChildID("glutton"), lineCount: 100)
      let said = lines.filter { $0.stream == .chatd && $0.text.hasPrefix("limits.") }
      // A machine whose cgroup v2 has both controllers applies both.
      let controllers =
        (try? String(contentsOfFile: "/sys/fs/cgroup/cgroup.controllers", encoding: .utf8)) ?? ""
      if !controllers.contains("pids") {
        #expect(said.contains { $0.text.contains("limits.processes: no cgroup") })
      }
      if !controllers.contains("memory") {
        #expect(said.contains { $0.text.contains("limits.memory_mb: no cgroup") })
      }
    }
  }
}
