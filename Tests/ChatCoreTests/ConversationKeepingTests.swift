import Synchronization
import Testing

@testable import ChatCore

/// What a conversation does when the disk refuses.
@Suite(.timeLimit(.minutes(1))) struct ConversationKeepingTests {
  private static let whole = [
    "user: 1", "rollup: a=a heard 1", "assistant: answer 1", "rollup: a=a heard answer 1",
  ]

  /// The changes of a turn, after its message.
  private enum Step: String, CaseIterable {
    case rollup, begun, ended, answerRollup

    func isIn(_ change: Change) -> Bool {
      switch change {
      case .append(.rollup(let rollup), _, _, _):
        (rollup.responses.first?.text == "a heard 1") == (self == .rollup)
          && (self == .rollup || self == .answerRollup)
      case .append(.message(let message), _, _, _): message.role == .assistant && self == .begun
      case .amend: self == .ended
      default: false
      }
    }
  }

  @Test(arguments: 0..<4) func `While the disk refuses the turn waits, and nothing is lost`(
    index: Int
  ) async throws {
    let step = Step.allCases[index]
    let chat = Chat(children: .echoing("a"))
    let refusals = Watched(0)
    chat.log.intercept { changes in
      guard changes.contains(where: { step.isIn($0) }), refusals.value < 2 else { return nil }
      refusals.update { $0 += 1 }
      return .unavailable(reason: "disk full")
    }
    try await chat.run {
      try await chat.send("1")
      await chat.pauses.endNext()
      #expect(!chat.log.state.value.isIdle)
      await chat.pauses.endNext()
      let path = await chat.settledPath()
      #expect(path.gists == Self.whole)
      #expect(path.map(\.parent) == [nil] + path.dropLast().map(\.id))
      #expect(chat.pauses.asked.value == [.seconds(1), .seconds(2)])
      #expect(chat.reports.value.count == 2)
      #expect(chat.reports.value.first?.contains("disk full") == true)
      #expect(chat.model.requests.value.count == 1)
      #expect(chat.children.inquiries.value.count == 2)
    }
  }

  @Test func `It tries again ever more rarely, every half minute in the end`() async throws {
    let chat = Chat(children: .echoing("a"), model: .off)
    chat.log.intercept { [pauses = chat.pauses] changes in
      if case .append(.rollup, _, _, _) = changes[0], pauses.asked.value.count < 8 {
        return .unavailable(reason: "disk full")
      }
      return nil
    }
    try await chat.run {
      try await chat.send("1")
      for _ in 0..<8 { await chat.pauses.endNext() }
      await chat.settle()
      #expect(chat.pauses.asked.value == [1, 2, 4, 8, 16, 30, 30, 30].map { .seconds($0) })
    }
  }

  @Test func `A queued message waits for the disk, and keeps its place`() async throws {
    let chat = Chat(model: .off)
    let asking = Gate()
    chat.children.follow { _ in
      await asking.pass()
      return nil
    }
    let isRefusing = Watched(true)
    chat.log.intercept { changes in
      if case .amend = changes[0], isRefusing.value {
        .unavailable(reason: "disk full")
      } else {
        nil
      }
    }
    try await chat.run {
      try await chat.send("1")
      await asking.reached()
      try await chat.send("2")
      asking.open()
      await chat.pauses.asked.wait { $0.count == 1 }
      let third = try await chat.send("3").message
      #expect(third.status == .queued)
      isRefusing.update { $0 = false }
      await chat.pauses.endNext()
      #expect(await chat.settledPath().gists == ["user: 1", "user: 2", "user: 3"])
    }
  }

  @Test func `What can't be mended ends the turn, and the next one runs`() async throws {
    let chat = Chat(children: .echoing("a"), model: .off)
    chat.log.intercept { changes in
      if case .append(.rollup(let rollup), _, _, _) = changes[0],
        rollup.responses.first?.text == "a heard 1"
      {
        return .conflict(reason: "too deep")
      }
      return nil
    }
    try await chat.run {
      try await chat.send("1")
      await chat.reports.wait { $0 == ["thread main: too deep"] }
      try await chat.send("2")
      await chat.log.state.wait { $0.path().gists.last == "rollup: a=a heard 2" }
      #expect(chat.pauses.asked.value.isEmpty)
      #expect(chat.log.state.value.path().gists == ["user: 1", "user: 2", "rollup: a=a heard 2"])
    }
  }

  @Test func `An end of the turn that can't be stored loses nothing of it`() async throws {
    let speaking = Gate()
    let chat = Chat()
    chat.model.follow { _, _, hear in
      await hear(.text("so far"))
      await speaking.pass()
      throw CancellationError()
    }
    chat.log.intercept { changes in
      if case .turnEnded = changes[0] { .unavailable(reason: "disk full") } else { nil }
    }
    try await chat.run {
      let sent = try await chat.send("1").message
      await speaking.reached()
      let stopped = try await chat.conversations.stopTurn(of: sent.id)
      #expect(stopped.content == "so far")
      #expect(stopped.status == .stopped)
    }
    #expect(!chat.log.state.value.isIdle)
    let next = Chat(log: MemoryLog(chat.log.state.value))
    try await next.run { await next.settle() }
    #expect(next.log.state.value.path() == chat.log.state.value.path())
  }

  @Test func `Cancelled while it waits for the disk, the turn is left to the next run`()
    async throws
  {
    let chat = Chat(children: .echoing("a"))
    chat.log.intercept { changes in
      if case .append(.rollup, _, _, _) = changes[0] { .unavailable(reason: "full") } else { nil }
    }
    try await chat.runStopping { turns in
      try await chat.send("1")
      await chat.pauses.asked.wait { $0.count == 1 }
      turns.cancel()
      _ = await turns.result
      #expect(chat.log.state.value.path().gists == ["user: 1"])
      #expect(!chat.log.state.value.isIdle)
    }
    let next = Chat(log: MemoryLog(chat.log.state.value), children: .echoing("a"))
    try await next.run { #expect(await next.settledPath().gists == Self.whole) }
    #expect(next.children.inquiries.value.map(\.attempt) == [2, 1])
  }
}
