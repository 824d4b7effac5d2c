import Testing

@testable import ChatCore

@Suite(.timeLimit(.minutes(1))) struct ConversationsImportTests {
  private func said(_ text: String, after parent: EntryID? = nil, in thread: ThreadID) -> Entry {
    .message(
      Message(
        id: .next(at: .now), parent: parent, thread: thread, createdAt: .now, role: .assistant,
        content: text))
  }

  private func thread(_ id: ThreadID, _ entries: [Entry], skipped: Int = 0) -> ThreadImport {
    ThreadImport(
      thread: ChatThread(id: id, title: "T", createdAt: .now, head: entries.last?.id),
      items: entries.enumerated().map { .init(place: "entries[\($0)]", entry: $1) },
      skippedCount: skipped)
  }

  @Test func `What is imported is told live, in order and without holes, and nobody is asked`()
    async throws
  {
    let chat = Chat(children: .echoing("a"))
    try await chat.run {
      let id = ThreadID("t")
      let one = said("1", in: id)
      let new = thread(id, [one, said("2", after: one.id, in: id)], skipped: 3)
      let imported = try await chat.conversations.take(new)
      #expect(imported.addedCount == 2 && imported.presentCount == 0)
      #expect(imported.skippedCount == 3 && imported.thread.title == "T")
      #expect(imported.thread.head == new.items[1].entry.id)
      let changes = chat.sink.changes
      #expect(changes.map(\.seq) == [1, 2, 3, 4])
      #expect(changes.map(\.prevSeq) == [0, 1, 2, 3])
      #expect(chat.sink.entries.gists == ["assistant: 1", "assistant: 2"])
      #expect(chat.log.state.value.turns.isEmpty)

      let again = try await chat.conversations.take(new)
      #expect(again.addedCount == 0 && again.presentCount == 2)
      #expect(chat.sink.changes.count == 4 && chat.log.state.value.seq == 4)
    }
  }

  @Test func `What is said next stands behind what was imported`() async throws {
    let chat = Chat()
    try await chat.run {
      // A conversation that is open already and knows of no head.
      await #expect(throws: ChatError.self) { try await chat.send("x", parent: EntryID("none")) }
      let one = said("imported", in: .main)
      _ = try await chat.conversations.take(thread(.main, [one]))
      let sent = try await chat.send("next").message
      #expect(sent.parent == one.id)
      #expect(await chat.settledPath().gists.prefix(2) == ["assistant: imported", "user: next"])
    }
  }

  @Test func `An import beside what was said leaves it the head`() async throws {
    let chat = Chat()
    try await chat.run {
      try await chat.send("mine")
      let path = await chat.settledPath()
      _ = try await chat.conversations.take(thread(.main, [said("theirs", in: .main)]))
      let sent = try await chat.send("next").message
      #expect(sent.parent == path.last?.id)
      await chat.settle()
    }
  }

  @Test func `One that is refused changes nothing`() async throws {
    let chat = Chat()
    try await chat.run {
      let id = ThreadID("t")
      let bad = thread(id, [said("1", in: id), said("2", after: EntryID("none"), in: id)])
      await #expect(throws: ChatError.self) { try await chat.conversations.take(bad) }
      #expect(chat.sink.changes.isEmpty && chat.log.state.value.threads[id] == nil)
    }
  }
}
