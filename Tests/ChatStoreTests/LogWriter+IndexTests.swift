import ChatCore
import ChildProtocol
import Foundation
import GRDB
import TestSupport
import Testing

@testable import ChatStore

@Suite struct LogWriterIndexTests {
  @Test func `What is amended is found as it is now`() async throws {
    try await withStore { store in
      let said = try await store.say("before")
      try await store.amend(said.id, to: "after")
      #expect(try await store.found("before") == [])
      #expect(try await store.found("after") == [said.id])
      let rollup = try await store.stored(.append(.rolledUp(said, [.replied("dice", "early")])))
      try await store.stored(
        .amend(rollup.id) { entry in
          guard case .rollup(var rollup) = entry else { return }
          _ = rollup.replace(with: .replied("dice", "belated", late: true))
          entry = .rollup(rollup)
        })
      #expect(try await store.found("early") == [])
      #expect(try await store.found("belated") == [rollup.id])
      try await store.checkIndex()
    }
  }

  @Test func `What is amended in the group that it came with is found once`() async throws {
    try await withStore { store in
      let said = Entry.said("first")
      let results = await store.commit([
        .append(said), .amend(said.id) { $0 = $0.saying("second") },
        .amend(said.id) { $0 = $0.saying("third") }, .append(said), .append(.said("fourth")),
      ])
      #expect(results.map(\.error?.code) == [nil, nil, nil, "conflict", nil])
      #expect(try await store.found("first") == [])
      #expect(try await store.found("third") == [said.id])
      #expect(try await store.found("fourth").count == 1)
      try await store.checkIndex()
    }
  }

  @Test func `A text that stays the same is not indexed again`() async throws {
    try await withStore { store in
      let said = try await store.say("same")
      let before = try await store.pool.read { try Data.fetchAll($0, sql: Self.index) }
      try await store.stored(
        .amend(said.id) { entry in
          guard case .message(var message) = entry else { return }
          message.error = "x"
          entry = .message(message)
        })
      #expect(try await store.pool.read { try Data.fetchAll($0, sql: Self.index) } == before)
      try await store.amend(said.id, to: "another")
      #expect(try await store.pool.read { try Data.fetchAll($0, sql: Self.index) } != before)
    }
  }

  private static let index = "SELECT block FROM search_data ORDER BY id"

  @Test func `What is removed is found no more, nor what takes its row`() async throws {
    try await withStore { store in
      let first = try await store.stored(.append(.said("first", status: .queued)))
      let second = try await store.stored(.append(.said("second", status: .queued)))
      try await store.pool.write { db in
        var log = LogWriter(db: db, seq: try db.lastSeq())
        try log.unindex(second.id)
        try db.execute(sql: "DELETE FROM entry WHERE id = ?", arguments: [second.id.text])
        _ = try log.apply(.append(.said("third", status: .queued)))
        try log.unindex(EntryID("none"))
        try log.end()
      }
      #expect(try await store.found("second") == [])
      #expect(try await store.found("third").count == 1)
      #expect(try await store.found("first") == [first.id])
      try await store.checkIndex()
    }
  }

  @Test func `The index is in step with the log, whatever is done to it`() async throws {
    var numbers = SeededGenerator(seed: 5)
    let words = ["one", "two", "Ünë", "\0", "🎲", "\u{1}", "\\u0000", "\"", "日本", "", "x\0y"]
    func text() -> String {
      (0..<Int.random(in: 0...5, using: &numbers))
        .map { _ in words.randomElement(using: &numbers) ?? "" }.joined(separator: " ")
    }
    try await withStore { store in
      let root = try await store.say("root")
      var ids = [root.id]
      for _ in 0..<40 {
        let changes = (0..<Int.random(in: 1...12, using: &numbers)).map { _ -> Change in
          let (text, other) = (text(), text())
          switch Int.random(in: 0..<5, using: &numbers) {
          case 0: return .append(.said(text, after: ids.randomElement(using: &numbers)))
          case 1: return .append(.rolledUp(root, [.replied("a", text), .replied("b", other)]))
          case 2:
            return .append(.round(after: root, [["text": .string(text)]], .string(other)))
          case 3: return .append(.said(text, after: EntryID("none")))
          default:
            return .amend(ids.randomElement(using: &numbers) ?? root.id) { $0 = $0.saying(text) }
          }
        }
        ids += await store.commit(changes).compactMap(\.entry?.id)
      }
      try await store.checkIndex()
      #expect(try await store.found("une").isEmpty == false)
    }
  }

  @Test func `The check sees an index that is out of step`() async throws {
    try await withStore { store in
      let said = try await store.say("hello")
      try await store.pool.write {
        try $0.execute(
          sql: "UPDATE entry SET body = replace(body, 'hello', 'bye') WHERE id = ?",
          arguments: [said.id.text])
      }
      await #expect(throws: DatabaseError.self) { try await store.checkIndex() }
    }
  }

  @Test func `A full disk leaves index and log in step`() async throws {
    try await withStore { store in
      let said = try await store.say("hello")
      try await store.pool.writeWithoutTransaction { db in
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        try db.execute(sql: "PRAGMA max_page_count = \(pages + 8)")
      }
      // Room for the rows, but not for all of the words.
      let many = (0..<2_000).map { "w\($0 * 7919)" }.joined(separator: " ")
      let results = await store.commit([
        .amend(said.id) { $0 = $0.saying("changed") }, .append(.said(many)),
      ])
      #expect(results.map(\.error?.code) == ["unavailable", "unavailable"])
      #expect(try await store.found("hello") == [said.id])
      #expect(try await store.found("changed") == [])
      try await store.pool.writeWithoutTransaction {
        try $0.execute(sql: "PRAGMA max_page_count = 1073741823")
      }
      try await store.checkIndex()
      try await store.amend(said.id, to: "changed")
      #expect(try await store.found("changed") == [said.id])
      try await store.checkIndex()
    }
  }

  @Test func `A database of before has its words in the index once it is opened`() async throws {
    try await withPath { path in
      let said = Entry.said("old hello")
      let odd = Entry.said("nothing\0lost")
      let rollup = Entry.rolledUp(said, [.replied("dice", "seven"), .replied("poet", "heaven")])
      let round = Entry.round(after: said, [["type": "text", "text": "fourteen"]])
      let old = try DatabasePool(path: path)
      try Migrations.migrator.migrate(old, upTo: "2 crashes")
      try await old.write { db in
        for (number, entry) in [said, odd, rollup, round, .rolledUp(said)].enumerated() {
          try db.execute(
            sql: """
              INSERT INTO entry (id, thread, seq, type, status, original, body)
              VALUES (?, 'main', ?, ?, ?, ?, ?)
              """,
            arguments: [
              entry.id.text, number + 2, entry.typeColumn, entry.statusColumn,
              entry.original?.text, try entry.body(),
            ])
        }
        try db.execute(sql: "UPDATE log SET seq = 6")
      }
      try old.close()
      let store = try SQLiteStore(path: path)
      try await store.checkIndex()
      for (word, entry) in [
        ("old", said), ("lost", odd), ("heaven", rollup), ("fourteen", round),
      ] {
        #expect(try await store.found(word) == [entry.id])
      }
      try await store.amend(odd.id, to: "found")
      #expect(try await store.found("lost") == [])
      #expect(try await store.found("found") == [odd.id])
      try await store.checkIndex()
    }
  }
}

extension Entry {
  /// The entry with another text; a rollup's or round's first saying.
  func saying(_ text: String) -> Entry {
    switch self {
    case .message(var message):
      message.content = text
      return .message(message)
    case .rollup(var rollup):
      rollup.responses[0].text = text
      return .rollup(rollup)
    case .toolRound(var round):
      round.calls[0].content = [["text": .string(text)]]
      return .toolRound(round)
    }
  }
}
