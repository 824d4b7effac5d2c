import ChatCore
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

/// Real processes: every policy with every kind of end, and a great many restarts.
@Suite(.timeLimit(.minutes(3))) struct RestartMatrixTests {
  /// How it is made to end, and the state that follows by each policy.
  struct Case: Sendable, CustomTestStringConvertible {
    let wish: String
    let permanent: ChildStatus.State
    let transient: ChildStatus.State
    let temporary: ChildStatus.State
    var testDescription: String { wish }
  }

  static let cases = [
    Case(wish: "crash 0", permanent: .ready, transient: .stopped, temporary: .stopped),
    Case(wish: "crash 1", permanent: .ready, transient: .ready, temporary: .stopped),
    Case(wish: "crash 255", permanent: .ready, transient: .ready, temporary: .stopped),
    Case(wish: "crash 78", permanent: .parked, transient: .parked, temporary: .parked),
    Case(wish: "crash 125", permanent: .parked, transient: .parked, temporary: .parked),
    Case(wish: "crash SIGSEGV", permanent: .ready, transient: .ready, temporary: .stopped),
    Case(wish: "crash SIGKILL", permanent: .ready, transient: .ready, temporary: .stopped),
    Case(wish: "crash SIGTERM", permanent: .ready, transient: .ready, temporary: .stopped),
  ]

  @Test(arguments: Manifest.Restart.Policy.allCases, cases)
  func `what follows is the policy's`(policy: Manifest.Restart.Policy, test: Case) async throws {
    let toml = "[restart]\npolicy = \"\(policy.rawValue)\"\n"
    try await Nursery.with(["crash"], toml: ["crash": toml]) { nursery in
      let first = await nursery.ready("crash")
      #expect(await nursery.ask(test.wish)?.first?.status == .crashed)
      let expected =
        switch policy {
        case .permanent: test.permanent
        case .transient: test.transient
        case .temporary: test.temporary
        }
      let after = await nursery.events.status(of: "crash") {
        $0.lastExit != nil && $0.state == expected
      }
      #expect(after.generation == first.generation + (expected == .ready ? 1 : 0))
      #expect(after.isWanted && after.nextStartAt == nil)
      let exit = try #require(after.lastExit)
      let words = test.wish.split(separator: " ")
      #expect((exit.signal ?? exit.code.map { "\($0)" }) == words.last.map(String.init))
      #expect(exit.cause == (exit.signal == nil ? .exit : .signal))
    }
  }

  @Test func `a stopped process is suspect, then replaced`() async throws {
    let toml = "[watchdog]\ninterval_ms = 40\nsuspect_after = 2\nkill_after = 4\n"
    try await Nursery.with(["echo"], toml: ["echo": toml]) { nursery in
      let first = await nursery.ready("echo")
      kill(try #require(first.pid), SIGSTOP)
      _ = await nursery.events.status(of: "echo") { $0.state == .suspect }
      let suspect = try #require(await nursery.ask("hello")?.first)
      #expect([.skipped, .replied].contains(suspect.status))
      let second = await nursery.ready("echo", past: first.generation)
      #expect(second.lastExit?.cause == .watchdog)
      #expect(await nursery.ask("hello")?.first?.status == .replied)
    }
  }

  @Test func `a process that goes on in time is no suspect any more`() async throws {
    let toml = "[watchdog]\ninterval_ms = 50\nsuspect_after = 2\nkill_after = 1000\n"
    try await Nursery.with(["echo"], toml: ["echo": toml]) { nursery in
      let first = await nursery.ready("echo")
      let pid = try #require(first.pid)
      kill(pid, SIGSTOP)
      let count = nursery.events.events.count
      _ = await nursery.events.status(of: "echo") { $0.state == .suspect }
      kill(pid, SIGCONT)
      let again = await nursery.events.status(of: "echo", past: count) {
        $0.state == .ready && $0.pid == pid
      }
      #expect(again.generation == first.generation)
    }
  }

  @Test func `a thousand restarts leave no descriptor, no zombie and no memory behind`()
    async throws
  {
    let toml =
      "[restart]\nbackoff_initial_ms = 1\nbackoff_max_ms = 1\nintensity = 100000\n"
    let bystander = try Bystander()
    try await Nursery.with(["nimble"], toml: ["nimble": toml]) { nursery in
      var status = await nursery.ready("nimble")
      let warden = try #require(await nursery.supervisor.wardenPID)
      var before: (files: Int, wardenFiles: Int, memory: Int)?
      for round in 1...1000 {
        kill(try #require(status.pid), SIGKILL)
        status = await nursery.nextReady("nimble", past: status.generation)
        // What is allocated once for all is there by then.
        if round == 100 {
          before = (descriptors(getpid()), descriptors(warden), try residentBytes())
        }
      }
      let start = try #require(before)
      #expect(status.generation == 1001 && status.restarts == 1000)
      // Other tests run beside this one: theirs may come and go.
      #expect(descriptors(warden) <= start.wardenFiles + 2)
      #expect(descriptors(getpid()) < start.files + 100)
      #expect(try residentBytes() < start.memory + 100 << 20)
      #expect(zombies(of: warden) <= 1)
    }
    #expect(bystander.isAlive)
  }

  private func descriptors(_ pid: Int32) -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? 0
  }

  private func residentBytes() throws -> Int {
    let statm = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    return Int(statm.split(separator: " ")[1])! * 4096
  }

  private func zombies(of parent: Int32) -> Int {
    let list = "/proc/\(parent)/task/\(parent)/children"
    let children = (try? String(contentsOfFile: list, encoding: .utf8)) ?? ""
    return children.split(separator: " ").count { !isAlive(Int32($0) ?? 0) }
  }
}
