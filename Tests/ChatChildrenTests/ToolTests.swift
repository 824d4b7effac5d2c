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

  @Test func `what is a tool is listed as it was declared, and what is none is said`() async throws
  {
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
