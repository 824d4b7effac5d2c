import ChatCore
import GRDB
import TestSupport
import Testing

@testable import ChatStore

@Suite struct LogWriterRemovalTests {
  private let time = Timestamp.then

  private func removed(_ store: SQLiteStore, _ id: ThreadID, rowCount: Int) async throws -> Int {
    let change = Change.remove(id, deletedBy: time, rowCount: rowCount)
    guard case .removed(let count) = try await store.commit(change) else { return -1 }
    return count
  }

  private func rowCounts(_ store: SQLiteStore, _ id: ThreadID) async throws -> [Int] {
    try await store.pool.read { db in
      try ["entry", "branch", "thread"].map { table in
        let key = table == "thread" ? "id" : "thread"
        return try Int.fetchOne(
          db, sql: "SELECT count(*) FROM \(table) WHERE \(key) = ?", arguments: [id.text]) ?? -1
      }
    }
  }

  @Test(arguments: [1, 2, 7, 100, 100_000])
  func `A thread goes piece by piece, all of it but its row, and no other thread`(
    rowCount: Int
  ) async throws {
    try await withStore { store in
      var numbers = SeededGenerator(seed: UInt64(rowCount))
      _ = try await Tree(growingIn: store, using: &numbers)
      let (gone, kept) = (Tree.threads[1], Tree.threads[0])
      let others = try await (rowCounts(store, kept), store.path(of: kept))
      let own = try await rowCounts(store, gone)
      try await store.commit(.thread(gone) { $0.title = "Secret" })
      try await store.commit(.thread(gone) { $0.deletedAt = .then })
      let seq = try await store.lastSeq()
      #expect(try await store.removable(deletedBy: time) == [gone])
      var sum = 0
      while true {
        let count = try await removed(store, gone, rowCount: rowCount)
        #expect(count <= rowCount)
        sum += count
        if count == 0 { break }
      }
      #expect(sum == own[0] + own[1])
      #expect(try await rowCounts(store, gone) == [0, 0, 1])
      #expect(try await store.removable(deletedBy: time) == [])
      #expect(try await rowCounts(store, kept) == others.0)
      #expect(try await store.path(of: kept) == others.1)
      try await store.checkIndex()
      // Its row is what whoever was away hears of it, under its old number.
      #expect(try await store.lastSeq() == seq)
      let changes = try await store.changes(after: seq - 1, limit: 10)
      guard case .thread(let thread)? = changes.first else { throw NoEntry() }
      #expect(thread.id == gone && thread.deletedAt == .then && thread.seq == seq)
      #expect(thread.title == nil && thread.head == nil)
    }
  }

  @Test func `What is not deleted, or not for long enough, stays`() async throws {
    try await withStore { store in
      let thread = ThreadID("t")
      try await store.commit(.thread(thread, create: true) { $0.title = "T" })
      try await store.say("hello", thread: thread)
      let later = Timestamp(milliseconds: time.milliseconds + 1)
      for deletedAt in [nil, later] {
        try await store.commit(.thread(thread) { $0.deletedAt = deletedAt })
        #expect(try await store.removable(deletedBy: time) == [])
        #expect(try await removed(store, thread, rowCount: 10) == 0)
        #expect(try await rowCounts(store, thread) == [1, 1, 1])
      }
      #expect(try await removed(store, ThreadID("nowhere"), rowCount: 10) == 0)
      try await store.commit(.thread(thread) { $0.deletedAt = nil })
      #expect(try await store.path(of: thread).count == 1)
      #expect(try await store.threads().last?.title == "T")
    }
  }

  @Test func `A change of a thread that is refused changes nothing and takes no number`()
    async throws
  {
    try await withStore { store in
      let seq = try await store.lastSeq()
      let refusal = ChatError.notFound(what: "thread main")
      let results = await store.commit([
        .thread(.main) { thread throws(ChatError) in
          thread.title = "Changed"
          throw refusal
        }, .append(.said("next")),
      ])
      #expect(results[0].error == refusal)
      #expect(results[1].prevSeq == seq)
      #expect(try await store.threads().first?.title == nil)
    }
  }
}
