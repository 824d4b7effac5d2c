import Synchronization
import Testing

@testable import ChatCore

/// What was begun is finished by the next run, wherever `kill -9` came in between, and nothing is
/// done twice.
@Suite(.timeLimit(.minutes(2))) struct ConversationsResumeTests {
  /// Who is there: every combination has its own way through a turn.
  struct Cast: Sendable, CustomTestStringConvertible {
    let children: Bool
    let assistant: Bool

    var testDescription: String {
      "children \(children ? "there" : "gone"), assistant \(assistant ? "on" : "off")"
    }

    static let all = [true, false].flatMap { children in
      [true, false].map { Cast(children: children, assistant: $0) }
    }

    func chat(over state: LogState = LogState()) -> Chat {
      Chat(
        log: MemoryLog(state, keepsMoments: true),
        children: children ? .echoing("a", "b") : FakeChildren(),
        model: assistant ? FakeModel() : .off)
    }
  }

  /// Everything that the log was in the course of three messages, of which the second and third
  /// came during the first one's turn.
  private func moments(of cast: Cast) async throws -> [LogState] {
    let chat = cast.chat()
    chat.children.follow { [log = chat.log] inquiry in
      await log.state.wait { $0.arrival.count >= 3 }
      guard cast.children else { return nil }
      return ["a", "b"].map { .replied(ChildID($0), "\($0) heard \(inquiry.message.content)") }
    }
    try await chat.run {
      for number in 1...3 { try await chat.send("\(number)") }
      await chat.settle()
    }
    return chat.log.moments.value
  }

  @Test(.timeLimit(.minutes(1))) func `What can't be stored yet is taken up once it can`()
    async throws
  {
    let cast = Cast(children: true, assistant: true)
    let crash = try #require(
      try await moments(of: cast).first { $0.path().last?.message?.status == .streaming })
    let chat = cast.chat(over: crash)
    let full = ChatError.unavailable(reason: "full")
    chat.log.intercept { _ in full }
    try await chat.run {
      for _ in 0..<3 { await chat.pauses.endNext() }
      #expect(chat.log.state.value.path() == crash.path())
      await #expect(throws: full) { try await chat.send("now") }
      await chat.pauses.asked.wait { $0.count == 4 }
      chat.log.intercept(nil)
      await chat.pauses.endNext()
      await chat.settle()
    }
    #expect(chat.reports.value.count >= 3)
    #expect(chat.reports.value.allSatisfy { $0.hasSuffix("full") })
    check(chat, after: crash, cast)
  }

  @Test func `Where the disk refuses to the end, chatd can be stopped`() async throws {
    let cast = Cast(children: true, assistant: true)
    let crash = try #require(
      try await moments(of: cast).first { $0.path().last?.message?.status == .streaming })
    let chat = cast.chat(over: crash)
    chat.log.intercept { _ in .unavailable(reason: "full") }
    try await chat.run {
      await chat.pauses.asked.wait { $0.count == 1 }
      await chat.conversations.finish()
      await chat.pauses.endNext()
    }
    #expect(chat.log.state.value.path() == crash.path())
  }

  private func finish(_ state: LogState, _ cast: Cast) async throws -> Chat {
    let chat = cast.chat(over: state)
    try await chat.run { await chat.settle() }
    return chat
  }

  private func check(_ chat: Chat, after crash: LogState, _ cast: Cast) {
    let log = chat.log.state.value
    let path = log.path()
    #expect(path.map(\.parent) == [nil] + path.dropLast().map(\.id))
    #expect(path.prefix(crash.path().count).map(\.id) == crash.path().map(\.id))
    let said = path.compactMap(\.message).filter { $0.role == .user }
    let acknowledged = crash.arrival.filter { crash.entries[$0]?.message?.role == .user }
    #expect(said.map(\.id) == acknowledged, "every message has its place, in the order of arrival")
    let answers = path.compactMap(\.message).filter { $0.role == .assistant }
    #expect(answers.count == (cast.assistant ? said.count : 0))
    #expect(answers.allSatisfy { $0.status != .streaming && $0.status != .queued })
    #expect(path.count == log.entries.count, "nothing stands beside the path")
    for message in said + answers {
      let count = log.rollups(of: message.id).count
      #expect(count == (cast.children && !message.content.isEmpty ? 1 : 0))
    }
    for rollup in path.compactMap(\.rollup) {
      #expect(rollup.parent == rollup.originalMessageID)
      #expect(rollup.responses.map(\.child.text) == ["a", "b"])
    }
    let asked = chat.children.inquiries.value
    #expect(
      asked.filter { $0.attempt > 1 }.count <= 2, "only the turn that was broken off is repeated")
    for inquiry in asked where cast.children {
      #expect(crash.rollups(of: inquiry.message.id).isEmpty, "nobody is asked again who answered")
    }
    let before = crash.entries.values.filter { $0.message?.role == .assistant }.count
    #expect(chat.model.requests.value.count == answers.count - before)
  }

  @Test(arguments: Cast.all)
  func `What was begun is finished, wherever it was broken off`(cast: Cast) async throws {
    for crash in try await moments(of: cast) where !crash.entries.isEmpty {
      let chat = try await finish(crash, cast)
      check(chat, after: crash, cast)
    }
  }

  @Test(arguments: [Cast(children: true, assistant: true)])
  func `So it is when the next run is broken off as well`(cast: Cast) async throws {
    for first in try await moments(of: cast) where !first.entries.isEmpty {
      for second in try await finish(first, cast).log.moments.value {
        let chat = try await finish(second, cast)
        check(chat, after: second, cast)
      }
    }
  }

  @Test func `The moments of a chat are what a crash would leave of it`() async throws {
    let moments = try await moments(of: Cast(children: true, assistant: true))
    // Three turns of a message, two rollups, an answer begun and ended, and the end of the last
    // turn at least.
    #expect(moments.count > 16)
    #expect(moments.contains { !$0.queued(in: .main).isEmpty })
    #expect(moments.contains { $0.path().last?.message?.status == .streaming })
    #expect(moments.last?.isIdle == true)
  }

  @Test func `An answer that was being written is interrupted, with what had come of it`()
    async throws
  {
    let speaking = Gate()
    let chat = Chat(children: .echoing("a"))
    let text = String(repeating: "x", count: 3000)
    chat.model.follow { _, _, hear in
      await hear(.text(text))
      await speaking.pass()
      return .ended
    }
    let crash = try await chat.run {
      try await chat.send("1")
      await speaking.reached()
      await chat.log.state.wait { $0.drafts.values.contains(text) }
      let crash = chat.log.state.value
      speaking.open()
      await chat.settle()
      return crash
    }
    let next = Chat(log: MemoryLog(crash), children: .echoing("a"))
    try await next.run {
      let path = await next.settledPath()
      #expect(
        path.gists == [
          "user: 1", "rollup: a=a heard 1", "assistant: \(text) (interrupted)",
          "rollup: a=a heard \(text)",
        ])
      #expect(path[2].message?.error == "chatd ended while this was being written")
      #expect(next.children.inquiries.value.map(\.attempt) == [2])
      #expect(next.model.requests.value.isEmpty)
    }
  }

  /// A run over `state` that is broken off while the children are asked for the `count`th time:
  /// what the log was then, and what they were asked.
  private func breakOff(
    _ state: LogState, asking count: Int, _ body: @Sendable (Chat) async throws -> Void
  ) async throws -> (LogState, [Inquiry]) {
    let asking = Gate()
    let chat = Chat(log: MemoryLog(state))
    chat.children.follow { [children = chat.children] inquiry in
      if children.inquiries.value.count == count { await asking.pass() }
      return [.silent(ChildID("a"))]
    }
    return try await chat.run {
      try await body(chat)
      await asking.reached()
      let (crash, asked) = (chat.log.state.value, chat.children.inquiries.value)
      asking.open()
      await chat.settle()
      return (crash, asked)
    }
  }

  @Test func `A child that may have heard a message is told how often it is asked by now`()
    async throws
  {
    var (crash, asked) = try await breakOff(LogState(), asking: 1) { try await $0.send("1") }
    let id = try #require(asked.first?.message.id)
    #expect(asked.map(\.attempt) == [1])
    for attempt in 2...4 {
      (crash, asked) = try await breakOff(crash, asking: 1) { _ in }
      #expect(asked.map(\.attempt) == [attempt])
      #expect(asked.map(\.message.id) == [id])
    }
    // The message is heard at last, and the answer to it is a message of its own.
    (crash, asked) = try await breakOff(crash, asking: 2) { _ in }
    #expect(asked.map(\.attempt) == [5, 1])
    for attempt in 2...3 {
      (crash, asked) = try await breakOff(crash, asking: 1) { _ in }
      #expect(asked.map(\.attempt) == [attempt])
      #expect(asked.map(\.message.role) == [.assistant])
    }
    let next = Chat(log: MemoryLog(crash), children: .echoing("a"))
    try await next.run { await next.settle() }
    #expect(next.children.inquiries.value.map(\.attempt) == [4])
    #expect(next.model.requests.value.isEmpty, "the answer was paid for once")
  }

  @Test func `No child is asked again while the disk refuses to count it`() async throws {
    let (crash, _) = try await breakOff(LogState(), asking: 1) { try await $0.send("1") }
    let chat = Chat(log: MemoryLog(crash), children: .echoing("a"), model: .off)
    let refused = Watched(0)
    chat.log.intercept { [children = chat.children] changes in
      guard case .askedAgain = changes[0] else { return nil }
      #expect(children.inquiries.value.isEmpty)
      refused.update { $0 += 1 }
      return refused.value < 3 ? .unavailable(reason: "disk full") : nil
    }
    try await chat.run {
      for _ in 1...2 { await chat.pauses.endNext() }
      await chat.settle()
    }
    #expect(refused.value == 3)
    #expect(chat.children.inquiries.value.map(\.attempt) == [2])
  }

  @Test func `What an earlier run left has its turn before anything new`() async throws {
    let cast = Cast(children: true, assistant: true)
    for crash in try await moments(of: cast) {
      let chat = cast.chat(over: crash)
      let reading = Gate()
      chat.log.interceptReading { if $0 == "unfinished" { await reading.pass() } }
      try await chat.run {
        async let sent = chat.send("new")
        await reading.reached()
        reading.open()
        let new = try await sent.message
        let path = await chat.settledPath()
        let said = path.compactMap(\.message).filter { $0.role == .user }
        #expect(said.last?.id == new.id)
        #expect(path.map(\.parent) == [nil] + path.dropLast().map(\.id))
        #expect(path.compactMap(\.message).count == 2 * said.count)
        #expect(said.allSatisfy { chat.log.state.value.rollups(of: $0.id).count == 1 })
      }
    }
  }

  @Test func `A log that can't be read is an error, and whoever comes later tries again`()
    async throws
  {
    let chat = Chat()
    let fault = ChatError.unavailable(reason: "the database can't be read")
    chat.log.interceptReading { if $0 == "unfinished" { throw fault } }
    await #expect(throws: fault) { try await chat.send("1") }
    await #expect(throws: fault) { try await chat.conversations.run() }
    chat.log.interceptReading(nil)
    try await chat.run {
      try await chat.send("1")
      #expect(await chat.settledPath().gists == ["user: 1", "assistant: answer 1"])
    }
  }

  @Test func `Threads are taken up side by side, each with what was its own`() async throws {
    let other = ThreadID("t")
    let chat = Chat(model: .off)
    let asking = Gate()
    chat.children.follow { _ in
      await asking.pass()
      return nil
    }
    let crash = try await chat.run {
      _ = try await chat.conversations.changeThread(other, create: true) { _ in }
      for thread in [ThreadID.main, other] {
        for number in 1...3 { try await chat.send("\(thread) \(number)", thread: thread) }
      }
      await asking.reached(by: 2)
      let crash = chat.log.state.value
      asking.open()
      await chat.settle()
      return crash
    }
    let next = Chat(log: MemoryLog(crash), children: .echoing("a"), model: .off)
    try await next.run {
      await next.settle()
      for thread in [ThreadID.main, other] {
        let path = next.log.state.value.path(of: thread)
        #expect(path.compactMap(\.message?.content) == (1...3).map { "\(thread) \($0)" })
        #expect(path.count == 6)
      }
    }
  }
}
