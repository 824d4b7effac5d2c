import ChatCore
import Foundation
import GRDB
import Testing

@testable import ChatStore

@Suite struct MigrationsTests {
  @Test func `A new database has the thread main, which is its first change`() async throws {
    try await withStore { store in
      let threads = try await store.threads()
      #expect(threads.map(\.id) == [.main])
      #expect(threads[0].seq == 1)
      #expect(threads[0].createdAt <= .now)
      let page = try await store.page(of: .main, before: nil, limit: nil)
      #expect(page.entries.isEmpty && page.queued.isEmpty)
      #expect(page.head == nil)
      #expect(page.seq == 1)
    }
  }

  @Test func `A database of a later chatd is refused and left as it is`() async throws {
    try await withPath { path in
      let store = try SQLiteStore(path: path)
      try await store.say("hello")
      try await store.pool.write {
        try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2 of the future')")
      }
      try store.close()
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(
        throws: ChatError.unavailable(
          reason: "\(path): the database was written by a later version of chatd: run that one")
      ) { try SQLiteStore(path: path) }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    }
  }

  @Test func `A database of another program is refused and left as it is`() async throws {
    try await withPath { path in
      let other = try DatabaseQueue(path: path)
      try await other.write {
        try $0.execute(sql: "CREATE TABLE theirs (x); PRAGMA user_version = 3")
      }
      try other.close()
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      let error = try #require(throws: ChatError.self) { try SQLiteStore(path: path) }
      #expect("\(error)".contains("belongs to another program"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    }
  }

  @Test func `A start that was broken off before the first migration is made good`() async throws {
    try await withPath { path in
      let unfinished = try DatabasePool(path: path)
      try await unfinished.write {
        try $0.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
      }
      try unfinished.close()
      #expect(try await SQLiteStore(path: path).threads().count == 1)
    }
  }

  @Test func `A database of before is what it was, with nothing kept`() async throws {
    try await withPath { path in
      let said = Entry.said("hello")
      let old = try DatabasePool(path: path)
      try Migrations.migrator.migrate(old, upTo: "6 imports")
      try await old.write { db in
        try db.execute(
          sql: """
            INSERT INTO branch (id, thread, fork_position) VALUES (1, 'main', -1);
            INSERT INTO child (id, wanted, generation) VALUES ('keeper', 1, 7);
            UPDATE thread SET title = 'Old'; UPDATE log SET seq = 2;
            """)
        try db.execute(
          sql: """
            INSERT INTO entry (id, thread, seq, branch, position, type, status, body)
            VALUES (?, 'main', 2, 1, 0, 'Message', 'complete', ?)
            """, arguments: [said.id.text, try said.body()])
        try db.execute(sql: "UPDATE thread SET head = ?", arguments: [said.id.text])
      }
      try old.close()
      let store = try SQLiteStore(path: path)
      let main = try #require(try await store.threads().first)
      #expect(main.title == "Old" && main.maxTokens == nil && main.maxToolRounds == nil)
      #expect(main.lastSeq == 2)
      #expect(try await store.children()[ChildID("keeper")]?.approvals == nil)
      let next = try await store.say("next", after: said.id)
      #expect(try await store.path(of: .main, before: next.id) == [said])
    }
  }

  /// All but the last, which is this chatd's.
  private static let earlier = Migrations.migrator.migrations.dropLast()

  @Test(arguments: earlier)
  func `A database of before is looked through and copied as it is`(version: String) async throws {
    try await withPath { path in
      let old = try DatabasePool(path: path)
      try Migrations.migrator.migrate(old, upTo: version)
      var said = Entry.said("hello")
      said.seq = 2
      let (id, body) = (said.id, try said.body())
      let insert = """
        INSERT INTO branch (id, thread, fork_position) VALUES (1, 'main', -1);
        INSERT INTO child (id, wanted, generation, state) VALUES ('keeper', 1, 7, '{}');
        UPDATE log SET seq = 2;
        """
      try await old.write { db in
        try db.execute(sql: insert)
        try db.execute(
          sql: """
            INSERT INTO entry (id, thread, seq, branch, position, type, status, body)
            VALUES (?, 'main', 2, 1, 0, 'Message', 'complete', ?)
            """, arguments: [id.text, body])
        try db.execute(sql: "UPDATE thread SET head = ?", arguments: [id.text])
      }
      try old.close()
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      let found = try #require(try await Verification.run(on: path))
      #expect(found.findings == [])
      #expect(found.entryCount == 1 && found.lastSeq == 2)
      let copy = path + ".copy"
      #expect(try await Backup.make(of: path, at: copy).entryCount == 1)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes, "it was only read")
      #expect(try await SQLiteStore(path: copy).threads().first?.head == id)

      // What is wrong with it is found all the same.
      let other = try DatabaseQueue(path: path)
      try await other.write { db in
        try db.execute(
          sql: """
            UPDATE entry SET seq = 9; UPDATE child SET state = '{'; UPDATE thread SET head = 'x'
            """)
      }
      try other.close()
      let findings = try #require(try await Verification.run(on: path)).findings
      for word in ["entry \(id)", "child keeper", "thread main"] {
        #expect(findings.contains { $0.hasPrefix(word) }, "\(word): \(findings)")
      }
    }
  }

  @Test func `The tables hold what they are declared to hold`() async throws {
    try await withStore { store in
      let (id, loose) = try await store.pool.read { db in
        (
          try Int64.fetchOne(db, sql: "PRAGMA application_id"),
          try String.fetchAll(
            db,
            sql: """
              SELECT name FROM pragma_table_list
              WHERE schema = 'main' AND type = 'table' AND NOT strict
                AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'grdb%'
              """)
        )
      }
      #expect(id == Migrations.applicationID)
      #expect(loose == [])
    }
  }
}
