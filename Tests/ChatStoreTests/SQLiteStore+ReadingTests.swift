import ChatCore
import GRDB
import TestSupport
import Testing

@testable import ChatStore

@Suite struct SQLiteStoreReadingTests {
  @Test func `A page is the end of the path, or what stands before an entry`() async throws {
    try await withStore { store in
      var path: [Entry] = []
      for number in 0..<10 { path.append(try await store.say("\(number)", after: path.last?.id)) }
      let seq = try #require(path.last?.seq)
      let last = try await store.page(of: .main, before: nil, limit: 3)
      #expect(last.entries == Array(path[7...]))
      #expect(last.head == path[9].id)
      #expect(last.seq == seq)
      let before = try await store.page(of: .main, before: path[7].id, limit: 5)
      #expect(before.entries == Array(path[2..<7]))
      #expect(before.head == path[9].id)
      #expect(try await store.page(of: .main, before: path[0].id, limit: 5).entries.isEmpty)
      #expect(try await store.page(of: .main, before: nil, limit: 0).entries.isEmpty)
      #expect(try await store.page(of: .main, before: nil, limit: -1).entries.isEmpty)
    }
  }

  @Test func `Every thread says up to which number its entries go`() async throws {
    try await withStore { store in
      /// What `main` and the other say, in this order.
      func last() async throws -> [Int64?] { try await store.threads().map(\.lastSeq) }
      let other = ThreadID("t")
      try await store.commit(.thread(other, create: true) { _ in })
      #expect(try await last() == [nil, nil])
      let hello = try await store.say("hello")
      let there = try await store.say("there", thread: other)
      #expect(try await last() == [hello.seq, there.seq])
      // An answer that comes late changes what is not the end.
      let rollup = try await store.stored(.append(.rolledUp(hello)))
      try await store.say("more", after: rollup.id)
      let late = try await store.stored(.amend(rollup.id) { _ in })
      #expect(try await last() == [late.seq, there.seq])
      #expect(try await store.lastSeq() == late.seq)
      let queued = try await store.stored(.append(.said("later", status: .queued)))
      #expect(try await last() == [queued.seq, there.seq])

      guard case .thread(let changed, _) = try await store.commit(.thread(.main) { $0.title = "T" })
      else { throw NoEntry() }
      #expect(changed.lastSeq == queued.seq && changed.seq > queued.seq)
      let replayed = try await store.changes(after: 0, limit: .max)
        .compactMap { if case .thread(let thread) = $0 { thread } else { nil } }
      #expect(replayed.map(\.lastSeq) == [there.seq, queued.seq])
      let threads = try await store.threads()
      #expect(try await store.snapshot(of: .main, limit: 1).threads == threads)
      #expect(try await store.tree(of: other).thread.lastSeq == there.seq)
    }
  }

  @Test func `What threads say of their entries is looked up, a step for each`() async throws {
    try await withStore { store in
      for sql in [
        "SELECT \(ChatThread.listed) FROM thread WHERE deleted_at IS NULL",
        ChatThread.lastSeq("'t'"),
      ] {
        let plan = try await store.pool.read { db in
          try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql).map { "\($0["detail"] ?? "")" }
        }
        let steps = plan.filter { $0.contains("entry") }
        #expect(
          steps == ["SEARCH entry USING COVERING INDEX entry_thread_seq (thread=?)"], "\(plan)")
      }
      // One step by the last of an index, and not through all of a thread.
      let opcodes = try await store.pool.read { db in
        try Row.fetchAll(db, sql: "EXPLAIN " + ChatThread.lastSeq("'t'")).map {
          "\($0["opcode"] ?? "")"
        }
      }
      #expect(opcodes.contains("SeekLE") && !opcodes.contains("SeekGE"), "\(opcodes)")
    }
  }

  @Test func `A page of what is not there is not found`() async throws {
    try await withStore { store in
      let (other, gone) = (ThreadID("t"), ThreadID("gone"))
      for thread in [other, gone] {
        try await store.commit(.thread(thread, create: true) { _ in })
      }
      let there = try await store.say("x", thread: other)
      let queued = try await store.stored(.append(.said("x", status: .queued)))
      try await store.commit(.thread(gone) { $0.deletedAt = .then })
      for (thread, before, what) in [
        (ThreadID("none"), nil, "thread none"), (gone, nil, "thread gone"),
        (.main, EntryID("none"), "entry none"), (.main, there.id, "entry \(there.id)"),
        (.main, queued.id, "entry \(queued.id)"),
      ] {
        await #expect(throws: ChatError.notFound(what: what)) {
          try await store.page(of: thread, before: before, limit: nil)
        }
      }
    }
  }

  @Test(arguments: 1...8)
  func `Paths over branches are what walking from parent to parent gives`(seed: Int) async throws {
    var numbers = SeededGenerator(seed: UInt64(seed))
    try await withStore { store in
      let tree = try await Tree(growingIn: store, using: &numbers)
      for _ in 0..<60 {
        let end = try #require(tree.placed.randomElement(using: &numbers))
        let limit = Bool.random(using: &numbers) ? nil : Int.random(in: 0...30, using: &numbers)
        let page = try await store.page(of: end.thread, before: end.id, limit: limit)
        let path = tree.path(before: end)
        #expect(page.entries == path.suffix(limit ?? path.count))
      }
      for thread in Tree.threads {
        let page = try await store.page(of: thread, before: nil, limit: nil)
        let head = tree.heads[thread].flatMap { tree.entries[$0] }
        #expect(page.head == head?.id)
        #expect(page.entries == head.map { tree.path(before: $0) + [$0] } ?? [])
        #expect(page.queued.map(\.id) == tree.queued.filter { $0.thread == thread }.map(\.id))
      }
    }
  }

  @Test(arguments: 20...24)
  func `Page by page gives the whole path, whatever the limits`(seed: Int) async throws {
    var numbers = SeededGenerator(seed: UInt64(seed))
    try await withStore { store in
      _ = try await Tree(growingIn: store, using: &numbers)
      for thread in Tree.threads {
        let whole = try await store.path(of: thread)
        var (gathered, before): ([Entry], EntryID?) = ([], nil)
        while true {
          let limit = Int.random(in: 1...9, using: &numbers)
          let page = try await store.page(of: thread, before: before, limit: limit).entries
          gathered = page + gathered
          before = page.first?.id
          if page.count < limit { break }
        }
        #expect(gathered == whole)
      }
    }
  }

  @Test func `Changes come once each, as they are now, in order of their numbers`() async throws {
    try await withStore { store in
      let one = try await store.say("1")
      try await store.commit(.thread(ThreadID("t"), create: true) { _ in })
      let two = try await store.say("2", thread: ThreadID("t"))
      try await store.commit(.thread(ThreadID("t")) { $0.deletedAt = .then })
      try await store.stored(.amend(one.id) { _ in })
      let queued = try await store.stored(.append(.said("3", status: .queued)))
      let all = try await store.changes(after: 0, limit: .max)
      #expect(all.map(\.name) == ["main", two.id.text, "t", one.id.text, queued.id.text])
      #expect(all.map(\.seq) == [1, 4, 5, 6, 7])
      #expect(try await store.changes(after: 4, limit: 2).map(\.seq) == [5, 6])
      #expect(try await store.changes(after: 7, limit: 10).isEmpty)
      #expect(try await store.changes(after: 99, limit: 10).isEmpty)
      #expect(try await store.changes(after: 0, limit: 0).isEmpty)
      #expect(try await store.changes(after: 0, limit: -1).isEmpty)
    }
  }

  @Test func `An entry and a rollup are found, or are not there`() async throws {
    try await withStore { store in
      let hello = try await store.say("hello")
      #expect(try await store.entry(hello.id) == hello)
      #expect(try await store.entry(EntryID("none")) == nil)
      #expect(try await store.entry(EntryID(hello.id.text + "\0")) == nil)
      #expect(try await store.rollup(of: hello.id) == nil)
      let rollup = try await store.stored(.append(.rolledUp(hello)))
      #expect(try await store.rollup(of: hello.id) == rollup.rollup)
      let round = ToolRound(
        id: .next(at: .then), parent: rollup.id, thread: .main, createdAt: .then,
        originalMessageID: hello.id, calls: [])
      try await store.stored(.append(.toolRound(round)))
      #expect(try await store.rollup(of: hello.id) == rollup.rollup)
    }
  }

  @Test func `Threads are main and then the newest`() async throws {
    try await withStore { store in
      for (name, age) in [("b", 1), ("c", 3), ("a", 2), ("gone", 0)] {
        let createdAt = Timestamp(milliseconds: 1_000_000 - Int64(age))
        try await store.commit(
          .thread(ThreadID(name), create: true) { thread in
            thread = ChatThread(id: thread.id, createdAt: createdAt)
            if name == "gone" { thread.deletedAt = .then }
          })
      }
      #expect(try await store.threads().map(\.id.text) == ["main", "b", "a", "c"])
    }
  }

  @Test func `A snapshot's page and threads are of one moment, whatever is written meanwhile`()
    async throws
  {
    try await withStore { store in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for number in 0..<200 {
            try await store.commit(.thread(.main) { $0.title = "\(number)" })
          }
        }
        for _ in 0..<4 {
          group.addTask {
            for _ in 0..<100 {
              let (page, threads) = try await store.snapshot(of: .main, limit: 10)
              #expect(threads.map(\.seq) == [page.seq], "nothing else has a number")
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func `A page is one view, whatever is written meanwhile`() async throws {
    try await withStore { store in
      let root = try await store.say("root")
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          var last = root
          for number in 0..<60 { last = try await store.say("\(number)", after: last.id) }
        }
        for _ in 0..<4 {
          group.addTask {
            for _ in 0..<30 {
              let page = try await store.page(of: .main, before: nil, limit: nil)
              #expect(page.entries.last?.id == page.head)
              #expect(page.entries.last?.seq == page.seq)
              #expect(page.entries.count == Int(page.seq) - 1)
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }
}

extension LoggedChange.Subject {
  fileprivate var name: String {
    switch self {
    case .entry(let entry): entry.id.text
    case .thread(let thread): thread.id.text
    }
  }

  fileprivate var seq: Int64 { LoggedChange(prevSeq: 0, subject: self).seq }
}
