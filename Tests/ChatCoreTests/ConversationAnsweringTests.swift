import Synchronization
import Testing

@testable import ChatCore

/// How an answer begins and how it can end.
@Suite(.timeLimit(.minutes(1))) struct ConversationAnsweringTests {
  /// A model that says something and then waits until it is cancelled.
  private static func endless(_ speaking: Gate, saying text: String = "so far") -> FakeModel {
    FakeModel { _, _, hear in
      if !text.isEmpty { await hear(.text(text)) }
      await speaking.pass()
      throw CancellationError()
    }
  }

  @Test(arguments: [true, false]) func `A person stops an answer and what came is kept`(
    byAnswer: Bool
  ) async throws {
    let speaking = Gate()
    let chat = Chat(children: .echoing("a"), model: Self.endless(speaking))
    try await chat.run {
      let sent = try await chat.send("1").message
      await speaking.reached()
      let answer = try chat.log.state.value.path().last.unwrapped.id
      let stopped = try await chat.conversations.stopTurn(of: byAnswer ? answer : sent.id)
      #expect(stopped.id == answer)
      #expect(stopped.status == .stopped)
      #expect(
        await chat.settledPath().gists == [
          "user: 1", "rollup: a=a heard 1", "assistant: so far (stopped)",
          "rollup: a=a heard so far",
        ])
    }
  }

  @Test func `A person stops a turn while children are asked, and there is no answer`() async throws
  {
    let asking = Gate()
    let chat = Chat()
    chat.children.follow { _ in
      await asking.pass()
      return [.silent(ChildID("a"))]
    }
    try await chat.run {
      let sent = try await chat.send("1").message
      await asking.reached()
      let stopped = try await chat.conversations.stopTurn(of: sent.id)
      #expect(stopped == chat.log.state.value.entries[sent.id]?.message)
      #expect(await chat.settledPath().gists == ["user: 1", "rollup: a=timed_out"])
      #expect(chat.model.requests.value.isEmpty)
    }
  }

  @Test(arguments: [true, false])
  func `A person stops a turn while its rollup or its answer is being stored`(
    rollup: Bool
  ) async throws {
    let storing = Gate()
    let chat = Chat(children: .echoing("a"))
    chat.model.follow { _, _, hear in
      // What a request that was dropped before it was sent does.
      await Gate().pass()
      throw CancellationError()
    }
    chat.log.intercept { changes in
      guard case .append(let entry, _, _, _) = changes[0], entry.message?.role != .user,
        (entry.rollup != nil) == rollup
      else { return nil }
      await storing.pass()
      return nil
    }
    try await chat.runAlone { conversation in
      let sent = try await conversation.send(Draft(content: "1")).message
      await storing.reached()
      async let first = conversation.stopTurn(of: sent.id)
      async let second = conversation.stopTurn(of: sent.id)
      while await conversation.stopWaiters.count < 2 { await Task.yield() }
      storing.open()
      let stopped = try await [first, second]
      let path = await chat.settledPath()
      #expect(
        path.gists == ["user: 1", "rollup: a=a heard 1"]
          + (rollup ? [] : ["assistant:  (stopped)"]))
      #expect(stopped == Array(repeating: path[rollup ? 0 : 2].message, count: 2))
    }
  }

  @Test func `The next turn is not stopped with the one before`() async throws {
    let speaking = Gate()
    let chat = Chat()
    chat.model.breakOff(answerAfter: 0, at: speaking)
    try await chat.run {
      let sent = try await chat.send("1").message
      await speaking.reached()
      try await chat.send("2")
      _ = try await chat.conversations.stopTurn(of: sent.id)
      #expect(
        await chat.settledPath().gists == [
          "user: 1", "assistant: answer 1 (stopped)", "user: 2", "assistant: answer 2",
        ])
    }
  }

  @Test func `A turn is stopped while children are asked, after one that was answered`()
    async throws
  {
    let asking = Gate()
    let chat = Chat()
    chat.children.follow { inquiry in
      guard inquiry.message.content == "2" else { return nil }
      await asking.pass()
      return [.silent(ChildID("a"))]
    }
    try await chat.run {
      try await chat.send("1")
      let second = try await chat.send("2").message
      await asking.reached()
      let stopped = try await chat.conversations.stopTurn(of: second.id)
      #expect(stopped.id == second.id)
      #expect(
        await chat.settledPath().gists == [
          "user: 1", "assistant: answer 1", "user: 2", "rollup: a=timed_out",
        ])
    }
  }

  @Test func `Only a turn that runs can be stopped`() async throws {
    let speaking = Gate()
    let chat = Chat(children: .echoing("a"), model: Self.endless(speaking))
    try await chat.run {
      try await chat.send("1")
      await speaking.reached()
      let queued = try await chat.send("2").message
      let refusal = ChatError.conflict(reason: "nothing is being written for this message")
      await #expect(throws: refusal) { try await chat.conversations.stopTurn(of: queued.id) }
      let rollup = chat.log.state.value.path()[1].id
      for id in [EntryID("nowhere"), rollup] {
        await #expect(throws: ChatError.notFound(what: "message \(id)")) {
          try await chat.conversations.stopTurn(of: id)
        }
      }
      #expect(chat.log.state.value.path().last?.message?.status == .streaming)
      chat.model.follow { _, _, _ in .ended }
      let first = chat.log.state.value.path()[0].id
      _ = try await chat.conversations.stopTurn(of: first)
      await chat.settle()
    }
  }

  @Test func `A model that can't answer says why`() async throws {
    let chat = Chat(children: .echoing("a"))
    chat.model.follow { _, _, _ in
      throw ModelFailure(isInterruption: false, reason: "the key is not valid")
    }
    try await chat.run {
      try await chat.send("1")
      let path = await chat.settledPath()
      #expect(path.gists == ["user: 1", "rollup: a=a heard 1", "assistant:  (failed)"])
      #expect(path.last?.message?.error == "the key is not valid")
      #expect(path.last?.message?.stopReason == nil)
    }
  }

  @Test(arguments: [
    ("half", false, Message.Status.interrupted), ("half", true, .interrupted),
    ("", true, .interrupted), ("", false, .failed),
  ])
  func `An answer that breaks off keeps what came`(
    text: String, isInterruption: Bool, status: Message.Status
  ) async throws {
    let chat = Chat()
    chat.model.follow { _, _, hear in
      await hear(.text(text))
      throw ModelFailure(isInterruption: isInterruption, reason: "the network is gone")
    }
    try await chat.run {
      try await chat.send("1")
      let answer = try await chat.settledPath().last.unwrapped.message.unwrapped
      #expect(answer.status == status)
      #expect(answer.content == text)
      #expect(answer.error == "the network is gone")
    }
  }

  @Test func `What goes wrong inside is in the log and not in the answer`() async throws {
    struct Inside: Error {}
    let chat = Chat()
    chat.model.follow { _, _, _ in throw Inside() }
    try await chat.run {
      try await chat.send("1")
      let answer = try await chat.settledPath().last.unwrapped.message.unwrapped
      #expect(answer.status == .failed)
      #expect(answer.error == "something went wrong inside chatd; its log says what")
      #expect(chat.reports.value == ["thread main: the assistant failed: Inside()"])
    }
  }

  @Test func `A thread that can't be read fails the answer, and the next turn has one`()
    async throws
  {
    let chat = Chat()
    chat.log.interceptReading {
      if $0 == "path" { throw ChatError.unavailable(reason: "the database can't be read") }
    }
    try await chat.run {
      try await chat.send("1")
      let answer = try await chat.settledPath().last.unwrapped.message.unwrapped
      #expect(answer.status == .failed)
      #expect(answer.error == "the database can't be read")
      chat.log.interceptReading(nil)
      try await chat.send("2")
      #expect(await chat.settledPath().last?.gist == "assistant: answer 1")
    }
  }

  @Test func `A long answer is put on disk as it comes, so that a crash leaves most of it`()
    async throws
  {
    let speaking = Gate()
    let chat = Chat()
    let piece = String(repeating: "x", count: 1500)
    chat.model.follow { _, _, hear in
      for _ in 0..<5 { await hear(.text(piece)) }
      await speaking.pass()
      return .ended
    }
    try await chat.run {
      try await chat.send("1")
      await speaking.reached()
      await chat.log.state.wait { $0.drafts.values.contains { $0.utf8.count >= 5 * 1500 - 2048 } }
      let state = chat.log.state.value
      let answer = try state.path().last.unwrapped
      #expect(state.drafts[answer.id] != nil)
      #expect(answer.message?.content == "")
      speaking.open()
      #expect(await chat.settledPath().last?.message?.content.utf8.count == 7500)
      #expect(chat.log.state.value.drafts.isEmpty)
    }
  }

  @Test func `Nobody waits for a draft, one is stored at a time, and the next one has it all`()
    async throws
  {
    let (storing, speaking) = (Gate(), Gate())
    let chat = Chat()
    let drafts = Watched<[Int]>([])
    chat.log.intercept { changes in
      for case .draft(_, let text) in changes {
        drafts.update { $0.append(text.utf8.count) }
        await storing.pass()
      }
      return nil
    }
    chat.model.follow { _, _, hear in
      await hear(.text(String(repeating: "x", count: 2048)))
      await storing.reached()
      for _ in 0..<5 { await hear(.text(String(repeating: "y", count: 2048))) }
      await speaking.pass()
      await hear(.text("z"))
      return .ended
    }
    try await chat.run {
      try await chat.send("1")
      // All of it is seen while the first draft is being stored.
      await speaking.reached()
      #expect(drafts.value == [2048])
      #expect(chat.sink.events.value.count { if case .delta = $0 { true } else { false } } == 6)
      storing.open()
      await drafts.wait { $0.count == 2 }
      #expect(drafts.value == [2048, 6 * 2048])
      await chat.log.state.wait { $0.drafts.values.contains { $0.utf8.count == 6 * 2048 } }
      speaking.open()
      let answer = await chat.settledPath().last?.message
      #expect(answer?.content.utf8.count == 6 * 2048 + 1)
      #expect(answer?.content.last == "z")
      #expect(chat.log.state.value.drafts.isEmpty)
    }
  }

  @Test func `What has come of an answer that stalls is put on disk in time`() async throws {
    let speaking = Gate()
    let chat = Chat()
    chat.model.follow { _, _, hear in
      await hear(.text("half"))
      await speaking.pass()
      await hear(.text(" and half"))
      return .ended
    }
    try await chat.run {
      try await chat.send("1")
      await chat.draftPauses.endNext()
      await chat.log.state.wait { !$0.drafts.isEmpty }
      #expect(chat.log.state.value.drafts.values.map { $0 } == ["half"])
      #expect(chat.draftPauses.asked.value == [.seconds(1)])
      speaking.open()
      #expect(await chat.settledPath().last?.gist == "assistant: half and half")
      #expect(chat.log.state.value.drafts.isEmpty)
    }
  }

  @Test func `A draft that can't be stored costs the answer nothing`() async throws {
    let chat = Chat()
    chat.log.intercept { changes in
      if case .draft = changes[0] { .unavailable(reason: "disk full") } else { nil }
    }
    chat.model.follow { [reports = chat.reports] _, _, hear in
      for count in 1...3 {
        await hear(.text(String(repeating: "x", count: 3000)))
        await reports.wait { $0.count == count }
      }
      return .ended
    }
    try await chat.run {
      try await chat.send("1")
      let answer = await chat.settledPath().last?.message
      #expect(answer?.content.utf8.count == 9000)
      #expect(answer?.status == .complete)
      #expect(chat.reports.value.count == 3)
    }
  }

  @Test func `An answer says what it has cost and from where the model has read, however it ends`()
    async throws
  {
    for isBroken in [false, true] {
      let chat = Chat()
      let (from, usage) = (EntryID("e"), Message.Usage(inputTokens: 9, outputTokens: 1))
      chat.model.follow { _, _, hear in
        await hear(.leftOut(before: from))
        await hear(.usage(Message.Usage(inputTokens: 9)))
        await hear(.text("x"))
        await hear(.usage(usage))
        if isBroken { throw ModelFailure(isInterruption: true, reason: "cut") }
        return ModelAnswer(model: "m", stopReason: "end_turn")
      }
      try await chat.run {
        try await chat.send("1")
        let answer = await chat.settledPath().last?.message
        #expect(answer?.status == (isBroken ? .interrupted : .complete))
        #expect(answer?.usage == usage && answer?.contextFrom == from)
        #expect(
          chat.reports.value == ["thread main: too long for the model, which reads from entry e on"]
        )
      }
    }
  }

  @Test func `Tries that failed are in the log, and people see when the next one is made`()
    async throws
  {
    let time = Timestamp(milliseconds: 1_000_000)
    let chat = Chat(now: { time })
    chat.model.follow { _, _, hear in
      await hear(.retrying(attempt: 2, delay: .seconds(3), reason: "overloaded"))
      return .ended
    }
    try await chat.run {
      try await chat.send("1")
      await chat.settle()
      #expect(
        chat.reports.value == ["thread main: attempt 2 of the assistant in 3.0 seconds: overloaded"]
      )
      let answer = try #require(chat.log.state.value.path().last?.id)
      let told = chat.sink.events.value.compactMap { event -> String? in
        guard case .answerRetry(let thread, let message, let attempt, let at, let reason) = event
        else { return nil }
        return "\(thread) \(message) \(attempt) \(at.milliseconds) \(reason)"
      }
      #expect(told == ["main \(answer) 2 1003000 overloaded"])
    }
  }
}
