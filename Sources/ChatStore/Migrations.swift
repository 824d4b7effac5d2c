import ChatCore
import Foundation
import GRDB

/// The database's shape, and how each version of it came from the one before.
///
/// A migration that has been released is never changed; the next one is added behind it.
enum Migrations {
  /// "chat", by which `file` and chatd know the database
  /// (sqlite.org/pragma.html#pragma_application_id).
  static let applicationID: Int64 = 0x6368_6174

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 log") { try createLog($0) }
    migrator.registerMigration("2 crashes") { db in
      try db.execute(sql: "ALTER TABLE child ADD COLUMN crashes TEXT")
    }
    migrator.registerMigration("3 search") { try SearchIndex.create($0) }
    migrator.registerMigration("4 branches") { try $0.execute(sql: branchIndexes) }
    migrator.registerMigration("5 attempts") { try $0.execute(sql: attempts) }
    migrator.registerMigration("6 imports") { try $0.execute(sql: imports) }
    migrator.registerMigration("7 tools") { try $0.execute(sql: tools) }
    migrator.registerMigration("8 last changes") { try $0.execute(sql: lastChanges) }
    return migrator
  }

  /// Looks at a database before anything in it is changed, as far as chatd reads it at its start.
  /// - Throws: `StoreError.foreign`, `.newerSchema`, and what damage makes it throw.
  static func check(_ db: Database) throws {
    let id = try Int64.fetchOne(db, sql: "PRAGMA application_id")
    let table = try Row.fetchOne(
      db, sql: "SELECT 1 FROM sqlite_schema WHERE tbl_name NOT LIKE 'grdb%'")
    guard id == applicationID || table == nil else { throw StoreError.foreign }
    // Asked of a new database, GRDB takes a disk that fails then for a table that is missing.
    guard try db.tableExists("grdb_migrations") else { return }
    guard try !migrator.hasBeenSuperseded(db) else { throw StoreError.newerSchema }
    if try db.tableExists("log") {
      _ = try Row.required(db, sql: "SELECT epoch, seq FROM log", of: "the log")
    }
  }

  /// Has whoever only reads find the columns that an earlier chatd's database lacks, empty: it is
  /// brought up to date by a start, and may be looked at and copied before. Nothing of it changes:
  /// the views are the connection's own.
  static func showLaterColumns(_ db: Database) throws {
    for (table, later) in laterColumns where try db.tableExists(table) {
      let there = Set(try db.columns(in: table).map(\.name))
      let missing = later.filter { !there.contains($0) }.map { "NULL AS \($0)" }
      guard !missing.isEmpty else { continue }
      let columns = (["*"] + missing).joined(separator: ", ")
      try db.execute(sql: "CREATE TEMP VIEW \(table) AS SELECT \(columns) FROM main.\(table)")
    }
  }

  /// What has been added to tables that were there.
  private static let laterColumns = [
    "child": ["crashes", "approvals"], "entry": ["kept"],
    "thread": ["asked", "attempts", "max_tokens", "max_tool_rounds"],
  ]

  private static func createLog(_ db: Database) throws {
    try db.execute(sql: "PRAGMA application_id = \(applicationID)")
    try db.execute(sql: tables)
    try db.execute(sql: indexes)
    try db.execute(
      sql: "INSERT INTO log (id, epoch, seq) VALUES (1, ?, 1)",
      arguments: [UUID().uuidString.lowercased()])
    // Not by `ChatThread`, which writes columns that come later.
    try db.execute(
      sql: "INSERT INTO thread (id, seq, created_at, muted, read_seq) VALUES (?, 1, ?, '[]', 0)",
      arguments: [ThreadID.main.column, Timestamp.now.milliseconds])
  }

  /// `log.seq` is the last number given out: over entries and threads, and over those that are
  /// removed one day.
  ///
  /// An entry's `body` is what the contract's §3 shows of it, ready to be spliced into an answer;
  /// the other columns repeat of it what is searched by. `arrival` is a column since VACUUM may
  /// renumber rows that have none.
  ///
  /// A branch is a line of entries that fork at no place of it. `position` counts from the thread's
  /// first entry over all branches of the path, so that a path is one range of positions for each
  /// branch that it takes: `BranchPath`.
  private static let tables = """
    CREATE TABLE log (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      epoch TEXT NOT NULL,
      seq INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE thread (
      id TEXT NOT NULL PRIMARY KEY,
      seq INTEGER NOT NULL UNIQUE,
      title TEXT,
      created_at INTEGER NOT NULL,
      head TEXT,
      model TEXT,
      system TEXT,
      muted TEXT NOT NULL,
      read_seq INTEGER NOT NULL,
      deleted_at INTEGER,
      turn TEXT
    ) STRICT;
    CREATE TABLE branch (
      id INTEGER PRIMARY KEY,
      thread TEXT NOT NULL REFERENCES thread (id),
      parent_branch INTEGER REFERENCES branch (id),
      fork_position INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE entry (
      arrival INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      thread TEXT NOT NULL REFERENCES thread (id),
      seq INTEGER NOT NULL UNIQUE,
      branch INTEGER REFERENCES branch (id),
      position INTEGER,
      parent TEXT,
      type TEXT NOT NULL,
      status TEXT,
      original TEXT,
      client_msg_id TEXT,
      branch_from TEXT,
      draft TEXT,
      body TEXT NOT NULL,
      UNIQUE (branch, position),
      CHECK ((branch IS NULL) = (position IS NULL))
    ) STRICT;
    CREATE TABLE child (
      id TEXT NOT NULL PRIMARY KEY,
      wanted INTEGER,
      generation INTEGER NOT NULL,
      state TEXT
    ) STRICT;
    """

  /// What forks from a branch, where; a thread's branches, and among them those that fork from
  /// none.
  private static let branchIndexes = """
    CREATE INDEX branch_fork ON branch (parent_branch, fork_position);
    CREATE INDEX branch_thread ON branch (thread);
    CREATE INDEX branch_root ON branch (thread) WHERE parent_branch IS NULL;
    """

  /// The message of a thread whose children were last asked again, and how often by then. There is
  /// no more than one at a time: a turn asks about the next message when the one before is heard.
  private static let attempts = """
    ALTER TABLE thread ADD COLUMN asked TEXT;
    ALTER TABLE thread ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
    """

  /// What is put by of an import, in the order in which it will be taken over; and once that is
  /// certain, the one row that says so.
  private static let imports = """
    CREATE TABLE import_entry (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL,
      body TEXT NOT NULL
    ) STRICT;
    CREATE TABLE import (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      thread TEXT NOT NULL REFERENCES thread (id),
      head TEXT
    ) STRICT;
    """

  /// What the model's server wants back of an answer, apart from `body`, which people see; what a
  /// person wants to be remembered of a child's tools; and a thread's limits.
  private static let tools = """
    ALTER TABLE entry ADD COLUMN kept TEXT;
    ALTER TABLE child ADD COLUMN approvals TEXT;
    ALTER TABLE thread ADD COLUMN max_tokens INTEGER;
    ALTER TABLE thread ADD COLUMN max_tool_rounds INTEGER;
    """

  /// Up to where each thread goes, which every listing of threads says.
  private static let lastChanges = "CREATE INDEX entry_thread_seq ON entry (thread, seq)"

  private static let indexes = """
    CREATE UNIQUE INDEX entry_client_msg_id ON entry (thread, client_msg_id)
      WHERE client_msg_id IS NOT NULL;
    CREATE INDEX entry_original ON entry (original, type) WHERE original IS NOT NULL;
    CREATE INDEX entry_queued ON entry (thread, arrival) WHERE status = 'queued';
    CREATE INDEX entry_streaming ON entry (arrival) WHERE status = 'streaming';
    """
}
