import ChatCore
import ChildProtocol
import TestSupport
import Testing

@testable import ChatStore

@Suite struct LogWriterImportTests {
  private let other = ThreadID("other")

  /// What an export says but for the log's own numbers and its time.
  private func gist(_ export: [UInt8]) throws -> JSON {
    func without(_ names: Set<String>, _ json: JSON?) -> JSON {
      .object((json?.members ?? []).filter { !names.contains($0.key) })
    }
    let json = try JSON(parsing: export)
    return [
      "thread": without(["seq", "read_seq", "last_seq"], json["thread"]),
      "entries": .array((json["entries"]?.array ?? []).map { without(["seq"], $0) }),
    ]
  }

  @Test(arguments: 1...100)
  func `What is exported, imported and exported again is the same`(seed: Int) async throws {
    var numbers = SeededGenerator(seed: UInt64(seed))
    let id = seed % 3 == 0 ? ThreadID.main : other
    try await withStore { here in
      _ = try await RandomThread(id, growingIn: here, using: &numbers)
      let export = try await here.export(id)
      try await withStore { there in
        // `main` is there already: its title and the like stay.
        try await there.commit(.thread(.main) { $0.title = "mine" })
        try await there.take(export)
        let again = try gist(await there.export(id))
        let first = try gist(export)
        #expect(again["entries"] == first["entries"])
        if id == other {
          #expect(again["thread"] == first["thread"])
        } else {
          #expect(again["thread"]?["head"] == first["thread"]?["head"])
          #expect(again["thread"]?["title"] == "mine")
        }
        let seq = try await there.lastSeq()
        #expect(try await there.take(export).subjects.isEmpty)
        #expect(try await there.lastSeq() == seq)
        #expect(try gist(await there.export(id)) == again)
      }
    }
  }

  @Test(arguments: 1...40)
  func `Whatever the order and the layout, it comes to the same`(seed: Int) async throws {
    var numbers = SeededGenerator(seed: UInt64(seed))
    try await withStore { here in
      _ = try await RandomThread(other, growingIn: here, using: &numbers)
      let export = try await here.export(other)
      var json = try JSON(parsing: export)
      json.shuffle(using: &numbers)
      let members = json.members?.map { member -> JSON.Member in
        guard member.key == "entries" else { return member }
        return .init("entries", .array((member.value.array ?? []).shuffled(using: &numbers)))
      }
      // No text here has a comma at its end.
      let spaced = JSON.object(members ?? []).text.replacing(",\"", with: " ,\n\t\"")
      try await withStore { there in
        try await there.take(Array(spaced.utf8))
        let (one, two) = (try gist(export), try gist(await there.export(other)))
        func links(_ json: JSON) -> Set<[String?]> {
          Set((json["entries"]?.array ?? []).map { [$0["id"]?.string, $0["parent"]?.string] })
        }
        #expect(links(one) == links(two))
        #expect(one["thread"]?["head"] == two["thread"]?["head"])
      }
    }
  }

  @Test func `Each change takes the next number, and they are told in their order`() async throws {
    try await withStore { here in
      var numbers = SeededGenerator(seed: 5)
      _ = try await RandomThread(other, growingIn: here, using: &numbers)
      let export = try await here.export(other)
      try await withStore { there in
        let before = try await there.lastSeq()
        let taken = try await there.take(export)
        let (thread, subjects, prevSeq) = (taken.thread, taken.subjects, taken.prevSeq)
        #expect(prevSeq == before)
        #expect(subjects.map(\.number) == Array(before + 1...before + Int64(subjects.count)))
        #expect(try await there.lastSeq() == before + Int64(subjects.count))
        #expect(thread.seq == subjects.last?.number)
        for case .entry(let entry) in subjects {
          #expect(try await there.entry(entry.id) == entry)
        }
      }
    }
  }

  @Test func `What is here stays, and what is new becomes branches`() async throws {
    try await withStore { store in
      let root = try await store.say("root")
      let mine = try await store.say("mine", after: root.id)
      let export = try await store.export(.main)
      try await withStore { there in
        try await there.take(export)
        let yours = try await there.say("yours", after: root.id)
        let theirs = try await there.export(.main)
        let taken = try await store.take(theirs)
        #expect(taken.subjects.count == 1 && taken.thread.head == mine.id)
        #expect(try await store.path().map(\.id) == [root.id, mine.id])
        #expect(try await store.entry(yours.id)?.parent == root.id)
        #expect(try await store.entry(root.id) == root)
      }
    }
  }

  @Test func `A thread without a head takes that of the import, one that has one keeps it`()
    async throws
  {
    try await withStore { here in
      let one = try await here.say("1")
      try await here.say("2", after: one.id)
      try await here.commit(.thread(.main) { $0.head = one.id })
      let export = try await here.export(.main)
      try await withStore { there in
        let taken = try await there.take(export)
        #expect(taken.thread.head == one.id && taken.subjects.count == 3)
        #expect(try await there.path().map(\.id) == [one.id])
      }
    }
  }

  @Test func `All of it or nothing`() async throws {
    try await withStore { store in
      try await store.commit(.thread(other, create: true) { _ in })
      let elsewhere = try await store.say("elsewhere", thread: other)
      let queued = try await store.stored(.append(.said("queued", status: .queued)))
      let seq = try await store.lastSeq()
      let (good, none) = (Entry.said("good"), EntryID.next(at: .then))
      func refused(_ entries: [Entry], head: EntryID? = nil) async -> ChatError? {
        let items = entries.enumerated().map {
          ThreadImport.Item(place: "entries[\($0)]", entry: $1)
        }
        let thread = ChatThread(id: .main, createdAt: .then, head: head)
        do {
          try await store.take(ThreadImport(thread: thread, items: items, skippedCount: 0))
          return nil
        } catch { return error as? ChatError }
      }
      for (entries, head, field) in [
        ([good, .said("x", after: none)], nil, "entries[1].parent"),
        ([good, .said("x", after: elsewhere.id)], nil, "entries[1].parent"),
        ([good, .said("x", after: queued.id)], nil, "entries[1].parent"),
        ([good, .moved(elsewhere, to: .main)], nil, "entries[1].id"),
        ([good, .rolled(good, about: none)], nil, "entries[1].original_message_id"),
        ([good, .rolled(good, about: elsewhere.id)], nil, "entries[1].original_message_id"),
        ([good], none, "thread.head"), ([good], queued.id, "thread.head"),
      ] as [([Entry], EntryID?, String)] {
        guard case .invalid(field, _) = await refused(entries, head: head) else {
          Issue.record("\(field)")
          continue
        }
      }
      #expect(try await store.lastSeq() == seq)
      #expect(try await store.tree(of: .main).start == nil)
      // The same without its fault.
      let rollup = Entry.rolled(good, about: good.id)
      #expect(await refused([good, rollup], head: good.id) == nil)
      #expect(try await store.lastSeq() == seq + 3)
      // Heard elsewhere as well: a message has one rollup.
      guard
        case .invalid("entries[1].original_message_id", _) =
          await refused([good, .rolled(good, about: good.id)])
      else {
        Issue.record("a second rollup")
        return
      }
      #expect(await refused([good, rollup]) == nil)
      #expect(try await store.lastSeq() == seq + 3)
    }
  }

  @Test func `A deleted thread is not brought back behind a person's back`() async throws {
    try await withStore { store in
      try await store.commit(.thread(other, create: true) { _ in })
      try await store.say("x", thread: other)
      let export = try await store.export(other)
      try await store.commit(.thread(other) { $0.deletedAt = .then })
      let seq = try await store.lastSeq()
      await #expect {
        try await store.take(export)
      } throws: {
        guard case ChatError.conflict(let reason) = $0 else { return false }
        return reason.contains("thread other is here and deleted")
      }
      #expect(try await store.lastSeq() == seq)
      try await store.commit(.thread(other) { $0.deletedAt = nil })
      #expect(try await store.take(export).subjects.isEmpty)
    }
  }
}

extension Entry {
  fileprivate static func moved(_ entry: Entry, to thread: ThreadID) -> Entry {
    .message(
      Message(id: entry.id, thread: thread, createdAt: .then, role: .user, content: "moved"))
  }

  fileprivate static func rolled(_ parent: Entry, about original: EntryID) -> Entry {
    .rollup(
      Rollup(
        id: .next(at: .then), parent: parent.id, thread: parent.thread, createdAt: .then,
        originalMessageID: original, responses: []))
  }
}

extension LoggedChange.Subject {
  fileprivate var number: Int64 { LoggedChange(prevSeq: 0, subject: self).seq }
}

extension JSON {
  /// Puts the members of all objects in another order.
  fileprivate mutating func shuffle(using numbers: inout SeededGenerator) {
    switch self {
    case .object(var members):
      for index in members.indices { members[index].value.shuffle(using: &numbers) }
      self = .object(members.shuffled(using: &numbers))
    case .array(var elements):
      for index in elements.indices { elements[index].shuffle(using: &numbers) }
      self = .array(elements)
    default: break
    }
  }
}
