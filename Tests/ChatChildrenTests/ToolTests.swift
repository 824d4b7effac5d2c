import ChatCore
import ChildProtocol
import TestSupport
import Testing

@testable import ChatChildren

/// The tools that children declare, and calling them.
@Suite(.timeLimit(.minutes(2))) struct ToolTests {
  private let relay = ChildID("relay")
  private let toml = """
    [messages]
    timeout_ms = 400
    [tools]
    approve = "ask"
    auto = ["plain"]
    never = ["banned"]
    """

  private func with(_ body: (Nursery) async throws -> Void) async throws {
    try await Nursery.with(["relay"], toml: ["relay": toml + "\n"]) { nursery in
      _ = await nursery.ready("relay")
      try await body(nursery)
    }
  }

  @Test func `what is a tool is listed by its name, and what is none is said`() async throws {
    try await with { nursery in
      let tools = await nursery.supervisor.tools()
      #expect(tools.map(\.name) == ["act", "banned", "plain"])
      #expect(tools.map(\.approval) == [.ask, .never, .auto])
      #expect(tools[0].description == "Does what its arguments say")
      #expect(tools[0].annotations == ["readOnlyHint": true])
      #expect(tools[2].inputSchema == ["type": "object"] && tools[2].annotations == nil)
      let log = try await nursery.supervisor.log(of: relay, lineCount: 100).map(\.text)
      #expect(log.contains("tool plain was left out: there is one of that name"))
      #expect(log.contains("tool bad was left out: expected an object as \"inputSchema\""))
      #expect(log.count { $0.hasPrefix("a tool was left out: expected a \"name\"") } == 2)
      _ = try await nursery.supervisor.perform(.stop, on: relay)
      #expect(await nursery.supervisor.tools().isEmpty)
    }
  }

  @Test func `a result comes back in MCP's shape, with the time it took`() async throws {
    try await with { nursery in
      let outcome = await nursery.supervisor.call("act", of: relay, arguments: ["do": "echo"])
      #expect(outcome.status == .done && outcome.reason == nil)
      #expect(outcome.content.array?.first?["type"] == "text")
      #expect(outcome.latency > .zero)
    }
  }

  @Test func `every failure has its status and its reason`() async throws {
    try await with { nursery in
      func call(_ tool: String, _ arguments: JSON) async -> (ToolCall.Status, String?) {
        let outcome = await nursery.supervisor.call(tool, of: relay, arguments: arguments)
        return (outcome.status, outcome.reason)
      }
      #expect(await call("act", ["do": "refuse"]) == (.failed, "not today"))
      #expect(
        await call("act", ["do": "echo", "is_error": true])
          == (.failed, "the tool says that it failed"))
      #expect(
        await call("act", ["do": "raw", "raw": 5])
          == (.failed, "its answer has no \"content\", which is a list of blocks"))
      let data = await nursery.supervisor.call(
        "act", of: relay, arguments: ["do": "raw", "raw": ["structuredContent": ["a": 1]]])
      #expect(data.status == .done)
      #expect(data.content == [["type": "text", "text": #"{"a":1}"#]])
      let (status, reason) = await call("act", ["do": "hang"])
      #expect(status == .timedOut && reason?.hasPrefix("no answer within ") == true)
      #expect(await call("none", [:]) == (.refused, "relay has no tool \"none\""))
      #expect(
        await call("banned", ["do": "echo"])
          == (.refused, "the manifest of relay never lets \"banned\" be called"))
      let (crashed, why) = await call("act", ["do": "crash"])
      #expect(crashed == .failed && why?.hasPrefix("relay: ") == true)
      let stranger = await nursery.supervisor.call("act", of: ChildID("x"), arguments: [:])
      #expect(stranger.status == .refused && stranger.reason == "there is no child \"x\"")
    }
  }

  @Test func `the manifest gives calls of tools a time of their own`() async throws {
    let toml = toml.replacing("[tools]", with: "[tools]\ntimeout_ms = 1")
      .replacing("timeout_ms = 400", with: "timeout_ms = 60000")
    try await Nursery.with(["relay"], toml: ["relay": toml + "\n"]) { nursery in
      _ = await nursery.ready("relay")
      let outcome = await nursery.supervisor.call("act", of: relay, arguments: ["do": "hang"])
      #expect(outcome.status == .timedOut && outcome.reason?.contains("60") == false)
    }
  }

  @Test func `a call that nobody wants any more ends at once, and the child is told`() async throws
  {
    // The child would be given minutes; nothing but the cancelling ends the call.
    let patient = toml.replacing("timeout_ms = 400", with: "timeout_ms = 60000")
    try await Nursery.with(["relay"], toml: ["relay": patient + "\n"]) { nursery in
      let (supervisor, relay) = (nursery.supervisor, relay)
      _ = await nursery.ready("relay")
      try await supervisor.tail(relay, true)
      let call = Task { await supervisor.call("act", of: relay, arguments: ["do": "hang"]) }
      await nursery.logged("hangs")
      call.cancel()
      let outcome = await call.value
      #expect(outcome.status == .failed && outcome.reason == "it was stopped")
      await nursery.logged("cancelled")
      let next = await supervisor.call("act", of: relay, arguments: ["do": "echo"])
      #expect(next.status == .done, "the child goes on")

      let early = Task { await supervisor.call("act", of: relay, arguments: ["do": "hang"]) }
      early.cancel()
      #expect(await early.value.reason == "it was stopped", "before or after it was begun")
    }
  }

  @Test func `what a person wants to be remembered holds over restarts, and until it is forgotten`()
    async throws
  {
    let kept = try await withKept(nil) { nursery in
      let supervisor = nursery.supervisor
      try await supervisor.remember(.auto, for: "act", of: relay)
      #expect(await supervisor.tools().map(\.approval) == [.auto, .never, .auto])
      #expect(await supervisor.tools().map(\.isRemembered) == [true, false, false])
      _ = try await supervisor.perform(.restart(force: true), on: relay)
      #expect(await supervisor.tools().map(\.isRemembered) == [true, false, false])
      try await supervisor.remember(.auto, for: "banned", of: relay)
      #expect(await supervisor.tools()[1].approval == .never, "the manifest says never")
    }
    let left = try await withKept(kept) { nursery in
      let supervisor = nursery.supervisor
      #expect(await supervisor.tools().map(\.approval) == [.auto, .never, .auto])
      try await supervisor.remember(.never, for: "plain", of: relay)
      let done = await supervisor.call("plain", of: relay, arguments: ["do": "echo"])
      #expect(done.status == .done, "what is remembered is the caller's to heed")
      for tool in ["act", "banned", "plain"] {
        try await supervisor.remember(nil, for: tool, of: relay)
      }
      #expect(await supervisor.tools().allSatisfy { !$0.isRemembered })
    }
    #expect(left == nil)
  }

  @Test func `a word about a tool that has become another counts no more`() async throws {
    let kept: JSON = [
      "act": ["approve": "auto", "of": ["description": "Is harmless", "inputSchema": [:]]]
    ]
    try await withKept(kept) { nursery in
      #expect(await nursery.supervisor.tools()[0].approval == .ask)
      try await nursery.supervisor.remember(nil, for: "act", of: relay)
      #expect(nursery.records["relay"]?.approvals == nil)
    }
  }

  @Test func `nothing is remembered of what is not there`() async throws {
    try await with { nursery in
      let supervisor = nursery.supervisor
      for approval in [Tool.Approval.auto, nil] {
        await #expect(throws: ChatError.notFound(what: "tool \"none\" of relay")) {
          try await supervisor.remember(approval, for: "none", of: relay)
        }
        await #expect(throws: ChatError.notFound(what: "child \"x\"")) {
          try await supervisor.remember(approval, for: "act", of: ChildID("x"))
        }
      }
      #expect(nursery.records["relay"]?.approvals == nil)
    }
  }

  @Test func `words that come at once are all remembered`() async throws {
    let kept = try await withKept(nil) { nursery in
      let supervisor = nursery.supervisor
      try await withThrowingTaskGroup(of: Void.self) { group in
        for tool in ["act", "banned", "plain"] {
          group.addTask { try await supervisor.remember(.auto, for: tool, of: ChildID("relay")) }
        }
        try await group.waitForAll()
      }
    }
    #expect(kept?.members?.map(\.key) == ["act", "banned", "plain"])
  }

  /// Runs `body` with the relay of which `approvals` are kept.
  /// - Returns: what is kept afterwards.
  @discardableResult
  private func withKept(
    _ approvals: JSON?, _ body: (Nursery) async throws -> Void
  ) async throws -> JSON? {
    var kept: JSON?
    try await Nursery.with(
      ["relay"], toml: ["relay": toml + "\n"], kept: [relay: ChildRecord(approvals: approvals)]
    ) { nursery in
      _ = await nursery.ready("relay")
      try await body(nursery)
      kept = nursery.records["relay"]?.approvals
    }
    return kept
  }

  @Test func `no more than so many calls at once are held`() async throws {
    try await with { nursery in
      let supervisor = nursery.supervisor
      let outcomes = await withTaskGroup(of: ToolOutcome.self) { group in
        for _ in 0..<Call.limit + 10 {
          group.addTask { await supervisor.call("act", of: relay, arguments: ["do": "hang"]) }
        }
        return await group.reduce(into: [ToolOutcome]()) { $0.append($1) }
      }
      #expect(outcomes.count { $0.status == .timedOut } == Call.limit)
      #expect(
        outcomes.count { $0.reason == "relay holds \(Call.limit) calls already" } == 10)
    }
  }
}

extension Nursery {
  /// Waits for a line of the relay's, which has to be tailed.
  fileprivate func logged(_ text: String) async {
    _ = await events.first { event in
      guard case .logLines(ChildID("relay"), let lines, _) = event else { return false }
      return lines.contains { $0.text == text }
    }
  }
}
