import ChatCore
import ChildProtocol
import Synchronization
import TestSupport
import Testing

@testable import ChatWeb

/// A child's log, shown and followed over a WebSocket.
@Suite(.timeLimit(.minutes(1)))
struct LogTailTests {
  private func line(_ text: String) -> LogLine {
    LogLine(at: Timestamp(milliseconds: 0), stream: .stdout, generation: 1, text: text)
  }

  @Test func aLogIsShownAndFollowed() async throws {
    let children = FakeChildren(["dice"])
    let dice = ChildID("dice")
    children.state.withLock { $0.logs[dice] = [line("a"), line("b")] }
    try await withClient(children: children) { server, client in
      func texts(_ json: JSON) -> [String?]? { json["lines"]?.array?.map { $0["text"]?.string } }
      let answer = try await client.ask(["type": "tail_logs", "actor_id": "dice"])
      #expect(answer.type == "log_lines" && answer["actor_id"] == "dice")
      #expect(texts(answer) == ["a", "b"] && answer["dropped"]?.int == 0)
      #expect(children.state.withLock { $0.tails[dice] } == 1)
      server.hub.publish(.logLines(dice, [line("c")], dropped: 3))
      server.hub.publish(.logLines(ChildID("other"), [line("x")], dropped: 0))
      let live = try await client.next()
      #expect(texts(live) == ["c"] && live["dropped"]?.int == 3)
      _ = try await client.ask(["type": "tail_logs", "actor_id": "dice"])
      #expect(children.state.withLock { $0.tails[dice] } == 1)
      let end = try await client.ask(["type": "untail_logs", "actor_id": "dice"])
      #expect(end.type == "log_lines" && texts(end) == [])
      #expect(children.state.withLock { $0.tails[dice] } == 0)
      server.hub.publish(.logLines(dice, [line("d")], dropped: 0))
      #expect(try await client.ask(["type": "ping"]).type == "pong")
    }
  }

  @Test func linesThatComeWhileALogIsReadComeOnce() async throws {
    let children = FakeChildren(["dice"])
    let (dice, gate) = (ChildID("dice"), Gate())
    children.state.withLock { state in
      (state.logs[dice], state.logGate) = ([line("a"), line("b")], gate)
    }
    try await withClient(children: children) { server, client in
      try await client.send(["type": "tail_logs", "actor_id": "dice", "ref": 1])
      await gate.arrival()
      server.hub.publish(.logLines(dice, [line("b")], dropped: 0))
      server.hub.publish(.logLines(dice, [line("c")], dropped: 0))
      gate.open()
      let answer = try await client.next()
      #expect(answer["ref"]?.int == 1)
      #expect(answer["lines"]?.array?.map { $0["text"] } == ["a", "b"])
      let live = try await client.next()
      #expect(live["lines"]?.array?.map { $0["text"] } == ["c"])
    }
  }

  @Test func tailsEndWithTheirConnection() async throws {
    let children = FakeChildren(["dice"])
    try await withClient(children: children) { server, client in
      _ = try await client.ask(["type": "tail_logs", "actor_id": "dice"])
      client.wire.close()
      while children.state.withLock({ $0.tails[ChildID("dice")] }) != 0 { await Task.yield() }
    }
  }
}
