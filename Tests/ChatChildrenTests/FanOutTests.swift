import ChatCore
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

@Suite(.timeLimit(.minutes(2))) struct FanOutTests {
  private let quick = "[messages]\ntimeout_ms = 700\ntimeout_max_ms = 60000\n"

  @Test func `every child has one outcome, in order of the names`() async throws {
    let names = ["crash-always", "declines", "echo", "hang", "not-json"]
    try await Nursery.with(names, toml: ["hang": quick, "not-json": quick]) { nursery in
      for name in names { _ = await nursery.ready(name) }
      let responses = try #require(await nursery.ask("hello"))
      #expect(responses.map(\.child.text) == names)
      #expect(responses.map(\.status) == [.crashed, .declined, .replied, .timedOut, .crashed])
      #expect(responses[2].text == "echo: hello")
      #expect(
        responses.allSatisfy { ($0.reason == nil) == [.replied, .declined].contains($0.status) })
    }
  }

  @Test func `a late answer comes later, marked, with its true latency`() async throws {
    let toml = "[messages]\ntimeout_ms = 100\ntimeout_max_ms = 60000\n[config]\ndelay_ms = 400\n"
    try await Nursery.with(["slow"], toml: ["slow": toml]) { nursery in
      _ = await nursery.ready("slow")
      let (lates, put) = AsyncStream.makeStream(
        of: ChildResponse.self, bufferingPolicy: .bufferingOldest(8))
      let responses = try #require(await nursery.ask("hello") { put.yield($0) })
      #expect(responses.map(\.status) == [.timedOut])
      let late = try #require(await lates.first { _ in true })
      #expect(late.status == .replied)
      #expect(late.late)
      #expect(late.latency >= .milliseconds(400))
    }
  }

  @Test func `nobody is asked where nobody is up`() async throws {
    try await Nursery.with(["echo"], autostart: false) { nursery in
      #expect(await nursery.ask("hello") == nil)
    }
  }

  @Test func `a child that is starting gets the message when it is ready`() async throws {
    let patient = "[messages]\ntimeout_ms = 60000\ntimeout_max_ms = 60000\n"
    try await Nursery.with(["echo"], toml: ["echo": patient]) { nursery in
      let responses = try #require(await nursery.ask("early"))
      #expect(responses.map(\.text) == ["echo: early"])
    }
  }

  @Test func `only those it is addressed to hear a message`() async throws {
    try await Nursery.with(["echo", "echo@2"]) { nursery in
      _ = await nursery.ready("echo")
      _ = await nursery.ready("echo-2")
      let responses = try #require(await nursery.ask("hello", to: ["echo-2"]))
      #expect(responses.map(\.child.text) == ["echo-2"])
    }
  }

  @Test func `cancelling closes the rollup at once and the answer is late`() async throws {
    let toml = "[config]\ndelay_ms = 3000\n"
    try await Nursery.with(["slow", "echo"], toml: ["slow": toml]) { nursery in
      _ = await nursery.ready("slow")
      _ = await nursery.ready("echo")
      let (lates, put) = AsyncStream.makeStream(
        of: ChildResponse.self, bufferingPolicy: .bufferingOldest(8))
      let rollup = Task { await nursery.ask("hello") { put.yield($0) } }
      _ = await nursery.events.first { event in
        guard case .progress(let progress) = event, case .outcome = progress.phase else {
          return false
        }
        return progress.child.text == "echo"
      }
      rollup.cancel()
      let responses = try #require(await rollup.value)
      #expect(responses.map(\.status) == [.replied, .timedOut])
      let late = try #require(await lates.first { _ in true })
      #expect(late.child.text == "slow" && late.late && late.status == .replied)
    }
  }

  @Test func `partials are shown as they come`() async throws {
    try await Nursery.with(["partial"]) { nursery in
      _ = await nursery.ready("partial")
      let responses = try #require(await nursery.ask("hello"))
      #expect(responses.map(\.status) == [.replied])
      let streamed = nursery.events.events.contains { event in
        if case .progress(let progress) = event, case .streaming = progress.phase {
          true
        } else {
          false
        }
      }
      #expect(streamed)
    }
  }

  @Test func `an answer over its limit fails the request and the child lives`() async throws {
    try await Nursery.with(["too-long"]) { nursery in
      let status = await nursery.ready("too-long")
      let responses = try #require(await nursery.ask("hello"))
      #expect(responses.map(\.status) == [.failed])
      #expect(await nursery.supervisor.statuses().first?.pid == status.pid)
    }
  }

  @Test(arguments: ["half-frame", "huge-length", "zero-length"])
  func `a child that breaks the frames is ended and comes back`(name: String) async throws {
    try await Nursery.with([name]) { nursery in
      let first = await nursery.ready(name)
      let responses = try #require(await nursery.ask("hello"))
      #expect(responses.map(\.status) == [.crashed])
      let second = await nursery.ready(name, past: first.generation)
      #expect(second.lastExit != nil)
      #expect(second.pid != first.pid)
    }
  }
}
