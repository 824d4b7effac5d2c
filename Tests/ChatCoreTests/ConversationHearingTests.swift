import Synchronization
import Testing

@testable import ChatCore

/// How a conversation asks the children, and what becomes of answers that come late.
@Suite(.timeLimit(.minutes(1))) struct ConversationHearingTests {
  private static let slow = ChildID("slow")

  /// Children of whom `slow` says nothing until the rollup is closed; what was said then is a
  /// placeholder.
  private static func slowChildren(about content: String, gate: Gate) -> FakeChildren {
    FakeChildren(names: [slow]) { inquiry in
      guard inquiry.message.content == content else { return nil }
      await gate.pass()
      return [Task.isCancelled ? .silent(slow) : .replied(slow, "in time")]
    }
  }

  @Test func `The rollup of an answer is closed at once when another message is queued`()
    async throws
  {
    let gate = Gate()
    let chat = Chat(children: Self.slowChildren(about: "answer 1", gate: gate))
    try await chat.run {
      try await chat.send("1")
      await gate.reached()
      try await chat.send("2")
      #expect(
        await chat.settledPath().gists == [
          "user: 1", "assistant: answer 1", "rollup: slow=timed_out", "user: 2",
          "assistant: answer 2",
        ])
    }
  }

  @Test func `So it is when one was waiting before the answer had ended`() async throws {
    let (gate, speaking) = (Gate(), Gate())
    let chat = Chat(children: Self.slowChildren(about: "answer 1", gate: gate))
    chat.model.follow { _, count, hear in
      if count == 0 { await speaking.pass() }
      await hear(.text("answer \(count + 1)"))
      return .ended
    }
    try await chat.run {
      try await chat.send("1")
      await speaking.reached()
      try await chat.send("2")
      speaking.open()
      #expect(
        await chat.settledPath().gists == [
          "user: 1", "assistant: answer 1", "rollup: slow=timed_out", "user: 2",
          "assistant: answer 2",
        ])
    }
  }

  @Test func `The rollup of a person's message waits for every child, whoever is next`()
    async throws
  {
    let gate = Gate()
    let chat = Chat(children: Self.slowChildren(about: "1", gate: gate), model: .off)
    try await chat.run {
      try await chat.send("1")
      await gate.reached()
      try await chat.send("2")
      _ = try await chat.conversations.post(Post(text: "tick"), by: Self.slow)
      gate.open()
      #expect(
        await chat.settledPath().gists == [
          "user: 1", "rollup: slow=in time", "user: 2", "child slow: tick",
        ])
    }
  }

  @Test func `A message that is refused or known already closes no rollup`() async throws {
    let gate = Gate()
    let chat = Chat(children: Self.slowChildren(about: "answer 1", gate: gate))
    try await chat.run {
      try await chat.send("1", clientMessageID: "x")
      await gate.reached()
      let again = try await chat.send("1", clientMessageID: "x")
      #expect(again.isDuplicate)
      chat.log.intercept { _ in .unavailable(reason: "disk full") }
      await #expect(throws: ChatError.self) { try await chat.send("2") }
      chat.log.intercept(nil)
      gate.open()
      #expect(
        await chat.settledPath().gists == [
          "user: 1", "assistant: answer 1", "rollup: slow=in time",
        ])
    }
  }

  @Test func `Nor does one that is not stored yet, and then refused`() async throws {
    let gate = Gate()
    let ending = Gate()
    let chat = Chat(children: Self.slowChildren(about: "answer 1", gate: gate))
    chat.log.intercept { changes in
      if case .amend = changes[0] { await ending.pass() }
      guard case .append(.message(let message), _, _, _) = changes[0], message.content == "2"
      else { return nil }
      await gate.reached()
      return .unavailable(reason: "disk full")
    }
    try await chat.runAlone { conversation in
      _ = try await conversation.send(Draft(content: "1"))
      await ending.reached()
      let refused = Task { try await conversation.send(Draft(content: "2")) }
      while await conversation.line.isEmpty { await Task.yield() }
      // The answer's end is stored before, and so its rollup is begun while that message has not
      // been refused yet.
      ending.open()
      await #expect(throws: ChatError.self) { try await refused.value }
      gate.open()
      #expect(
        await chat.settledPath().gists == [
          "user: 1", "assistant: answer 1", "rollup: slow=in time",
        ])
    }
  }

  @Test func `A late answer is kept: it takes the place of the silence in its rollup`() async throws
  {
    let children = [ChildID("a"), Self.slow, ChildID("z")]
    let chat = Chat(model: .off)
    chat.children.follow { inquiry in
      [.replied(children[0], "x"), .silent(children[1]), .replied(children[2], "y")]
    }
    try await chat.run {
      try await chat.send("1")
      let before = await chat.settledPath()
      #expect(before.gists == ["user: 1", "rollup: a=x, slow=timed_out, z=y"])
      let inquiry = try await chat.children.asked(about: "1")
      inquiry.late(.late(Self.slow, "at last"))
      await chat.log.state.wait { $0.path().last?.rollup?.responses[1].late == true }
      let after = chat.log.state.value.path()
      #expect(after.gists == ["user: 1", "rollup: a=x, slow=at last, z=y"])
      #expect(after[1].id == before[1].id)
      #expect(after[1].parent == before[1].parent)
      #expect(after[1].seq == 3)
      // It was heard after everything that was said before.
      let response = try after[1].rollup.unwrapped.responses[1]
      #expect(response.messageID > after[1].id)
    }
    #expect(chat.sink.entries.last?.gist == "rollup: a=x, slow=at last, z=y")
  }

  @Test func `A late answer is kept though it comes before its rollup is on disk`() async throws {
    let chat = Chat(model: .off)
    chat.children.follow { inquiry in
      inquiry.late(.late(Self.slow, "at once"))
      return [.silent(Self.slow)]
    }
    let storing = Gate()
    chat.log.intercept { changes in
      if case .append(.rollup, _, _, _) = changes[0] { await storing.pass() }
      return nil
    }
    try await chat.run {
      try await chat.send("1")
      await storing.reached()
      storing.open()
      await chat.log.state.wait { $0.path().gists == ["user: 1", "rollup: slow=at once"] }
      await chat.settle()
    }
    #expect(chat.log.state.value.path().gists == ["user: 1", "rollup: slow=at once"])
  }

  @Test func `A late answer is kept though no turn begins any more`() async throws {
    let chat = Chat(model: .off)
    let gate = Gate()
    chat.children.follow { inquiry in
      await gate.pass()
      inquiry.late(.late(Self.slow, "at last"))
      return [.silent(Self.slow)]
    }
    try await chat.run {
      try await chat.send("1")
      await gate.reached()
      await chat.conversations.finish()
      gate.open()
    }
    #expect(chat.log.state.value.path().gists == ["user: 1", "rollup: slow=at last"])
  }

  @Test func `Late answers are kept though chatd is stopped before they could be stored`()
    async throws
  {
    let children = [ChildID("a"), Self.slow]
    let chat = Chat(model: .off)
    chat.children.follow { _ in children.map { .silent($0) } }
    let reading = Gate()
    try await chat.runStopping { turns in
      try await chat.send("1")
      await chat.settle()
      let inquiry = try await chat.children.asked(about: "1")
      chat.log.interceptReading { if $0 == "rollup" { await reading.pass() } }
      inquiry.late(.late(children[0], "x"))
      await reading.reached()
      inquiry.late(.late(children[1], "y"))
      turns.cancel()
      reading.open()
      try await turns.value
      #expect(chat.log.state.value.path().gists == ["user: 1", "rollup: a=x, slow=y"])
    }
  }

  @Test func `Late answers of many are kept, each in its place, while other turns run`()
    async throws
  {
    let names = (0..<5).map { ChildID("c\($0)") }
    let chat = Chat()
    chat.children.follow { inquiry in
      inquiry.message.role == .user ? names.map { .silent($0) } : nil
    }
    try await chat.run {
      for number in 0..<4 { try await chat.send("\(number)") }
      await chat.children.inquiries.wait { $0.filter { $0.message.role == .user }.count == 4 }
      await withTaskGroup(of: Void.self) { group in
        for inquiry in chat.children.inquiries.value where inquiry.message.role == .user {
          for name in names {
            group.addTask { inquiry.late(.late(name, "\(name) on \(inquiry.message.content)")) }
          }
        }
      }
      await chat.settle()
      await chat.log.state.wait { log in
        log.path().compactMap(\.rollup).allSatisfy { $0.responses.allSatisfy(\.late) }
      }
      let rollups = chat.log.state.value.path().compactMap(\.rollup)
      #expect(
        rollups.map { $0.responses.map(\.text) }
          == (0..<4).map { number in names.map { "\($0) on \(number)" } })
    }
  }

  @Test func `A late answer of a stranger, or to what has no rollup, changes nothing`() async throws
  {
    let chat = Chat(model: .off)
    chat.children.follow { $0.message.content == "1" ? [.silent(Self.slow)] : nil }
    try await chat.run {
      try await chat.send("1")
      try await chat.send("2")
      let path = await chat.settledPath()
      let one = try await chat.children.asked(about: "1")
      let two = try await chat.children.asked(about: "2")
      two.late(.late(Self.slow, "to nothing"))
      one.late(.late(ChildID("stranger"), "x"))
      one.late(.late(Self.slow, "the last"))
      await chat.log.state.wait { $0.path()[1].gist == "rollup: slow=the last" }
      #expect(chat.log.state.value.path().map(\.id) == path.map(\.id))
      #expect(chat.reports.value == [])
    }
  }
}
