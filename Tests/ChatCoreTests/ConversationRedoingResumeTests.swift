import Testing

@testable import ChatCore

/// An answer that is begun over survives chatd as any other turn does: nothing is asked twice.
@Suite(.timeLimit(.minutes(1))) struct ConversationRedoingResumeTests {
  /// Everything that the log was since the answer was begun over, while another message waits.
  private func moments(of redo: Redo) async throws -> (before: LogState, [LogState]) {
    let chat = Chat(log: MemoryLog(keepsMoments: true), children: .echoing("a"))
    chat.model.follow { _, count, hear in
      if count == 0, redo == .retry { throw ModelFailure(isInterruption: true, reason: "gone") }
      // Another message comes while it is written.
      if count == 1 { await chat.log.state.wait { !$0.queued(in: .main).isEmpty } }
      await hear(.text("answer \(count + 1)"))
      return .ended
    }
    return try await chat.run {
      let sent = try await chat.send("1").message
      await chat.settle()
      let before = chat.log.state.value
      _ = try await chat.conversations.redo(redo, of: sent.id)
      try await chat.send("2")
      await chat.settle()
      return (before, chat.log.moments.value.filter { $0.seq > before.seq })
    }
  }

  @Test(arguments: [Redo.regenerate, .retry])
  func `What was begun is finished, wherever it was broken off`(redo: Redo) async throws {
    let (before, moments) = try await moments(of: redo)
    #expect(moments.contains { $0.path().last?.message?.status == .streaming })
    #expect(moments.contains { !$0.queued(in: .main).isEmpty })
    for crash in moments {
      let chat = Chat(log: MemoryLog(crash), children: .echoing("a"))
      try await chat.run {
        let path = await chat.settledPath()
        let answers = path.compactMap(\.message).filter { $0.role == .assistant }
        let said = path.compactMap(\.message).filter(\.isPersons)
        #expect(
          said.map(\.id) == crash.arrival.filter { crash.entries[$0]?.message?.isPersons == true })
        #expect(answers.count == said.count)
        #expect(answers.allSatisfy { $0.status == .complete || $0.status == .interrupted })
        #expect(path.map(\.parent) == [nil] + path.dropLast().map(\.id))
        let log = chat.log.state.value
        for message in said + answers where !message.content.isEmpty {
          #expect(log.rollups(of: message.id).count == 1)
        }
        // The old answer and what hangs on it stay as they were.
        for (id, entry) in before.entries { #expect(log.entries[id] == entry) }
        // Nothing is asked that was asked before: only what the messages still lacked.
        let begun = crash.entries.values.filter { $0.message?.role == .assistant }.count
        let all = log.entries.values.filter { $0.message?.role == .assistant }.count
        #expect(chat.model.requests.value.count == all - begun)
        for inquiry in chat.children.inquiries.value {
          #expect(crash.rollups(of: inquiry.message.id).isEmpty)
        }
      }
    }
  }

  @Test func `What had come of it is kept, the children hear it, and it can be retried`()
    async throws
  {
    let chat = Chat(children: .echoing("a"))
    let speaking = Gate()
    let text = String(repeating: "x", count: 3000)
    chat.model.follow { _, count, hear in
      await hear(.text(text))
      if count == 1 { await speaking.pass() }
      return .ended
    }
    let (crash, id) = try await chat.run {
      let sent = try await chat.send("1").message
      await chat.settle()
      _ = try await chat.conversations.redo(.regenerate, of: sent.id)
      await speaking.reached()
      await chat.log.state.wait { $0.drafts.values.contains(text) }
      let crash = chat.log.state.value
      speaking.open()
      await chat.settle()
      return (crash, sent.id)
    }
    let next = Chat(log: MemoryLog(crash), children: .echoing("a"))
    try await next.run {
      let path = await next.settledPath()
      #expect(
        path.gists.suffix(2) == ["assistant: \(text) (interrupted)", "rollup: a=a heard \(text)"])
      #expect(next.model.requests.value.isEmpty)
      #expect(next.children.inquiries.value.map(\.attempt) == [2])
      _ = try await next.conversations.redo(.retry, of: id)
      #expect(await next.settledPath().gists.last == "rollup: a=a heard answer 1")
    }
  }
}
