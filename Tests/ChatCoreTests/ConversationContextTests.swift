import Testing

@testable import ChatCore

/// What the model is asked with, and what an answer came to.
@Suite(.timeLimit(.minutes(1))) struct ConversationContextTests {
  @Test(arguments: [Message.Status.complete, .stopped, .interrupted, .failed])
  func `What an answer has cost is kept, however it ends`(status: Message.Status) async throws {
    let speaking = Gate()
    let chat = Chat(
      model: FakeModel { _, _, hear in
        await hear(.usage(Message.Usage(inputTokens: 3)))
        await hear(.usage(Message.Usage(inputTokens: 10, outputTokens: 1, costMicroUSD: 62)))
        switch status {
        case .complete: return ModelAnswer(model: "m", stopReason: "end_turn")
        case .stopped:
          await speaking.pass()
          throw CancellationError()
        default:
          throw ModelFailure(isInterruption: status == .interrupted, reason: "broken off")
        }
      })
    try await chat.run {
      let sent = try await chat.send("1").message
      if status == .stopped {
        await speaking.reached()
        _ = try await chat.conversations.stopTurn(of: sent.id)
      }
      let answer = try #require(await chat.settledPath().last?.message)
      #expect(answer.status == status)
      #expect(
        answer.usage
          == Message.Usage(inputTokens: 10, outputTokens: 1, costMicroUSD: 62))
    }
  }

  @Test func `What was left out stays left out, and the answers say from where they read`()
    async throws
  {
    let chat = Chat()
    try await chat.run {
      for number in 1...3 { try await chat.send("\(number)") }
      let path = await chat.settledPath()
      let second = path[2].id
      chat.model.follow { _, _, hear in
        await hear(.leftOut(before: second))
        await hear(.text("short"))
        return .ended
      }
      try await chat.send("4")
      #expect(await chat.settledPath().last?.message?.contextFrom == second)
      #expect(chat.model.requests.value.last?.turns.count == 7)
      chat.model.follow { _, _, _ in throw ModelFailure(isInterruption: false, reason: "no") }
      try await chat.send("5")
      #expect(await chat.settledPath().last?.message?.contextFrom == second)
      let request = try #require(chat.model.requests.value.last)
      #expect(request.turns.map(\.text) == ["2", "answer 2", "3", "answer 3", "4", "short", "5"])
      #expect(request.from == second)
      #expect(chat.model.requests.value[2].from == nil)
    }
  }

  @Test func `The thread's own limit goes to the model`() async throws {
    let chat = Chat()
    try await chat.run {
      try await chat.send("1")
      await chat.settle()
      _ = try await chat.conversations.changeThread(.main) { $0.maxTokens = 77 }
      try await chat.send("2")
      await chat.settle()
      #expect(chat.model.requests.value.map(\.maxTokens) == [nil, 77])
    }
  }

  @Test func `Where nothing was said there is nothing to answer, and the model is not asked`()
    async throws
  {
    var state = LogState()
    let blank = Message(
      id: .next(at: .now), thread: .main, createdAt: .now, role: .user, content: "\u{0} ")
    _ = try state.apply(.append(.message(blank)))
    let chat = Chat(log: MemoryLog(state))
    try await chat.run {
      _ = try await chat.conversations.redo(.retry, of: blank.id)
      let answer = try #require(await chat.settledPath().last?.message)
      #expect(answer.status == .failed)
      #expect(answer.error == "there is nothing to answer: nothing was said since")
      #expect(chat.model.requests.value.isEmpty)
    }
  }
}
