import Synchronization
import Testing

@testable import ChatCore

/// The turn's flow.
@Suite(.timeLimit(.minutes(1))) struct ConversationTests {
  @Test func `A turn is the message, its rollup, the answer, its rollup`() async throws {
    let chat = Chat(children: .echoing("b", "a"))
    try await chat.run {
      try await chat.send("hello")
      let path = await chat.settledPath()
      #expect(
        path.gists == [
          "user: hello", "rollup: a=a heard hello, b=b heard hello", "assistant: answer 1",
          "rollup: a=a heard answer 1, b=b heard answer 1",
        ])
      let answer = try path[2].message.unwrapped
      #expect(answer.model == "model-1-20261122")
      #expect(answer.stopReason == "end_turn")
      #expect(answer.usage?.inputTokens == 7)
      #expect(answer.error == nil)
      #expect(path.compactMap(\.rollup).map(\.originalMessageID) == [path[0].id, path[2].id])
    }
  }

  @Test func `Parents form one chain`() async throws {
    let chat = Chat(children: .echoing("a"))
    try await chat.run {
      for number in 1...3 { try await chat.send("\(number)") }
      let path = await chat.settledPath()
      #expect(path.count == 12)
      #expect(path.map(\.parent) == [nil] + path.dropLast().map(\.id))
      #expect(path.allSatisfy { $0.thread == .main })
    }
  }

  @Test func `Everything is seen in the order in which it happens`() async throws {
    let chat = Chat(
      children: .echoing("a"),
      model: FakeModel { _, _, hear in
        for text in ["", "é", "😀", "x"] { await hear(.text(text)) }
        return .ended
      })
    try await chat.run {
      try await chat.send("hello")
      let path = await chat.settledPath()
      let seen = chat.sink.events.value.map { event in
        switch event {
        case .changed(let change):
          if case .entry(let entry) = change.subject { entry.gist } else { "thread" }
        case .delta(_, let message, let offset, let text):
          "\(offset) \(text)" + (message == path[2].id ? "" : " of another message")
        default: "other"
        }
      }
      #expect(
        seen == [
          "user: hello", "rollup: a=a heard hello", "assistant:  (streaming)", "0 é", "1 😀", "3 x",
          "assistant: é😀x", "rollup: a=a heard é😀x",
        ])
      #expect(chat.sink.changes.map(\.seq) == Array(1...5))
      #expect(chat.sink.changes.map(\.prevSeq) == Array(0...4))
    }
  }

  @Test func `Stored before seen: no watcher knows of what a crash would take back`() async throws {
    let chat = Chat(children: .echoing("a"))
    chat.log.intercept { [sink = chat.sink, log = chat.log] _ in
      // Before a commit nothing may have been seen but what the log has.
      #expect(sink.changes.map(\.seq).max() ?? 0 == log.state.value.seq)
      return nil
    }
    try await chat.run {
      let sent = try await chat.send("hello")
      #expect(chat.log.state.value.entries[sent.message.id] != nil)
      #expect(chat.sink.entries.first?.id == sent.message.id)
      await chat.settle()
    }
  }

  @Test func `The assistant's message is on disk before the model is asked`() async throws {
    let chat = Chat()
    chat.model.follow { [log = chat.log] _, _, _ in
      #expect(log.state.value.path().gists == ["user: hello", "assistant:  (streaming)"])
      return .ended
    }
    try await chat.run {
      try await chat.send("hello")
      await chat.settle()
      #expect(chat.model.requests.value.count == 1)
    }
  }

  @Test func `Without children there is no rollup`() async throws {
    let chat = Chat()
    try await chat.run {
      try await chat.send("hello")
      #expect(await chat.settledPath().gists == ["user: hello", "assistant: answer 1"])
    }
  }

  @Test func `Without the assistant children answer all the same`() async throws {
    let chat = Chat(children: .echoing("a"), model: .off)
    try await chat.run {
      try await chat.send("1")
      try await chat.send("2")
      #expect(
        await chat.settledPath().gists == [
          "user: 1", "rollup: a=a heard 1", "user: 2", "rollup: a=a heard 2",
        ])
      #expect(chat.model.requests.value.isEmpty)
    }
  }

  @Test func `Children are not asked about an answer without text`() async throws {
    let chat = Chat(children: .echoing("a"), model: FakeModel { _, _, _ in .ended })
    try await chat.run {
      try await chat.send("1")
      #expect(
        await chat.settledPath().gists == ["user: 1", "rollup: a=a heard 1", "assistant: "])
      #expect(chat.children.inquiries.value.count == 1)
    }
  }

  @Test func `What a child posts is heard by no child and answered by nobody`() async throws {
    let chat = Chat(children: .echoing("a"))
    try await chat.run {
      let posted = try await chat.conversations.post(Post(text: "tick"), by: ChildID("a"))
      #expect(posted.author == ChildID("a"))
      #expect(posted.role == .user)
      #expect(await chat.settledPath().gists == ["child a: tick"])
      #expect(chat.children.inquiries.value.isEmpty)
      try await chat.send("hello")
      _ = await chat.settledPath()
      #expect(
        chat.model.requests.value.first?.turns.map(\.text) == [
          "<actor id=\"a\">tick</actor>\n\nhello\n\n<actor id=\"a\">a heard hello</actor>"
        ])
    }
  }

  @Test func `The children are told whom a message is for, who is muted, and what came before`()
    async throws
  {
    let chat = Chat(children: .echoing("a", "b"), model: .off)
    try await chat.run {
      _ = try await chat.conversations.changeThread(.main) { $0.muted = [ChildID("b")] }
      try await chat.send("1")
      try await chat.send("@a 2")
      let path = await chat.settledPath()
      let inquiries = chat.children.inquiries.value
      #expect(inquiries.map(\.message) == [path[0].message, path[2].message])
      #expect(inquiries.map(\.message.to) == [nil, [ChildID("a")]])
      #expect(inquiries.map(\.muted) == [[ChildID("b")], [ChildID("b")]])
      #expect(inquiries.map(\.attempt) == [1, 1])
      #expect(await inquiries[1].earlier(1) == [path[1]])
      #expect(await inquiries[1].earlier(9) == Array(path[..<2]))
      #expect(await inquiries[0].earlier(9) == [])
    }
  }

  @Test func `What can't be read is no context, and the turn goes on`() async throws {
    let chat = Chat(model: .off)
    let context = Watched<[Entry]?>(nil)
    chat.children.follow { inquiry in
      let earlier = await inquiry.earlier(3)
      context.update { $0 = earlier }
      return [.replied(ChildID("a"), "here")]
    }
    chat.log.interceptReading { if $0 == "page" { throw ChatError.unavailable(reason: "no") } }
    try await chat.run {
      try await chat.send("1")
      #expect(await chat.settledPath().gists == ["user: 1", "rollup: a=here"])
      #expect(context.value == [])
      #expect(chat.reports.value.count == 1)
    }
  }

  @Test func `Progress is shown as it comes`() async throws {
    let chat = Chat(model: .off)
    chat.children.follow { inquiry in
      inquiry.progress(
        Progress(
          thread: .main, message: inquiry.message.id, child: ChildID("a"), phase: .waiting))
      return nil
    }
    try await chat.run {
      let sent = try await chat.send("1")
      await chat.settle()
      let shown = chat.sink.events.value.compactMap {
        if case .progress(let progress) = $0 { progress.message } else { nil as EntryID? }
      }
      #expect(shown == [sent.message.id])
    }
  }

  @Test func `The model is asked with the thread's own model and system prompt`() async throws {
    let chat = Chat()
    try await chat.run {
      try await chat.send("1")
      await chat.settle()
      _ = try await chat.conversations.changeThread(.main) {
        ($0.model, $0.system) = ("model-2", "Be brief.")
      }
      try await chat.send("2")
      await chat.settle()
      let requests = chat.model.requests.value
      #expect(requests.map(\.model) == [nil, "model-2"])
      #expect(requests.map(\.system) == [nil, "Be brief."])
      #expect(requests.map { $0.turns.map(\.text) } == [["1"], ["1", "answer 1", "2"]])
      let begun = chat.sink.entries.compactMap(\.message).filter { $0.status == .streaming }
      #expect(begun.map(\.model) == ["model-1", "model-2"])
    }
  }
}
