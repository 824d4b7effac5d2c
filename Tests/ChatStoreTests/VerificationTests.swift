import ChatCore
import ChildProtocol
import Foundation
import GRDB
import TestSupport
import Testing

@testable import ChatStore

@Suite struct VerificationTests {
  /// Runs `body` with a store in which every rule has something to hold: branches, what is queued,
  /// rollups, two threads, a child.
  private func withLog(_ body: (SQLiteStore, Log) async throws -> Void) async throws {
    try await withStore { store in try await body(store, Log(in: store)) }
  }

  /// What is found once `sql` was run, with SQLite's own rules switched off.
  private func findings(_ store: SQLiteStore, _ sql: String) async throws -> [String] {
    let other = try otherConnection(to: store.pool.path)
    try await other.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")
      try db.execute(sql: sql)
      #expect(db.totalChangesCount > 0, "nothing was planted")
    }
    return try #require(try await Verification.run(on: store.pool.path)).findings
  }

  @Test func `A log that is in order has no finding`() async throws {
    try await withLog { store, log in
      let verification = try #require(try await Verification.run(on: store.pool.path))
      #expect(verification.findings == [])
      #expect(verification.entryCount == 8)
      let seq = try await store.lastSeq()
      #expect(verification.lastSeq == seq)
      #expect(!verification.isCutShort)
    }
  }

  @Test func `Where nothing was stored there is nothing to look at`() async throws {
    try await withPath { path in
      #expect(try await Verification.run(on: path) == nil)
      #expect(!FileManager.default.fileExists(atPath: path))
      try DatabaseFile.make(at: path)
      #expect(try await Verification.run(on: path) == nil)
    }
  }

  @Test(arguments: Planted.all) func `What is wrong is named`(planted: Planted) async throws {
    try await withLog { store, log in
      let found = try await findings(store, log.fill(planted.sql))
      let expected = log.fill(planted.finding)
      #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
    }
  }

  @Test func `A log without its row is refused at once`() async throws {
    try await withLog { store, log in
      let path = store.pool.path
      try await store.pool.write { try $0.execute(sql: "DELETE FROM log") }
      let lost = ChatError.unavailable(
        reason: "\(path): the database is damaged: the log: its row is missing")
      await #expect(throws: lost) { try await Verification.run(on: path) }
      #expect(throws: lost) { try SQLiteStore(path: path) }
    }
  }

  @Test func `An index that does not tell what its table has is found`() async throws {
    try await withLog { store, log in
      let found = try await findings(
        store,
        """
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, '(arrival)', '(seq)')
          WHERE name = 'entry_streaming'
        """)
      #expect(found.contains { $0.hasPrefix("the file: ") }, "\(found)")
    }
  }

  @Test func `What can't be read to the end is a finding, and the rest is looked at`() async throws
  {
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      let log = try await Log(in: store)
      for number in 0..<400 { try await store.say("\(number)", thread: log.other) }
      try await store.pool.write { try $0.execute(sql: "UPDATE child SET state = '{'") }
      let page = try await store.pool.read { db in
        try #require(
          try Int.fetchOne(db, sql: "SELECT max(pageno) FROM dbstat WHERE name = 'entry'"))
      }
      try store.close()
      var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      for index in (page - 1) * 4096..<page * 4096 { bytes[index] = 0xA5 }
      try bytes.write(to: URL(fileURLWithPath: path))
      let found = try #require(try await Verification.run(on: path)).findings
      #expect(found.contains { $0.hasPrefix("the file") })
      #expect(found.contains("the entries can't be read to the end: the file is damaged"))
      #expect(found.contains { $0.hasPrefix("child keeper: its state can't be read: ") })
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes, "it is only read")
    }
  }

  @Test func `What is wrong is found in every view of a table`() async throws {
    try await withStore { store in
      let count = Verification.viewRowCount + 1
      let threads = (0..<count).map { ThreadID("t\(1_000 + $0)") }
      for result in await store.commit(threads.map { .thread($0, create: true) { _ in } }) {
        _ = try result.get()
      }
      for result in await store.commit(threads.map { .append(.said("first", thread: $0)) }) {
        _ = try result.get()
      }
      #expect(try await Verification.run(on: store.pool.path)?.findings == [])
      try await store.pool.write { db in
        try db.execute(
          sql: """
            UPDATE thread SET turn = 'x' WHERE id = '\(threads[count - 1])';
            UPDATE entry SET draft = 'x' WHERE thread = '\(threads[count - 1])';
            INSERT INTO branch (thread, fork_position) VALUES ('main', -1);
            """)
      }
      let found = try #require(try await Verification.run(on: store.pool.path)).findings
      #expect(found.count == 3, "\(found)")
    }
  }

  @Test func `So much is told and no more`() async throws {
    try await withStore { store in
      var parent: EntryID?
      for number in 0..<600 { parent = try await store.say("\(number)", after: parent).id }
      try await store.pool.write { try $0.execute(sql: "UPDATE entry SET type = 'Rollup'") }
      let verification = try #require(try await Verification.run(on: store.pool.path))
      #expect(verification.findings.count == Verification.findingLimit)
      #expect(verification.isCutShort)
    }
  }

  @Test func `A random log of many branches is in order at every look, while it is written`()
    async throws
  {
    try await withStore { store in
      var numbers = SeededGenerator(seed: 11)
      for _ in 0..<4 {
        let other = try SQLiteStore(path: store.pool.path + "-\(numbers.next())")
        _ = try await Tree(growingIn: other, using: &numbers)
        #expect(try await Verification.run(on: other.pool.path)?.findings == [])
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          var numbers = SeededGenerator(seed: 12)
          _ = try await Tree(growingIn: store, using: &numbers)
        }
        for _ in 0..<20 {
          #expect(try await Verification.run(on: store.pool.path)?.findings == [])
        }
        try await group.waitForAll()
      }
      #expect(try await Verification.run(on: store.pool.path)?.entryCount ?? 0 > 300)
    }
  }

  @Test func `What is no database of chatd's is refused by its name`() async throws {
    try await withPath { path in
      try Data("words, but more than a hundred of them".utf8).write(to: URL(fileURLWithPath: path))
      let error = await #expect(throws: ChatError.self) { try await Verification.run(on: path) }
      #expect(error == .unavailable(reason: "\(path): \(StoreError.notADatabase)"))
    }
  }

  @Test func `It ends when its task does`() async throws {
    try await withLog { store, log in
      let result = await withTaskGroup(of: Result<Verification?, any Error>.self) { group in
        group.cancelAll()
        group.addTask {
          do { return .success(try await Verification.run(on: store.pool.path)) } catch {
            return .failure(error)
          }
        }
        return await group.next()
      }
      #expect(throws: CancellationError.self) { try result?.get() }
    }
  }
}

/// A log with a few entries of every kind.
struct Log {
  let first: Entry
  let answer: Entry
  let sibling: Entry
  let rollup: Entry
  let waiting: Entry
  let other = ThreadID("other")

  init(in store: SQLiteStore) async throws {
    try await store.commit(.thread(other, create: true) { $0.title = "Other" })
    first = try await store.say("first")
    rollup = try await store.stored(.append(.rolledUp(first)))
    answer = try await store.stored(.append(.said("answer", after: rollup.id, role: .assistant)))
    sibling = try await store.stored(.append(.said("again", after: rollup.id, role: .assistant)))
    try await store.say("behind", after: sibling.id)
    waiting = try await store.stored(
      .append(.said("later", status: .queued), branchFrom: .entry(answer.id)))
    try await store.stored(
      .append(.said("", after: sibling.id, status: .streaming, role: .assistant), turn: true))
    try await store.say("elsewhere", thread: other)
    try await store.commit(.child(ChildID("keeper"), .init(state: .object([]))))
  }

  /// The text with the entries' identifiers and numbers in it.
  func fill(_ text: String) -> String {
    let names: [(String, Entry)] = [
      ("FIRST", first), ("ANSWER", answer), ("SIBLING", sibling), ("ROLLUP", rollup),
      ("WAITING", waiting),
    ]
    return names.reduce(text) { $0.replacing("$\($1.0)", with: $1.1.id.text) }
  }
}

/// A row that no chatd writes, and what is said of it.
struct Planted: Sendable, CustomTestStringConvertible {
  let sql: String
  let finding: String

  var testDescription: String { finding }

  init(_ sql: String, _ finding: String) { (self.sql, self.finding) = (sql, finding) }

  static let all = numbers + places + branches + bodies + rest

  private static func set(_ entry: String, _ change: String) -> String {
    "UPDATE entry SET \(change) WHERE id = '$\(entry)'"
  }

  private static let numbers = [
    Planted("UPDATE log SET seq = 3", "entry $ANSWER: its seq 5 is behind the log's last one, 3"),
    Planted(set("FIRST", "seq = 0"), "entry $FIRST: its seq is 0, expected 1 or more"),
    Planted(set("FIRST", "seq = 2"), "entry $FIRST: thread other has its seq 2 too"),
    Planted(
      "UPDATE thread SET seq = 99 WHERE id = 'other'",
      "thread other: its seq 99 is behind the log's last one, 10"),
    Planted(
      "UPDATE thread SET seq = -1 WHERE id = 'other'",
      "thread other: its seq is -1, expected 1 or more"),
    Planted("UPDATE log SET epoch = ''", "the log has no epoch"),
  ]

  private static let places = [
    Planted(
      set("WAITING", "branch = 1, position = 3"), "entry $WAITING: it is queued, but has a place"),
    Planted(
      set("ANSWER", "branch_from = '$FIRST'"),
      "entry $ANSWER: it has a place, but still wants another"),
    Planted(
      set("ANSWER", "branch = NULL, position = NULL"),
      "entry $ANSWER: it has no place, but is not queued"),
    Planted(set("WAITING", "parent = '$FIRST'"), "entry $WAITING: it has a parent, but no place"),
    Planted(
      set("WAITING", "branch_from = 'x'"),
      "entry $WAITING: the entry x that it is to stand behind is not in its thread"),
    Planted(
      set("ANSWER", "branch_from = ''"),
      "entry $ANSWER: it has a place, but still wants another"),
    Planted(
      set("ANSWER", "position = 7"),
      "entry $ANSWER: nothing stands before it, at 6 of the path of branch 1"),
    Planted(
      set("ANSWER", "parent = '$FIRST'"),
      "entry $ANSWER: its parent is $FIRST, but $ROLLUP stands before it"),
    Planted(
      set("FIRST", "parent = '$ANSWER'"),
      "entry $FIRST: its parent is $ANSWER, but none stands before it"),
    Planted(set("ANSWER", "branch = 99"), "entry $ANSWER: its branch 99 is missing"),
    Planted(
      set("ANSWER", "branch = 4, position = 1"),
      "entry $ANSWER: its branch 4 belongs to another thread"),
    Planted(
      set("SIBLING", "position = 0"),
      "entry $SIBLING: it stands at 0, before its branch 2 begins"),
    Planted(
      set("ANSWER", "draft = 'x'"), "entry $ANSWER: it has a draft, but is not being written"),
  ]

  private static let branches = [
    Planted(
      "UPDATE branch SET parent_branch = 3 WHERE id = 2",
      "branch 2 forks from branch 3, a later one"),
    Planted(
      "UPDATE branch SET fork_position = 9 WHERE id = 2",
      "branch 2 forks at 9 of branch 1, where nothing stands"),
    Planted(
      "UPDATE branch SET parent_branch = 1, fork_position = 0 WHERE id = 4",
      "branch 4 forks from branch 1 of another thread"),
    Planted(
      "UPDATE branch SET fork_position = 0 WHERE id = 1", "branch 1 forks from none, but at 0"),
    Planted(
      "INSERT INTO branch (thread, fork_position) VALUES ('main', -1)",
      "branch 5 has no entry at 0, where it begins"),
    Planted(
      "UPDATE branch SET thread = 'x' WHERE id = 4",
      "branch row 4 refers to a thread that is not there"),
  ]

  private static let bodies = [
    Planted(
      set("FIRST", "body = replace(body, '\"main\"', '\"x\"')"),
      "entry $FIRST: its thread is x in its JSON, main in its row"),
    Planted(
      set("FIRST", "body = replace(body, '$FIRST', 'x')"),
      "entry $FIRST: its id is x in its JSON, $FIRST in its row"),
    Planted(
      set("FIRST", "body = replace(body, '\"seq\":3', '\"seq\":4')"),
      "entry $FIRST: its seq is 4 in its JSON, 3 in its row"),
    Planted(
      set("FIRST", "status = 'stopped'"),
      "entry $FIRST: its status is complete in its JSON, stopped in its row"),
    Planted(
      set("ROLLUP", "type = 'ToolRound'"),
      "entry $ROLLUP: its type is Rollup in its JSON, ToolRound in its row"),
    Planted(
      set("ANSWER", "body = replace(body, '$ROLLUP', '$FIRST')"),
      "entry $ANSWER: its parent is $FIRST in its JSON, $ROLLUP in its row"),
    Planted(
      set("ROLLUP", "original = '$ANSWER'"),
      "entry $ROLLUP: its original_message_id is $FIRST in its JSON, $ANSWER in its row"),
    Planted(
      set("FIRST", "body = replace(body, 'first', CAST(x'A5' AS TEXT))"),
      "entry $FIRST: its JSON can't be read: not JSON: expected UTF-8"),
    Planted(
      set("FIRST", "body = '{}'"),
      "entry $FIRST: its JSON can't be read: not an entry: expected a whole number as \"seq\""),
  ]

  private static let rest = [
    Planted(
      set("ROLLUP", "original = 'x'"),
      "entry $ROLLUP: the message x that it belongs to is not in its thread"),
    Planted(set("ROLLUP", "original = NULL"), "entry $ROLLUP: it belongs to no message"),
    Planted(
      set("ANSWER", "type = 'Rollup', original = '$FIRST'"),
      "entry $ANSWER: message $FIRST has another rollup"),
    Planted(
      "UPDATE thread SET head = 'x' WHERE id = 'main'", "thread main: its head x is not in it"),
    Planted(
      "UPDATE thread SET head = '$WAITING' WHERE id = 'main'",
      "thread main: its head $WAITING has no place"),
    Planted(
      "UPDATE thread SET turn = 'x' WHERE id = 'main'",
      "thread main: the message x, whose turn runs, is not in it"),
    Planted(
      "UPDATE thread SET muted = '[' WHERE id = 'other'",
      "thread other: its row can't be read: muted: not JSON"),
    Planted("UPDATE thread SET deleted_at = 1 WHERE id = 'main'", "thread main is deleted"),
    Planted("DELETE FROM thread WHERE id = 'main'", "thread main is missing"),
    Planted("UPDATE child SET generation = -1", "child keeper: its generation is below 0"),
    Planted("UPDATE child SET state = '['", "child keeper: its state can't be read: not JSON"),
    Planted("UPDATE child SET crashes = '['", "child keeper: its crashes can't be read: not JSON"),
    Planted(
      "UPDATE child SET approvals = '['", "child keeper: its approvals can't be read: not JSON"),
    Planted(
      set("ANSWER", "kept = '['"),
      "entry $ANSWER: what is kept of it for the assistant can't be read: not JSON"),
    Planted(
      set("ROLLUP", "kept = '{}'"),
      "entry $ROLLUP: something is kept of it, but it is no message"),
  ]
}
