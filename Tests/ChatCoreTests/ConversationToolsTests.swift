import ChildProtocol
import Synchronization
import Testing

@testable import ChatCore

/// A person's calls of tools, which have their place among the turns.
@Suite(.timeLimit(.minutes(1))) struct ConversationToolsTests {
  private let request = ToolRequest(child: ChildID("a"), tool: "add", arguments: ["x": 1])

  @Test func `A call is stored with what came of it, under the message said last`() async throws {
    let chat = Chat(children: .echoing("a"))
    try await chat.run {
      try await chat.send("1")
      let before = await chat.settledPath()
      guard case .toolRound(let round) = try await chat.conversations.call(request, in: .main)
      else { return #expect(Bool(false), "a round is stored") }
      #expect(round.parent == before.last?.id)
      #expect(round.originalMessageID == before.first?.id)
      let call = try #require(round.calls.first)
      #expect(round.calls.count == 1)
      #expect(call.child == ChildID("a") && call.tool == "add" && call.arguments == ["x": 1])
      #expect(call.status == .done && call.content == ["ok"] && call.latency == .milliseconds(2))
      #expect(await chat.settledPath().last == .toolRound(round))
      try await chat.send("2")
      let after = await chat.settledPath()
      #expect(after.compactMap(\.message).contains { $0.content == "2" && $0.parent == round.id })
    }
  }

  @Test func `A refusal is kept, too`() async throws {
    let chat = Chat(children: .echoing("a"), model: .off)
    try await chat.run {
      try await chat.send("1")
      _ = await chat.settledPath()
      let stranger = ToolRequest(child: ChildID("b"), tool: "add", arguments: [:])
      guard case .toolRound(let round) = try await chat.conversations.call(stranger, in: .main)
      else { return #expect(Bool(false), "a round is stored") }
      #expect(round.calls.first?.status == .refused)
      #expect(round.calls.first?.reason == "there is no b")
    }
  }

  @Test func `Where nothing was said there is nothing that a call belongs to`() async throws {
    let chat = Chat(children: .echoing("a"))
    try await chat.run {
      await #expect(throws: ChatError.conflict(reason: "nothing was said in thread main yet")) {
        try await chat.conversations.call(request, in: .main)
      }
      #expect(chat.children.toolCalls.value.isEmpty)
    }
  }

  @Test func `A message that is sent while a tool runs waits for it`() async throws {
    let chat = Chat(children: .echoing("a"), model: .off)
    let gate = Watched(false)
    try await chat.run {
      try await chat.send("1")
      _ = await chat.settledPath()
      chat.children.toolGate.withLock { $0 = gate }
      async let call = chat.conversations.call(request, in: .main)
      await chat.children.toolCalls.wait { !$0.isEmpty }
      let sent = try await chat.send("2").message
      #expect(sent.status == .queued)
      async let second = chat.conversations.call(request, in: .main)
      #expect(chat.children.toolCalls.value.count == 1, "one at a time")
      gate.update { $0 = true }
      let round = try await call
      let path = await chat.settledPath()
      #expect(path.first { $0.id == sent.id }?.parent == round.id)
      // The second one was called behind the message.
      let last = try await second
      #expect(await chat.settledPath().map(\.id).suffix(1) == [last.id])
    }
  }

  @Test func `A call that waits when chatd is told to stop is not made, and says so`() async throws
  {
    let chat = Chat(children: .echoing("a"), model: .off)
    let gate = Watched(false)
    try await chat.run {
      try await chat.send("1")
      _ = await chat.settledPath()
      chat.children.toolGate.withLock { $0 = gate }
      async let first = chat.conversations.call(request, in: .main)
      await chat.children.toolCalls.wait { !$0.isEmpty }
      let second = Task { try await chat.conversations.call(request, in: .main) }
      await chat.conversations.finish()
      await #expect(throws: ChatError.unavailable(reason: "chatd is stopping")) {
        try await second.value
      }
      gate.update { $0 = true }
      _ = try await first
    }
  }
}
