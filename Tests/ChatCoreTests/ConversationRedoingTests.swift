import ChildProtocol
import Testing

@testable import ChatCore

/// An answer is begun over beside the one there is, or where there is none.
@Suite(.timeLimit(.minutes(1))) struct ConversationRedoingTests {
  private static let broken = ModelFailure(isInterruption: true, reason: "the network is gone")

  /// A chat with two turns: "1", "answer 1", "2", "answer 2".
  private func twoTurns(_ body: (Chat, [Entry]) async throws -> Void) async throws {
    let chat = Chat(children: .echoing("a"))
    try await chat.run {
      try await chat.send("1")
      try await chat.send("2")
      try await body(chat, await chat.settledPath())
    }
  }

  @Test(arguments: [true, false])
  func `Another answer stands beside the old one, and the children hear it alone`(
    byAnswer: Bool
  ) async throws {
    try await twoTurns { chat, before in
      let (user, old) = (before[4], before[6])
      let new = try await chat.conversations.redo(.regenerate, of: byAnswer ? old.id : user.id)
      #expect(new.status == .streaming)
      #expect(new.parent == old.parent)
      let path = await chat.settledPath()
      #expect(
        path.gists == before.gists.dropLast(2) + [
          "assistant: answer 3", "rollup: a=a heard answer 3",
        ])
      #expect(path[6].id == new.id)
      let log = chat.log.state.value
      #expect(log.entries[old.id] == old, "the other branch stays")
      #expect(log.turns.isEmpty)
      let asked = chat.children.inquiries.value.map(\.message.content)
      #expect(asked == ["1", "answer 1", "2", "answer 2", "answer 3"])
      #expect(chat.children.inquiries.value.allSatisfy { $0.attempt == 1 })
    }
  }

  @Test func `The model is asked with what stands before, and not with the old answer`()
    async throws
  {
    try await twoTurns { chat, before in
      _ = try await chat.conversations.redo(.regenerate, of: before[6].id)
      await chat.settle()
      let requests = chat.model.requests.value
      #expect(requests.count == 3)
      #expect(requests[2].turns == requests[1].turns)
      #expect(requests[2].turns.last?.role == .user)
      try await chat.send("3")
      await chat.settle()
      let texts = try #require(chat.model.requests.value.last).turns.map(\.text)
      #expect(texts.contains { $0.contains("answer 3") })
      #expect(!texts.contains { $0.contains("answer 2") })
    }
  }

  @Test func `An answer in the middle branches off there, with what was said before it alone`()
    async throws
  {
    try await twoTurns { chat, before in
      _ = try await chat.conversations.redo(.regenerate, of: before[0].id)
      #expect(
        await chat.settledPath().gists == before.gists.prefix(2) + [
          "assistant: answer 3", "rollup: a=a heard answer 3",
        ])
      let requests = chat.model.requests.value
      #expect(requests[2].turns == requests[0].turns)
      // Of two answers that one is meant that is shown, whichever is newer.
      _ = try await chat.conversations.changeThread(.main, head: before[2].id) { _ in }
      #expect(chat.log.state.value.path() == before)
      try await Self.fails(chat, .retry, before[0].id, containing: "\(before[2].id) is complete")
    }
  }

  private static func fails(
    _ chat: Chat, _ redo: Redo, _ id: EntryID, containing words: String
  ) async throws {
    let error = await #expect(throws: ChatError.self) {
      try await chat.conversations.redo(redo, of: id)
    }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  @Test(arguments: [Message.Status.interrupted, .failed, .stopped])
  func `An answer that is not whole is tried again`(status: Message.Status) async throws {
    let chat = Chat(children: .echoing("a"))
    let speaking = Gate()
    chat.model.follow { _, count, hear in
      guard count == 0 else {
        await hear(.text("whole"))
        return .ended
      }
      if status == .stopped {
        await speaking.pass()
        throw CancellationError()
      }
      throw ModelFailure(isInterruption: status == .interrupted, reason: "the network is gone")
    }
    try await chat.run {
      let sent = try await chat.send("1").message
      if status == .stopped {
        await speaking.reached()
        _ = try await chat.conversations.stopTurn(of: sent.id)
      }
      let before = await chat.settledPath()
      #expect(before.last?.message?.status == status)
      let new = try await chat.conversations.redo(.retry, of: sent.id)
      #expect(new.parent == before.last?.parent)
      #expect(
        await chat.settledPath().gists == [
          "user: 1", "rollup: a=a heard 1", "assistant: whole", "rollup: a=a heard whole",
        ])
      try await Self.fails(chat, .retry, sent.id, containing: "is complete: use regenerate")
      // The one that is not whole can be meant by its own name still.
      _ = try await chat.conversations.redo(.retry, of: before[2].id)
      #expect(await chat.settledPath().count == 4)
    }
  }

  @Test func `A message that nobody answered is answered behind all that came since`() async throws
  {
    let before = Chat(children: .echoing("a"), model: .off)
    let sent = try await before.run {
      let sent = try await before.send("1").message
      await before.settle()
      let post = Post(text: "tick")
      _ = try await before.conversations.post(post, by: ChildID("clock"))
      await before.settle()
      try await Self.fails(before, .retry, sent.id, containing: "no key")
      return sent
    }
    let chat = Chat(log: MemoryLog(before.log.state.value), children: .echoing("a"))
    try await chat.run {
      try await Self.fails(chat, .regenerate, sent.id, containing: "no answer yet: use retry")
      _ = try await chat.conversations.redo(.retry, of: sent.id)
      #expect(
        await chat.settledPath().gists == [
          "user: 1", "rollup: a=a heard 1", "child clock: tick", "assistant: answer 1",
          "rollup: a=a heard answer 1",
        ])
      #expect(chat.model.requests.value[0].turns.last?.text.contains("tick") == true)
    }
  }

  @Test func `Of answers that are not shown the newest is meant`() async throws {
    let chat = Chat()
    chat.model.follow { _, count, hear in
      if count == 1 { throw Self.broken }
      await hear(.text("answer \(count + 1)"))
      return .ended
    }
    try await chat.run {
      try await chat.send("1")
      let sent = try await chat.send("2").message
      #expect(await chat.settledPath().last?.message?.status == .interrupted)
      let newest = try await chat.conversations.redo(.retry, of: sent.id)
      let path = await chat.settledPath()
      #expect(path.gists.suffix(2) == ["user: 2", "assistant: answer 3"])
      try await chat.send("3", parent: path[1].id)
      #expect(await chat.settledPath().gists.suffix(2) == ["user: 3", "assistant: answer 4"])
      try await Self.fails(chat, .retry, sent.id, containing: "\(newest.id) is complete")
    }
  }

  @Test func `Whose turn it is does not hang on what children posted before the answer`()
    async throws
  {
    let before = Chat(model: .off)
    let sent = try await before.run {
      let sent = try await before.send("1").message
      await before.settle()
      _ = try await before.conversations.post(Post(text: "tick"), by: ChildID("clock"))
      await before.settle()
      return sent
    }
    let speaking = Gate()
    let chat = Chat(log: MemoryLog(before.log.state.value))
    chat.model.breakOff(answerAfter: 1, at: speaking)
    try await chat.run {
      let answer = try await chat.conversations.redo(.retry, of: sent.id)
      let path = await chat.settledPath()
      #expect(path.gists == ["user: 1", "child clock: tick", "assistant: answer 1"])
      let begun = try await chat.conversations.redo(.regenerate, of: answer.id)
      await speaking.reached()
      await #expect(throws: ChatError.self) {
        try await chat.conversations.stopTurn(of: path[1].id)
      }
      #expect(try await chat.conversations.stopTurn(of: sent.id).id == begun.id)
    }
  }

  @Test func `What has no turn has no answer to be done over`() async throws {
    let chat = Chat(children: .echoing("a"))
    try await chat.run {
      try await chat.send("1")
      let posted = try await chat.conversations.post(Post(text: "tick"), by: ChildID("clock"))
      let path = await chat.settledPath()
      for redo in [Redo.regenerate, .retry] {
        try await Self.fails(chat, redo, posted.id, containing: "was posted by clock")
        for id in [EntryID("nowhere"), path[1].id] {
          await #expect(throws: ChatError.notFound(what: "message \(id)")) {
            try await chat.conversations.redo(redo, of: id)
          }
        }
      }
      #expect(chat.log.state.value.path() == path)
    }
  }

  @Test func `While a turn runs or waits nothing is begun over, and what is sent meanwhile waits`()
    async throws
  {
    let speaking = Gate()
    let chat = Chat()
    chat.model.follow { _, count, hear in
      if count == 1 { await speaking.pass() }
      await hear(.text("answer \(count + 1)"))
      return .ended
    }
    try await chat.run {
      let first = try await chat.send("1").message
      await chat.settle()
      _ = try await chat.conversations.redo(.regenerate, of: first.id)
      await speaking.reached()
      let queued = try await chat.send("2").message
      #expect(queued.status == .queued)
      for (redo, id) in [(Redo.regenerate, first.id), (.retry, first.id), (.retry, queued.id)] {
        try await Self.fails(chat, redo, id, containing: "a turn runs or waits in thread main")
      }
      speaking.open()
      #expect(
        await chat.settledPath().gists == [
          "user: 1", "assistant: answer 2", "user: 2", "assistant: answer 3",
        ])
    }
  }

  @Test func `Of many who ask at once one is heard`() async throws {
    let chat = Chat(children: .echoing("a"))
    try await chat.run {
      let sent = try await chat.send("1").message
      await chat.settle()
      let begun = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<8 {
          group.addTask {
            (try? await chat.conversations.redo(.regenerate, of: sent.id)) != nil
          }
        }
        var count = 0
        for await isBegun in group where isBegun { count += 1 }
        return count
      }
      await chat.settle()
      // A late one may find the first one's turn over.
      #expect(begun >= 1)
      #expect(chat.model.requests.value.count == 1 + begun)
    }
  }

  @Test(arguments: [0, 1, 2]) func `An answer that is begun over is stopped like any other`(
    by which: Int
  ) async throws {
    let speaking = Gate()
    let chat = Chat(children: .echoing("a"))
    chat.model.breakOff(answerAfter: 1, at: speaking)
    try await chat.run {
      let sent = try await chat.send("1").message
      let old = try await chat.settledPath()[2].message.unwrapped
      let begun = try await chat.conversations.redo(
        .regenerate, of: which == 2 ? old.id : sent.id)
      await speaking.reached()
      await #expect(throws: ChatError.self) { try await chat.conversations.stopTurn(of: old.id) }
      let stopped = try await chat.conversations.stopTurn(of: which == 0 ? begun.id : sent.id)
      #expect(stopped.id == begun.id && stopped.status == .stopped)
      #expect(
        await chat.settledPath().gists.suffix(2) == [
          "assistant: answer 2 (stopped)", "rollup: a=a heard answer 2",
        ])
    }
  }

  @Test func `An answer that can't be stored is not asked for, and the thread goes on`()
    async throws
  {
    let chat = Chat()
    try await chat.run {
      let sent = try await chat.send("1").message
      let before = await chat.settledPath()
      chat.log.intercept { _ in .unavailable(reason: "disk full") }
      await #expect(throws: ChatError.unavailable(reason: "disk full")) {
        try await chat.conversations.redo(.regenerate, of: sent.id)
      }
      chat.log.intercept(nil)
      #expect(chat.model.requests.value.count == 1)
      #expect(chat.log.state.value.path() == before)
      try await chat.send("2")
      #expect(await chat.settledPath().last?.gist == "assistant: answer 2")
    }
  }

  @Test func `A late reply to the message stands in its rollup on every branch`() async throws {
    let chat = Chat(children: FakeChildren { _ in [.silent(ChildID("a"))] })
    try await chat.run {
      let sent = try await chat.send("1").message
      await chat.settle()
      let inquiry = try await chat.children.asked(about: "1")
      _ = try await chat.conversations.redo(.regenerate, of: sent.id)
      await chat.settle()
      inquiry.late(.late(ChildID("a"), "at last"))
      await chat.log.state.wait { $0.rollups(of: sent.id).first?.responses[0].late == true }
      try await chat.send("2")
      await chat.settle()
      let texts = try #require(chat.model.requests.value.last).turns.map(\.text)
      #expect(texts.last?.contains("at last") == true)
    }
  }
}
