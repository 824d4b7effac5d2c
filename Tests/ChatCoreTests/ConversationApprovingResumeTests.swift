import ChildProtocol
import Testing

@testable import ChatCore

/// An answer with rounds of calls goes on in the next run, wherever this one came to its end: no
/// call is made twice, no request is paid twice, and waiting for a person outlasts chatd.
@Suite(.timeLimit(.minutes(2))) struct ConversationApprovingResumeTests {
  /// A model that goes by what it has been told alone: it asks for two rounds, the second of which
  /// needs a person's word, and answers.
  private static func model() -> FakeModel {
    FakeModel { request, _, hear in
      let isFirst = request.turns.last { $0.isOpening }?.text.hasPrefix("1") == true
      let count = request.turns.flatMap(\.parts).filter(\.isResults).count
      switch isFirst ? count : 2 {
      case 0: return .calling(ModelCall("a", "add", 1), ModelCall("b", "add", 2))
      case 1:
        await hear(.text("and"))
        return .calling(ModelCall("a", "ask", 3), ModelCall("b", "add", 4))
      default:
        await hear(.text("answer"))
        return .ended
      }
    }
  }

  private static func chat(over state: LogState = LogState()) -> Chat {
    let children = FakeChildren.echoing("a", "b")
    for child in ["a", "b"] { children.offer(child, "add") }
    children.offer("a", "ask", approval: .ask)
    return Chat(
      log: MemoryLog(state, keepsMoments: true), children: children, model: model())
  }

  /// Allows whatever waits, until it is cancelled.
  private static func allowAll(_ chat: Chat) async {
    while !Task.isCancelled {
      await chat.log.state.wait { $0.waitingCall != nil }
      guard let call = chat.log.state.value.waitingCall else { continue }
      // It may have been stopped, or have got its word, a moment ago.
      _ = try? await chat.conversations.approve(call.callID, allow: true, remember: false)
    }
  }

  /// Everything that the log was in the course of one message's turn, and what the model was asked.
  private func moments() async throws -> (moments: [LogState], requests: [[Transcript.Turn]]) {
    let chat = Self.chat()
    try await chat.run {
      let person = Task { await Self.allowAll(chat) }
      try await chat.send("1")
      await chat.settle()
      person.cancel()
      await person.value
    }
    #expect(chat.children.toolCalls.value.count == 4)
    return (chat.log.moments.value, chat.model.requests.value.map(\.turns))
  }

  @Test func `What was begun is finished, wherever it was broken off`() async throws {
    let (moments, requests) = try await moments()
    #expect(requests.count == 3)
    for status in [ToolCall.Status.running, .waiting, .done] {
      #expect(moments.contains { $0.path().last?.toolRound?.calls[0].status == status })
    }
    #expect(moments.contains { $0.path().last?.message?.asksForCalls == true })
    for crash in moments where !crash.turns.isEmpty {
      let chat = Self.chat(over: crash)
      try await chat.run {
        let person = Task { await Self.allowAll(chat) }
        await chat.settle()
        try await chat.send("2")
        await chat.settle()
        person.cancel()
        await person.value
      }
      check(chat, after: crash, requests)
    }
  }

  private func check(_ chat: Chat, after crash: LogState, _ requests: [[Transcript.Turn]]) {
    let log = chat.log.state.value
    let path = log.path()
    let (before, now) = (crash.path(), path.prefix(crash.path().count))
    #expect(path.map(\.parent) == [nil] + path.dropLast().map(\.id))
    #expect(now.map(\.id) == before.map(\.id))
    #expect(path.count == log.entries.count, "nothing stands beside the path")
    #expect(path.rounds.allSatisfy { $0.isOver })
    #expect(path.compactMap(\.message).allSatisfy { $0.status != .streaming })
    // A call that had been begun is not made again, nor one twice.
    let begun = before.rounds.flatMap(\.calls).filter { $0.status != .waiting }
    let made = chat.children.toolCalls.value
    #expect(Set(made).count == made.count)
    #expect(!begun.contains { made.contains("\($0.child) \($0.tool) \($0.arguments.text)") })
    for (old, new) in zip(before.rounds.flatMap(\.calls), path.rounds.flatMap(\.calls)) {
      switch old.status {
      case .running: #expect(new.reason == "chatd ended while it ran" && new.status == .failed)
      case .waiting: #expect(new.status == .done)
      default: #expect(new == old)
      }
    }
    // Each request has a message of its own, begun by this run.
    let answers = path.compactMap(\.message).filter { $0.role == .assistant }
    let old = before.compactMap(\.message).filter { $0.role == .assistant }
    #expect(chat.model.requests.value.count == answers.count - old.count)
    for (old, new) in zip(old, answers) where old.status == .complete { #expect(new == old) }
    // Each message has its answer, but where that was cut off in the middle of a message.
    let isCut = old.last?.status == .streaming
    #expect(answers.filter { $0.content == "answer" }.count == (isCut ? 1 : 2))
    let all = requests.prefix(old.count) + chat.model.requests.value.map(\.turns)
    #expect(growthFault(of: Array(all)) == nil)
    // Of an answer the last message is heard, and that once.
    for answer in answers {
      let isLast = !path.contains { $0.toolRound?.parent == answer.id }
      let isHeard = isLast && !answer.content.isEmpty && !answer.asksForCalls
      if isHeard { #expect(log.rollups(of: answer.id).count == 1) }
      if !isLast { #expect(log.rollups(of: answer.id).isEmpty) }
    }
  }

  @Test func `A call that waits for a person does not hold chatd up, and waits in the next run`()
    async throws
  {
    let first = Self.chat()
    try await first.run {
      try await first.send("1")
      await first.log.state.wait {
        $0.path().last?.toolRound?.calls.map(\.status) == [.waiting, .done]
      }
      try await first.send("2")
    }
    let left = first.log.state.value
    #expect(!left.turns.isEmpty)
    #expect(left.path().last?.toolRound?.calls[0].status == .waiting)
    let second = Self.chat(over: left)
    try await second.run {
      // The word may come before the turn has been taken up.
      let call = try #require(left.path().last?.toolRound?.calls[0])
      _ = try await second.conversations.approve(call.callID, allow: true, remember: false)
      let path = await second.settledPath()
      #expect(second.children.toolCalls.value == ["a ask 3"])
      #expect(path.gists.contains("user: 2"))
      #expect(path.rounds.count == 2)
    }
  }

  @Test func `A tool that runs when chatd is stopped is waited for, and its turn goes on`()
    async throws
  {
    let chat = Self.chat()
    let running = Gate()
    chat.children.holdCalls(at: running)
    try await chat.run {
      try await chat.send("1")
      await running.reached(by: 2)
      await chat.conversations.finish()
      running.open()
    }
    let round = try #require(chat.log.state.value.path().rounds.first)
    #expect(round.calls.map(\.status) == [.done, .done])
    // The second round has a call that waits: there it ends.
    #expect(chat.log.state.value.path().last?.toolRound?.calls[0].status == .waiting)
  }

  @Test func `A tool that runs when chatd's time is over has failed, and the next run goes on`()
    async throws
  {
    let chat = Self.chat()
    let running = Gate()
    chat.children.holdCalls(at: running)
    try await chat.runStopping { turns in
      try await chat.send("1")
      await running.reached(by: 2)
      turns.cancel()
    }
    let left = chat.log.state.value
    #expect(left.path().last?.toolRound?.calls.map(\.status) == [.failed, .failed])
    #expect(!left.turns.isEmpty)
    let next = Self.chat(over: left)
    try await next.run {
      let person = Task { await Self.allowAll(next) }
      #expect(await next.settledPath().compactMap(\.message).last?.content == "answer")
      person.cancel()
      await person.value
    }
    #expect(next.children.toolCalls.value.sorted() == ["a ask 3", "b add 4"])
  }
}
