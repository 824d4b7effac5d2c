import ChatCore
import ChildProtocol
import GRDB
import TestSupport
import Testing

@testable import ChatStore

@Suite struct SQLiteStorePiecesTests {
  private func parsed(_ entries: [String]) throws -> [Entry] {
    try entries.map { try Entry(JSON(parsing: $0.utf8)) }
  }

  @Test(arguments: 40...47)
  func `Piece by piece gives what a page gives`(seed: Int) async throws {
    var numbers = SeededGenerator(seed: UInt64(seed))
    try await withStore { store in
      let tree = try await Tree(growingIn: store, using: &numbers)
      for _ in 0..<30 {
        let end = try #require(tree.placed.randomElement(using: &numbers))
        let before = Bool.random(using: &numbers) ? nil : end.id
        let limit = Bool.random(using: &numbers) ? nil : Int.random(in: 0...30, using: &numbers)
        let page = try await store.page(of: end.thread, before: before, limit: limit)
        let outline = try await store.outline(of: end.thread, before: before, limit: limit)
        #expect(try await parsed(store.entries(of: outline)) == page.entries)
        #expect(outline.thread.head == page.head && outline.seq == page.seq)
        #expect(try parsed(outline.queued).compactMap(\.message) == page.queued)
      }
    }
  }

  @Test(arguments: 60...67)
  func `A tree is every entry that has a place, behind its parent`(seed: Int) async throws {
    var numbers = SeededGenerator(seed: UInt64(seed))
    try await withStore { store in
      let tree = try await Tree(growingIn: store, using: &numbers)
      for thread in Tree.threads {
        let entries = try await parsed(store.entries(of: store.tree(of: thread)))
        #expect(Set(entries) == Set(tree.placed.filter { $0.thread == thread }))
        #expect(entries.count == Set(entries).count)
        var seen: Set<EntryID> = []
        for entry in entries {
          #expect(entry.parent.map { seen.contains($0) } ?? true)
          seen.insert(entry.id)
        }
      }
    }
  }

  @Test func `What is there no more or not yet is not found`() async throws {
    try await withStore { store in
      let gone = ThreadID("gone")
      try await store.commit(.thread(gone, create: true) { $0.deletedAt = .then })
      let queued = try await store.stored(.append(.said("x", status: .queued)))
      for thread in [gone, ThreadID("none")] {
        await #expect(throws: ChatError.notFound(what: "thread \(thread)")) {
          try await store.outline(of: thread, before: nil, limit: nil)
        }
        await #expect(throws: ChatError.notFound(what: "thread \(thread)")) {
          try await store.tree(of: thread)
        }
      }
      await #expect(throws: ChatError.notFound(what: "entry \(queued.id)")) {
        try await store.outline(of: .main, before: queued.id, limit: nil)
      }
      #expect(try await store.outline(of: .main, before: nil, limit: nil).start == nil)
      #expect(try await store.tree(of: .main).start == nil)
    }
  }

  @Test func `What is appended meanwhile does not show, what is amended shows as it is`()
    async throws
  {
    try await withStore { store in
      var last = try await store.say("0")
      let first = last
      for number in 1..<600 { last = try await store.say("\(number)", after: last.id) }
      let outline = try await store.outline(of: .main, before: nil, limit: nil)
      let piece = try await store.piece(at: #require(outline.start))
      #expect(piece.entries.count == 256)
      try await store.say("later", after: last.id)
      for id in [first.id, last.id] {
        try await store.stored(
          .amend(id) {
            guard case .message(var message) = $0 else { return }
            message.content = "amended"
            $0 = .message(message)
          })
      }
      let second = try await store.piece(at: #require(piece.next))
      let third = try await store.piece(at: #require(second.next))
      #expect(third.next == nil)
      let texts = try parsed(piece.entries + second.entries + third.entries).map(\.text)
      #expect(texts == (0..<599).map { "\($0)" } + ["amended"])
    }
  }

  @Test func `A piece ends when it is long enough, with the entry that makes it so`() async throws {
    try await withStore { store in
      let text = String(repeating: "x", count: 100 << 10)
      var last = try await store.say(text)
      for _ in 1..<4 { last = try await store.say(text, after: last.id) }
      let outline = try await store.outline(of: .main, before: nil, limit: nil)
      let piece = try await store.piece(at: #require(outline.start))
      #expect(piece.entries.count == 3)
      let rest = try await store.piece(at: #require(piece.next))
      #expect(rest.entries.count == 1 && rest.next == nil)
    }
  }

  @Test func `Whoever reads slowly holds no transaction`() async throws {
    try await withStore { store in
      var last = try await store.say("0")
      for number in 1..<600 { last = try await store.say("\(number)", after: last.id) }
      let outline = try await store.outline(of: .main, before: nil, limit: nil)
      let piece = try await store.piece(at: #require(outline.start))
      // How many pages the log has, and how many of them could be taken over: all, unless somebody
      // reads from it.
      func checkpoint() async throws -> (Int, Int) {
        try await store.pool.writeWithoutTransaction { db in
          let row = try #require(try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)"))
          return (row[1], row[2])
        }
      }
      #expect(piece.next != nil)
      let (pages, taken) = try await checkpoint()
      #expect(taken == pages)
      let held = try store.pool.makeSnapshot()
      try await store.say("more", after: last.id)
      let (morePages, moreTaken) = try await checkpoint()
      #expect(moreTaken < morePages)
      try held.close()
    }
  }

  @Test func `An entry that is missing is an error, and no end`() async throws {
    try await withStore { store in
      let first = try await store.say("0")
      let second = try await store.say("1", after: first.id)
      try await store.say("2", after: second.id)
      let outline = try await store.outline(of: .main, before: nil, limit: nil)
      try await store.pool.write {
        try $0.execute(sql: "DELETE FROM entry WHERE id = ?", arguments: [second.id.text])
      }
      await #expect(throws: ChatError.self) { try await store.entries(of: outline) }
    }
  }
}
