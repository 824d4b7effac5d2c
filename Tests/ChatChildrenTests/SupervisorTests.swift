import ChatCore
import ChildProtocol
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

@Suite(.timeLimit(.minutes(2))) struct SupervisorTests {
  @Test func `a killed child comes back as the next generation`() async throws {
    let bystander = try Bystander()
    try await Nursery.with(["echo"]) { nursery in
      let first = await nursery.ready("echo")
      kill(try #require(first.pid), SIGKILL)
      let second = await nursery.ready("echo", past: first.generation)
      #expect(second.generation == first.generation + 1)
      #expect(second.restarts == 1)
      #expect(second.lastExit?.cause == .signal)
      #expect(second.lastExit?.signal == "SIGKILL")
    }
    #expect(bystander.isAlive)
  }

  @Test func `start, stop, kill and restart return once it is done`() async throws {
    try await Nursery.with(["echo"], autostart: false) { nursery in
      let echo = ChildID("echo")
      let started = try await nursery.supervisor.perform(.start, on: echo)
      #expect(started.state == .ready && started.isWanted && started.generation == 1)
      #expect(try await nursery.supervisor.perform(.start, on: echo).pid == started.pid)
      let stopped = try await nursery.supervisor.perform(.stop, on: echo)
      #expect(stopped.state == .stopped && !stopped.isWanted)
      #expect(stopped.lastExit?.cause == .operator)
      #expect(stopped.lastExit?.code == 0)
      #expect(!isAlive(try #require(started.pid)))
      let again = try await nursery.supervisor.perform(.restart(force: false), on: echo)
      #expect(again.state == .ready && again.generation == 2)
      let forced = try await nursery.supervisor.perform(.restart(force: true), on: echo)
      #expect(forced.generation == 3 && forced.lastExit?.signal == "SIGKILL")
      let killed = try await nursery.supervisor.perform(.kill, on: echo)
      #expect(killed.state == .stopped && killed.lastExit?.cause == .operator)
      #expect(nursery.records["echo"]?.wanted == false)
      #expect(try await nursery.supervisor.perform(.kill, on: echo).state == .stopped)
    }
  }

  @Test func `a start that fails says why`() async throws {
    let names = ["exit-at-once", "exit-78", "init-error"]
    try await Nursery.with(names, autostart: false) { nursery in
      for name in names {
        let error = await #expect(throws: ChatError.self) {
          try await nursery.supervisor.perform(.start, on: ChildID(name))
        }
        guard case .conflict(let reason)? = error else {
          Issue.record("expected a conflict")
          continue
        }
        #expect(reason.contains(name == "init-error" ? "refused" : "code"))
      }
      let parked = await nursery.events.status(of: "exit-78") { $0.state == .parked }
      #expect(parked.nextStartAt == nil)
      #expect(parked.lastExit?.code == 78)
    }
  }

  @Test func `a child that never connects has a start timeout`() async throws {
    let toml = "[ready]\ntimeout_ms = 200\n"
    try await Nursery.with(["never-connects"], toml: ["never-connects": toml]) { nursery in
      let status = await nursery.events.status(of: "never-connects") { $0.lastExit != nil }
      #expect(status.lastExit?.cause == .startTimeout)
    }
  }

  @Test func `a stop is a ladder: a child that ignores it is killed`() async throws {
    let toml = "[stop]\ndrain_ms = 50\nterm_ms = 50\n"
    try await Nursery.with(["ignores-term"], toml: ["ignores-term": toml]) { nursery in
      let ready = await nursery.ready("ignores-term")
      let stopped = try await nursery.supervisor.perform(.stop, on: ChildID("ignores-term"))
      #expect(stopped.lastExit?.signal == "SIGKILL")
      #expect(!isAlive(try #require(ready.pid)))
    }
  }

  @Test func `many stops go side by side, and hold up no other command`() async throws {
    // Each of them takes its whole ladder: 4 s. One after the other that would be over a minute.
    let toml = "[stop]\ndrain_ms = 2000\nterm_ms = 2000\n"
    let stubborn = (1...20).map { "ignores-term@\($0)" }
    let tomls = Dictionary(uniqueKeysWithValues: stubborn.map { ($0, toml) })
    try await Nursery.with(stubborn + ["echo"], toml: tomls) { nursery in
      let ids = stubborn.map { $0.replacing("@", with: "-") }
      for id in ids { _ = await nursery.ready(id) }
      _ = await nursery.ready("echo")
      await withThrowingTaskGroup(of: Void.self) { group in
        for id in ids {
          group.addTask {
            let stopped = try await nursery.supervisor.perform(.stop, on: ChildID(id))
            #expect(stopped.state == .stopped)
          }
        }
        group.addTask {
          _ = try await nursery.supervisor.perform(.restart(force: true), on: ChildID("echo"))
          let statuses = await nursery.supervisor.statuses()
          #expect(statuses.contains { $0.state == .stopping }, "the stops still go on")
        }
        do { try await group.waitForAll() } catch { Issue.record("\(error)") }
      }
    }
  }

  @Test func `a stop asked during a start or a backoff works`() async throws {
    let slow = "[restart]\nbackoff_initial_ms = 60000\nbackoff_max_ms = 60000\n"
    let patient = "[ready]\ntimeout_ms = 60000\n"
    try await Nursery.with(
      ["never-connects", "exit-at-once"],
      toml: ["exit-at-once": slow, "never-connects": patient]
    ) { nursery in
      let starting = await nursery.events.status(of: "never-connects") { $0.pid != nil }
      #expect(starting.state == .starting)
      let stopped = try await nursery.supervisor.perform(.stop, on: ChildID("never-connects"))
      #expect(stopped.state == .stopped)
      #expect(stopped.lastExit?.cause == .operator, "\(String(describing: stopped.lastExit))")
      #expect(!isAlive(try #require(starting.pid)))
      _ = await nursery.events.status(of: "exit-at-once") { $0.state == .backingOff }
      let down = try await nursery.supervisor.perform(.stop, on: ChildID("exit-at-once"))
      #expect(down.state == .stopped && down.nextStartAt == nil && !down.isWanted)
    }
  }

  @Test(arguments: ["grandchild", "daemonised"])
  func `what a child had started is gone once it is killed`(name: String) async throws {
    let bystander = try Bystander()
    try await Nursery.with([name]) { nursery in
      _ = await nursery.ready(name)
      let grandchild = try await Self.grandchild(of: name, in: nursery)
      #expect(isAlive(grandchild))
      _ = try await nursery.supervisor.perform(.kill, on: ChildID(name))
      #expect(!isAlive(grandchild))
    }
    #expect(bystander.isAlive)
  }

  @Test func `state comes back in the next generation`() async throws {
    try await Nursery.with(["saver"]) { nursery in
      let first = await nursery.ready("saver")
      _ = await nursery.ask("one")
      let before = try #require(await nursery.ask("two")?.first?.text)
      #expect(nursery.records["saver"]?.state != nil)
      kill(try #require(first.pid), SIGKILL)
      _ = await nursery.ready("saver", past: first.generation)
      let after = try #require(await nursery.ask("three")?.first?.text)
      #expect(before.contains("2") && after.contains("3"))
    }
  }

  @Test func `a silent child becomes suspect, is ended and replaced`() async throws {
    let toml = "[watchdog]\ninterval_ms = 40\nsuspect_after = 2\nkill_after = 4\n"
    try await Nursery.with(["deaf"], toml: ["deaf": toml]) { nursery in
      let first = await nursery.ready("deaf")
      _ = await nursery.events.status(of: "deaf") { $0.state == .suspect }
      let second = await nursery.ready("deaf", past: first.generation)
      #expect(second.lastExit?.cause == .watchdog)
    }
  }

  @Test func `a child that fails too often is parked, and one word starts it`() async throws {
    let toml =
      "[restart]\nbackoff_initial_ms = 1\nbackoff_max_ms = 2\nintensity = 3\npark_retry_ms = 0\n"
    try await Nursery.with(["exit-at-once"], toml: ["exit-at-once": toml]) { nursery in
      let parked = await nursery.events.status(of: "exit-at-once") { $0.state == .parked }
      #expect(parked.generation == 4)
      #expect(parked.restarts == 3)
      #expect(parked.isWanted)
      _ = try? await nursery.supervisor.perform(.start, on: ChildID("exit-at-once"))
      _ = await nursery.events.status(of: "exit-at-once") { $0.generation > 4 }
    }
  }

  @Test func `a bad manifest is shown and stops no other`() async throws {
    let toml = ["hang": "[messages]\ntimeout = 3\n"]
    try await Nursery.with(["echo", "hang"], toml: toml) { nursery in
      _ = await nursery.ready("echo")
      let hang = try #require(await nursery.supervisor.statuses().first { $0.id.text == "hang" })
      #expect(hang.state == .invalid)
      #expect(hang.problem?.contains("messages.timeout: unknown key") == true)
      await #expect(throws: ChatError.self) {
        try await nursery.supervisor.perform(.start, on: ChildID("hang"))
      }
    }
  }

  @Test func `a person's word is kept and outranks autostart`() async throws {
    let kept = [ChildID("echo"): ChildRecord(wanted: false, generation: 7)]
    try await Nursery.with(["echo"], kept: kept) { nursery in
      #expect(await nursery.supervisor.statuses().first?.state == .stopped)
      let started = try await nursery.supervisor.perform(.start, on: ChildID("echo"))
      #expect(started.generation == 8)
    }
  }

  @Test func `output is kept by line and stream, and a flood harms nobody`() async throws {
    try await Nursery.with(["floods-stderr", "echo", "logs"]) { nursery in
      _ = await nursery.ready("floods-stderr")
      _ = await nursery.ready("echo")
      _ = await nursery.ready("logs")
      for _ in 0..<20 {
        let responses = try #require(await nursery.ask("hello"))
        #expect(responses.allSatisfy { $0.status == .replied })
      }
      let isWhole = await holds {
        let log = try? await nursery.supervisor.log(of: ChildID("logs"), lineCount: 100)
        return Set(log?.map(\.stream) ?? []) == [.stdout, .stderr, .chatd]
      }
      #expect(isWhole)
      let flood = try await nursery.supervisor.log(of: ChildID("floods-stderr"), lineCount: 100_000)
      #expect(flood.count <= ChildLog.lineLimit * 5 / 4)
    }
  }

  /// The number that the child wrote to its log.
  private static func grandchild(of name: String, in nursery: Nursery) async throws -> Int32 {
    var pid: Int32?
    let found = await holds {
      let log = try? await nursery.supervisor.log(of: ChildID(name), lineCount: 100)
      pid = log?.lazy.compactMap { $0.text.firstMatch(of: /grandchild (\d+)/) }.first
        .flatMap { Int32($0.1) }
      return pid != nil
    }
    #expect(found)
    return try #require(pid)
  }
}
