import ChatCore
import GRDB
import TestSupport
import Testing

@testable import ChatStore

/// What stands beside and behind entries, against the simplest idea of it.
@Suite struct BranchesTests {
  private func withTree(
    _ seed: UInt64, _ body: (SQLiteStore, Tree, inout SeededGenerator) async throws -> Void
  ) async throws {
    try await withStore { store in
      var numbers = SeededGenerator(seed: seed)
      let tree = try await Tree(growingIn: store, using: &numbers)
      try await body(store, tree, &numbers)
    }
  }

  @Test(arguments: UInt64(1)...5)
  func `What follows an entry is found on every branch, and which of it is shown`(
    seed: UInt64
  ) async throws {
    try await withTree(seed) { store, tree, _ in
      for thread in Tree.threads {
        let path = Set(try await store.path(of: thread).map(\.id))
        for entry in tree.placed where entry.thread == thread {
          let followers = try await store.followers(of: entry.id)
          let expected = tree.placed.filter { $0.parent == entry.id }
          #expect(followers.entries == expected)
          #expect(followers.shown == expected.first { path.contains($0.id) }?.id)
        }
      }
      for entry in tree.queued {
        #expect(try await store.followers(of: entry.id).entries.isEmpty)
      }
    }
  }

  @Test(arguments: UInt64(1)...5)
  func `Every fork along a stretch comes with it, and no other`(seed: UInt64) async throws {
    try await withTree(seed) { store, tree, numbers in
      for _ in 0..<60 {
        let before = try #require(tree.placed.randomElement(using: &numbers))
        let limit = Bool.random(using: &numbers) ? nil : Int.random(in: 0..<30, using: &numbers)
        let page = try await store.page(of: before.thread, before: before.id, limit: limit)
        let expected = page.entries.compactMap { entry -> Fork? in
          let beside = tree.placed.filter {
            $0.parent == entry.parent && $0.thread == entry.thread
          }
          return beside.count > 1 ? Fork(parent: entry.parent, entries: beside.map(\.id)) : nil
        }
        #expect(page.forks == expected)
      }
    }
  }

  @Test(arguments: UInt64(1)...5)
  func `The newest end below an entry is the newest of those that nothing follows`(
    seed: UInt64
  ) async throws {
    try await withTree(seed) { store, tree, _ in
      let ends = tree.placed.filter { entry in !tree.placed.contains { $0.parent == entry.id } }
      let arrivals = try await store.pool.read { db in
        try Row.fetchAll(db, sql: "SELECT id, arrival FROM entry")
          .reduce(into: [EntryID: Int64]()) { $0[EntryID($1["id"])] = $1["arrival"] }
      }
      for entry in tree.placed {
        let below = ends.filter { end in
          end.id == entry.id || tree.path(before: end).contains { $0.id == entry.id }
        }
        let newest = below.max { arrivals[$0.id, default: 0] < arrivals[$1.id, default: 0] }
        #expect(try await store.newestEnd(from: entry.id, in: entry.thread) == newest?.id)
      }
    }
  }

  @Test func `Only an entry that has a place in the thread has an end below it`() async throws {
    try await withStore { store in
      let thread = ThreadID("t")
      try await store.commit(.thread(thread, create: true) { _ in })
      let said = try await store.say("hello", thread: thread)
      let queued = try await store.stored(.append(.said("later", status: .queued)))
      for (id, place) in [(said.id, ThreadID.main), (EntryID("nowhere"), .main)] {
        await #expect(throws: ChatError.notFound(what: "entry \(id)")) {
          try await store.newestEnd(from: id, in: place)
        }
      }
      let error = await #expect(throws: ChatError.self) {
        try await store.newestEnd(from: queued.id, in: .main)
      }
      #expect(error?.code == "invalid")
      await #expect(throws: ChatError.notFound(what: "entry nowhere")) {
        try await store.followers(of: EntryID("nowhere"))
      }
      try await store.commit(.thread(thread) { $0.deletedAt = .then })
      await #expect(throws: ChatError.notFound(what: "thread t")) {
        try await store.newestEnd(from: said.id, in: thread)
      }
    }
  }

  @Test func `The branches are looked up by an index`() async throws {
    try await withStore { store in
      for (query, index) in [
        ("SELECT id FROM branch WHERE parent_branch = 1 AND fork_position >= 2", "branch_fork"),
        ("SELECT id FROM branch WHERE thread = 'a' ORDER BY id DESC LIMIT 1", "branch_thread"),
        ("SELECT id FROM branch WHERE thread = 'a' AND parent_branch IS NULL", "branch_root"),
      ] {
        let plan = try await store.pool.read { db in
          try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + query).map { "\($0)" }.joined()
        }
        #expect(plan.contains(index) && !plan.contains("SCAN"), "\(plan)")
      }
    }
  }
}
