import ChatCore
import Foundation
import NIOPosix
import TestSupport
import Testing

@testable import ChatChildren

/// What a command waits for, on a child that is never started. What it comes to on one that runs is
/// in `SupervisorTests`.
@Suite(.timeLimit(.minutes(1))) struct CommandWaiterTests {
  private let exit = ChildExit(
    cause: .exit, code: 3, at: Timestamp(milliseconds: 0), uptime: .seconds(2),
    stderrTail: ["first", "no such file: x"])

  /// Runs `body` where children live, with a child that is down.
  private func withChild(
    _ body: @Sendable @escaping (isolated Supervisor, Child) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let warden = try Warden(
      path: Places.programs.appendingPathComponent("chatd-warden").path, log: { _ in },
      report: { _ in })
    defer { warden.stop() }
    let supervisor = Supervisor(
      Supervisor.Configuration(
        folders: [], wardenPath: "", socketFolder: folder.url.path, logFolder: folder.url.path,
        chatdFolder: "/", environment: [:]),
      group: .singleton, records: RecordKeeper(), sink: EventRecorder(), report: { _ in })
    try await Self.run(on: supervisor, warden, folder, body)
  }

  private static func run(
    on supervisor: isolated Supervisor, _ warden: Warden, _ folder: TemporaryFolder,
    _ body: @Sendable (isolated Supervisor, Child) async throws -> Void
  ) async throws {
    let loop = supervisor.loop
    let place = ChildPlace(
      loop: loop, pipeLoop: loop, warden: warden, socketFolder: folder.url.path, chatdFolder: "/",
      environment: [:], host: ScriptedHost(), publish: { _ in }, report: { _ in },
      supervisor: supervisor)
    let manifest = Manifest(id: ChildID("echo"), folder: folder.url.path)
    let log = ChildLog(
      child: manifest.id, path: folder.url.path + "/log", rules: manifest.log, publish: { _ in })
    try await body(
      supervisor,
      Child(
        number: 1, manifest: manifest, record: ChildRecord(wanted: true), log: log,
        place: place))
  }

  /// What waiting comes to: nil where all is well.
  private static func outcome(
    of waiter: CommandWaiter, on supervisor: isolated Supervisor
  ) async -> ChatError? {
    do {
      try await waiter.wait(isolation: supervisor)
      return nil
    } catch {
      return error as? ChatError
    }
  }

  @Test func `a child that is down is down`() async throws {
    try await withChild { supervisor, child in
      let waiter = CommandWaiter(.down(generation: 7))
      #expect(!waiter.isSettled)
      waiter.look(at: child)
      #expect(waiter.isSettled)
      #expect(await Self.outcome(of: waiter, on: supervisor) == nil)
    }
  }

  @Test func `one that somebody stopped meanwhile will not be ready`() async throws {
    try await withChild { supervisor, child in
      let waiter = CommandWaiter(.ready(generation: 1))
      waiter.look(at: child)
      #expect(!waiter.isSettled)
      #expect(child.obey(.stop) == nil, "it is down already")
      waiter.look(at: child)
      #expect(
        await Self.outcome(of: waiter, on: supervisor)
          == .conflict(reason: "echo was stopped before it was ready"))
    }
  }

  @Test func `a start that failed says why, with the last words`() async throws {
    let exit = exit
    try await withChild { supervisor, _ in
      let waiter = CommandWaiter(.ready(generation: 5))
      waiter.buried(4, exit)
      #expect(!waiter.isSettled, "that was the one before")
      waiter.buried(5, exit)
      let reason = "not ready: it exited with code 3 after 2 s; it last wrote: no such file: x"
      #expect(await Self.outcome(of: waiter, on: supervisor) == .conflict(reason: reason))
    }
  }

  @Test func `the end of the generation is what a stop waits for`() async throws {
    let exit = exit
    try await withChild { supervisor, _ in
      let waiter = CommandWaiter(.down(generation: 5))
      waiter.buried(4, exit)
      #expect(!waiter.isSettled)
      waiter.buried(6, exit)
      #expect(await Self.outcome(of: waiter, on: supervisor) == nil)
    }
  }

  @Test func `the first result stays`() async throws {
    let exit = exit
    try await withChild { supervisor, child in
      let waiter = CommandWaiter(.ready(generation: 1))
      waiter.buried(1, exit)
      _ = child.obey(.stop)
      waiter.look(at: child)
      waiter.buried(2, exit)
      let outcome = await Self.outcome(of: waiter, on: supervisor)
      guard case .conflict(let reason)? = outcome else {
        Issue.record("expected a conflict")
        return
      }
      #expect(reason.hasPrefix("not ready: "))
    }
  }
}
