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

  @Test func `A thread that is opened during an import is opened as it is then`() async throws {
    let chat = Chat(model: .off)
    let reading = Gate()
    let readings = Watched(0)
    chat.log.interceptReadingResult { what in
      guard what == "threads" else { return }
      let number = readings.update { count in
        count += 1
        return count
      }
      // The first one is for what an earlier run left.
      if number == 2 { await reading.pass() }
    }
    try await chat.run {
      async let sent = chat.send("next")
      await reading.reached()
      let one = said("imported", in: .main)
      _ = try await chat.conversations.take(thread(.main, [one]))
      reading.open()
      #expect(try await sent.message.parent == one.id)
      await chat.settle()
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

  @Test(arguments: [(2, 1), (40, 20)])
  func `Who speaks elsewhere is acknowledged between the pieces of an import`(
    entryCount: Int, pieceCount: Int
  ) async throws {
    let chat = Chat()
    try await chat.run {
      let order = Watched<[String]>([])
      let speaker = Watched<Task<Entry, any Error>?>(nil)
      let pieces = Watched(0)
      chat.log.intercept { changes in
        guard changes.contains(where: \.takesOver), chat.hasAccepted else { return nil }
        // While the first piece is being committed somebody hands in what he has to say.
        guard
          pieces.update({
            $0 += 1
            return $0
          }) == 1
        else { return nil }
        let said = said("elsewhere", in: .main)
        speaker.update {
          $0 = Task.immediate {
            let entry = try await chat.journal.entry(.append(said))
            order.update { $0.append("acknowledged") }
            return entry
          }
        }
        return nil
      }
      let id = ThreadID("t")
      _ = try await chat.conversations.take(thread(id, line(entryCount, in: id)))
      order.update { $0.append("imported") }
      let seq = try await speaker.value.unwrapped.value.seq
      let imported = chat.sink.entries.filter { $0.thread == id }.map(\.seq)
      #expect(pieces.value == pieceCount && imported.count == entryCount)
      // It stands right behind the first piece, or behind all where there is but one.
      #expect(imported.firstIndex { $0 > seq } == (pieceCount == 1 ? nil : 2))
      if pieceCount > 1 { #expect(order.value == ["acknowledged", "imported"]) }
      let changes = chat.sink.changes
      #expect(changes.map(\.seq) == Array(1...Int64(entryCount + 3)))
      #expect(changes.map(\.prevSeq) == Array(0..<Int64(entryCount + 3)))
    }
  }

  @Test func `Where the disk fails midway, the next import brings what is missing`() async throws {
    let chat = Chat()
    try await chat.run {
      await #expect(throws: ChatError.self) { try await chat.send("x", parent: EntryID("none")) }
      let pieces = Watched(0)
      chat.log.intercept { changes in
        guard changes.contains(where: \.takesOver), chat.hasAccepted else { return nil }
        let isThird = pieces.update {
          $0 += 1
          return $0 == 3
        }
        return isThird ? .unavailable(reason: "the disk is full") : nil
      }
      let new = thread(.main, line(20, in: .main))
      await #expect {
        try await chat.conversations.take(new)
      } throws: {
        "\($0)".contains("the disk is full") && "\($0)".contains("follows with the next one")
      }
      // Half of it is there, and no path shows it.
      #expect(chat.log.state.value.entries.count == 4 && chat.log.state.value.path().isEmpty)
      let other = ThreadID("t")
      let imported = try await chat.conversations.take(thread(other, line(3, in: other)))
      #expect(imported.addedCount == 3 && imported.thread.id == other)
      #expect(chat.log.state.value.path().count == 20)
      #expect(try await chat.conversations.take(new).addedCount == 0)
      // The conversation that was open knows it too.
      #expect(try await chat.send("next").message.parent == new.thread.head)
      await chat.settle()
    }
  }

  @Test func `One that chatd's end cancels midway is taken over later`() async throws {
    let chat = Chat()
    try await chat.run {
      let (gate, id) = (Gate(), ThreadID("t"))
      let pieces = Watched(0)
      chat.log.intercept { changes in
        guard changes.contains(where: \.takesOver), chat.hasAccepted else { return nil }
        if pieces.update({
          $0 += 1
          return $0
        }) == 3 {
          await gate.pass()
        }
        return nil
      }
      let new = thread(id, line(20, in: id))
      let taking = Task { try await chat.conversations.take(new) }
      await gate.reached()
      taking.cancel()
      gate.open()
      let error = await taking.result.error
      #expect("\(String(describing: error))".contains("chatd is stopping; what is missing"))
      #expect(chat.log.state.value.entries.count == 6 && pieces.value == 3)
      // What the next start does.
      try await ImportRun(store: chat.log, reader: chat.log).finishLeft()
      #expect(chat.log.state.value.path(of: id).count == 20)
    }
  }

  @Test func `Where the disk fails before it is accepted, nothing is left of it`() async throws {
    let chat = Chat()
    try await chat.run {
      chat.log.intercept { changes in
        let accepts = changes.contains {
          if case .importing(.accept) = $0 { true } else { false }
        }
        return accepts ? .unavailable(reason: "the disk is full") : nil
      }
      let id = ThreadID("t")
      await #expect(throws: ChatError.unavailable(reason: "the disk is full")) {
        try await chat.conversations.take(thread(id, line(20, in: id)))
      }
      let log = chat.log.state.value
      #expect(log.staged.isEmpty && log.threads[id] == nil && log.seq == 0)
    }
  }

  @Test func `One import at a time`() async throws {
    let chat = Chat()
    try await chat.run {
      let gate = Gate()
      chat.log.interceptReading { what in if what == "standings" { await gate.pass() } }
      let (one, two) = (ThreadID("one"), ThreadID("two"))
      let first = Task { try await chat.conversations.take(thread(one, line(3, in: one))) }
      await gate.reached()
      await #expect(
        throws: ChatError.conflict(reason: "another import is running: try again when it is done")
      ) { try await chat.conversations.take(thread(two, line(3, in: two))) }
      gate.open()
      let added = try await first.value.addedCount
      #expect(added == 3)
      #expect(try await chat.conversations.take(thread(two, line(3, in: two))).addedCount == 3)
    }
  }

  /// Messages, one behind the other.
  private func line(_ count: Int, in thread: ThreadID) -> [Entry] {
    var entries: [Entry] = []
    for number in 0..<count {
      entries.append(said("\(number)", after: entries.last?.id, in: thread))
    }
    return entries
  }
}

extension Chat {
  /// Whether something is left to be taken over.
  fileprivate var hasAccepted: Bool { log.state.value.accepted != nil }
}

extension Change {
  fileprivate var takesOver: Bool {
    if case .importing(.take) = self { true } else { false }
  }
}

extension Result {
  fileprivate var error: Failure? { if case .failure(let error) = self { error } else { nil } }
}
