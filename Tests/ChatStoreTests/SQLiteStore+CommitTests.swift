import ChatCore
import Foundation
import GRDB
import Synchronization
import Testing

@testable import ChatStore

@Suite struct SQLiteStoreCommitTests {
  private let none = EntryID("none")

  @Test func `A group gives a result for each change, in their order`() async throws {
    try await withStore { store in
      let first = Entry.said("1")
      let results = await store.commit([
        .append(first), .append(.said("2", after: first.id)), .turnEnded(.main),
        .thread(.main) { $0.title = "x" },
      ])
      #expect(results.map(\.entry?.text) == ["1", "2", nil, nil])
      #expect(results.map(\.prevSeq) == [1, 2, nil, 3])
      #expect(await store.commit([]).isEmpty)
    }
  }

  @Test func `A change that fails leaves the others alone and takes no number`() async throws {
    try await withStore { store in
      let first = Entry.said("1")
      let results = await store.commit([
        .append(first), .append(.said("lost", after: none)), .append(.said("2", after: first.id)),
        .amend(none) { _ in }, .append(first), .append(.said("3", after: first.id)),
      ])
      #expect(results.map(\.entry?.seq) == [2, nil, 3, nil, nil, 4])
      #expect(
        results.map(\.error) == [
          nil, .notFound(what: "entry none"), nil, .notFound(what: "entry none"),
          .conflict(reason: "entry \(first.id) is there already"), nil,
        ])
      let seq = try await store.lastSeq()
      #expect(seq == 4)
    }
  }

  @Test func `What a failed change had written is gone`() async throws {
    try await withStore { store in
      // Fails at its very end, after its branch was made.
      let root = try await store.say("root")
      try await store.say("first", after: root.id)
      let results = await store.commit([
        .append(.rolledUp(root, [EntryColumnsTests.tooDeep])), .append(.said("a", after: root.id)),
      ])
      #expect(results.map(\.error?.code) == ["conflict", nil])
      let branches = try await store.pool.read {
        try Int.fetchOne($0, sql: "SELECT count(*) FROM branch")
      }
      #expect(branches == 2)
    }
  }

  @Test func `What was committed is there for everybody`() async throws {
    try await withStore { store in
      let other = try otherConnection(to: store.pool.path)
      for number in 2...20 {
        let said = try await store.say("\(number)")
        let seen = try await other.read {
          try Int64.fetchOne(
            $0, sql: "SELECT seq FROM entry WHERE id = ?", arguments: [said.id.text])
        }
        #expect(seen == Int64(number))
      }
    }
  }

  @Test func `A full disk refuses the group, goes on reading, and is forgotten`() async throws {
    try await withStore { store in
      let hello = try await store.say("hello")
      try await store.limitPages(to: 0)
      let big = String(repeating: "x", count: 100_000)
      let results = await store.commit([
        .append(.said("small")), .append(.said(big)), .append(.said("small too")),
      ])
      let full = ChatError.unavailable(reason: "\(StoreError.full)")
      #expect(results.map(\.error) == [full, full, full])
      #expect(try await store.path() == [hello])
      #expect(try await store.changes(after: 0, limit: 10).count == 2)

      try await store.limitPages(to: 1 << 30)
      let after = await store.commit([.append(.said("small")), .append(.said(big))])
      #expect(after.map(\.entry?.seq) == [3, 4])
    }
  }

  @Test func `A database that another program holds is unavailable, not lost`() async throws {
    try await withStore { store in
      try await store.pool.writeWithoutTransaction {
        try $0.execute(sql: "PRAGMA busy_timeout = 1")
      }
      let other = try otherConnection(to: store.pool.path)
      try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
      let results = await store.commit([.append(.said("x"))])
      #expect(results[0].error == .unavailable(reason: "\(StoreError.locked)"))
      #expect(try await store.path().isEmpty)
      try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
      #expect(try await store.say("y").seq == 2)
    }
  }

  @Test func `Many at once through the journal take every number once`() async throws {
    try await withStore { store in
      let sink = Changes()
      let journal = Journal(store: store, sink: sink)
      let (senderCount, roundCount) = (64, 8)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await journal.run() }
        try await withThrowingTaskGroup(of: Void.self) { senders in
          for _ in 0..<senderCount {
            senders.addTask { try await Self.send(roundCount, through: journal) }
          }
          try await senders.waitForAll()
        }
        group.cancelAll()
        try await group.waitForAll()
      }
      let seen = sink.all.withLock { $0 }
      #expect(seen.map(\.seq) == Array(2...Int64(1 + senderCount * roundCount * 2)))
      #expect(seen.allSatisfy { $0.prevSeq == $0.seq - 1 })
      #expect(try await store.lastSeq() == seen.last?.seq)
      let kept = try await store.changes(after: 1, limit: .max)
      #expect(kept.count == senderCount * roundCount)
    }
  }

  /// Says something, fails to say something, and amends what was said.
  private static func send(_ roundCount: Int, through journal: Journal) async throws {
    var parent: EntryID?
    for round in 0..<roundCount {
      let said = try await journal.entry(.append(.said("\(round)", after: parent)))
      await #expect(throws: ChatError.notFound(what: "entry none")) {
        try await journal.entry(.append(.said("lost", after: EntryID("none"))))
      }
      let amended = try await journal.entry(
        .amend(said.id) { entry in
          guard case .message(var message) = entry else { return }
          message.content += "!"
          entry = .message(message)
        })
      #expect(amended.text == "\(round)!")
      parent = said.id
    }
  }
}

private final class Changes: EventSink {
  let all = Mutex<[LoggedChange]>([])

  func publish(_ event: Event) {
    if case .changed(let change) = event { all.withLock { $0.append(change) } }
  }
}

extension SQLiteStore {
  /// Lets the database grow to that many pages; to fewer than it has: not at all.
  fileprivate func limitPages(to count: Int) async throws {
    try await pool.writeWithoutTransaction { db in
      let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
      try db.execute(sql: "PRAGMA max_page_count = \(max(count, pages))")
    }
  }
}
