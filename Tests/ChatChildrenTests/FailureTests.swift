import ChatCore
import ChildProtocol
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

/// What earlier failures of a child mean for the messages to come, and what is told of its death.
@Suite(.timeLimit(.minutes(2))) struct FailureTests {
  private let quickRestart = "[restart]\nbackoff_initial_ms = 1\nbackoff_max_ms = 2\n"

  @Test func `after five timeouts in a row a child is skipped at once, with the reason`()
    async throws
  {
    let toml = "[messages]\ntimeout_ms = 30\ntimeout_max_ms = 60\n"
    try await Nursery.with(["hang"], toml: ["hang": toml]) { nursery in
      _ = await nursery.ready("hang")
      for _ in 0..<Circuit.limit {
        #expect(await nursery.ask("hello")?.first?.status == .timedOut)
      }
      let skipped = try #require(await nursery.ask("hello")?.first)
      #expect(skipped.status == .skipped)
      #expect(skipped.reason?.hasPrefix("circuit open: it answered none of the last 5") == true)
      #expect(await nursery.supervisor.statuses().first?.circuitOpenUntil != nil)
      // A person's restart begins anew.
      _ = try await nursery.supervisor.perform(.restart(force: true), on: ChildID("hang"))
      #expect(await nursery.ask("hello")?.first?.status == .timedOut)
    }
  }

  @Test func `a child that turns do not wait for has no circuit`() async throws {
    let toml = "[messages]\ntimeout_ms = 20\ntimeout_max_ms = 30\nwait = false\n"
    try await Nursery.with(["hang"], toml: ["hang": toml]) { nursery in
      _ = await nursery.ready("hang")
      for _ in 0..<10 {
        #expect(await nursery.ask("hello")?.first?.status == .timedOut)
      }
    }
  }

  @Test func `a message that ended the same child twice is not given to it again`() async throws {
    try await Nursery.with(["crash"], toml: ["crash": quickRestart]) { nursery in
      let poison = Message(
        id: .next(at: .now), thread: .main, createdAt: .now, role: .user, content: "crash")
      var generation: Int64 = 0
      for _ in 0..<CrashCounts.limit {
        generation = await nursery.ready("crash", past: generation).generation
        #expect(await nursery.ask(poison)?.first?.status == .crashed)
      }
      _ = await nursery.ready("crash", past: generation)
      let skipped = try #require(await nursery.ask(poison)?.first)
      #expect(skipped.status == .skipped)
      #expect(skipped.reason?.hasPrefix("poison: it ended 2 times over this message") == true)
      #expect(await nursery.ask("something else")?.first?.status == .replied)
      #expect(nursery.records["crash"]?.crashes == .object([.init(poison.id.text, 2)]))
    }
  }

  @Test func `poison is known after a restart of chatd`() async throws {
    let poison = Message(
      id: .next(at: .now), thread: .main, createdAt: .now, role: .user, content: "crash")
    let crashes = JSON.object([.init(poison.id.text, 2)])
    let kept = [ChildID("crash"): ChildRecord(generation: 4, crashes: crashes)]
    try await Nursery.with(["crash"], kept: kept) { nursery in
      _ = await nursery.ready("crash")
      #expect(await nursery.ask(poison)?.first?.status == .skipped)
    }
  }

  @Test func `a death certificate says what it used, held, wrote last, and what comes next`()
    async throws
  {
    try await Nursery.with(["crash"], toml: ["crash": quickRestart]) { nursery in
      let first = await nursery.ready("crash")
      let message = Message(
        id: .next(at: .now), thread: .main, createdAt: .now, role: .user, content: "crash 42")
      _ = await nursery.ask(message)
      let second = await nursery.ready("crash", past: first.generation)
      let exit = try #require(second.lastExit)
      #expect(exit.cause == .exit && exit.code == 42)
      #expect(exit.held == [message.id])
      #expect(exit.stderrTail.last == "about to crash 42")
      #expect(try #require(exit.cpu) > .zero)
      #expect(try #require(exit.peakMemoryBytes) > 1 << 20)
      #expect(exit.next == .starting)
      let log = try await nursery.supervisor.log(of: ChildID("crash"), lineCount: 100)
      let told = log.first { $0.text.hasPrefix("it exited with code 42") }
      #expect(told?.generation == first.generation)
      #expect(told?.text.contains(message.id.text) == true)
      #expect(told?.text.hasSuffix("it is started again at once") == true)
    }
  }

  @Test func `a command for a generation that is over does nothing`() async throws {
    try await Nursery.with(["echo"]) { nursery in
      let first = await nursery.ready("echo")
      kill(try #require(first.pid), SIGKILL)
      let second = await nursery.ready("echo", past: first.generation)
      await #expect(throws: ChatError.self) {
        try await nursery.supervisor.perform(
          .kill, on: ChildID("echo"), generation: first.generation)
      }
      #expect(isAlive(try #require(second.pid)))
      let stopped = try await nursery.supervisor.perform(
        .stop, on: ChildID("echo"), generation: second.generation)
      #expect(stopped.state == .stopped)
    }
  }
}
