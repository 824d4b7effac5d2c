import ChatCore
import ChildProtocol
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

/// What children save, and starting them without it.
@Suite(.timeLimit(.minutes(2))) struct StateTests {
  private let haunted = ChildID("haunted")

  private func with(_ body: (Nursery) async throws -> Void) async throws {
    try await Nursery.with(["haunted"]) { nursery in
      _ = await nursery.ready("haunted")
      try await body(nursery)
    }
  }

  @Test func `of many saves that nobody waits for the last one counts, in memory and on disk`()
    async throws
  {
    try await with { nursery in
      for round in 0..<20 {
        let words = (0..<30).map { "\(round).\($0)" }.joined(separator: " ")
        #expect(await nursery.ask(words)?.first?.text == "saved")
        #expect(nursery.records["haunted"]?.state == .string("\(round).29"))
      }
      let state = try await nursery.supervisor.state(of: haunted)
      #expect(state == "19.29")
    }
  }

  @Test func `what is too long or nothing at all is refused, and what was saved stays`()
    async throws
  {
    try await with { nursery in
      _ = await nursery.ask("good")
      let long = await nursery.ask("long")?.first?.text
      #expect(long?.hasPrefix("it sent a frame of 1048") == true)
      #expect(long?.hasSuffix(" bytes; 1048576 is the most") == true)
      #expect(await nursery.ask("none")?.first?.text == "state: missing; expected any JSON")
      #expect(nursery.records["haunted"]?.state == "good")
      let status = try #require(await nursery.supervisor.statuses().first)
      #expect(status.stateBytes == "\"good\"".utf8.count)
    }
  }

  @Test func `a child that its state ends over and over is started clean`() async throws {
    try await with { nursery in
      _ = await nursery.ask("bad")
      // The control: with what it saved it does not start, whatever is tried.
      await #expect(throws: ChatError.self) {
        try await nursery.supervisor.perform(.restart(force: false), on: haunted)
      }
      _ = await nursery.events.status(of: "haunted") { $0.state == .parked }
      let status = try await nursery.supervisor.perform(.startClean, on: haunted)
      #expect(status.state == .ready && status.stateBytes == 0)
      let said = try #require(await nursery.ask("state?")?.first)
      #expect(said.status == .replied && said.data == nil)
      #expect(nursery.records["haunted"]?.state == .null)
    }
  }

  @Test func `one that is up is stopped and started without what it saved, even as it goes`()
    async throws
  {
    try await with { nursery in
      _ = await nursery.ask("good")
      let before = await nursery.ready("haunted").generation
      let status = try await nursery.supervisor.perform(.startClean, on: haunted)
      #expect(status.generation == before + 1 && status.stateBytes == 0)
      // Once: the next start has what is saved from then on.
      _ = await nursery.ask("new")
      let again = try await nursery.supervisor.perform(.restart(force: false), on: haunted)
      #expect(again.stateBytes == "\"new\"".utf8.count)
    }
  }

  @Test func `what it saved can be cleared while it runs`() async throws {
    try await with { nursery in
      _ = await nursery.ask("good")
      try await nursery.supervisor.clearState(of: haunted)
      #expect(nursery.records["haunted"]?.state == .null)
      let state = try await nursery.supervisor.state(of: haunted)
      #expect(state == nil)
      await #expect(throws: ChatError.notFound(what: "child \"x\"")) {
        try await nursery.supervisor.clearState(of: ChildID("x"))
      }
    }
  }
}
