package import ChatCore
import GRDB

/// The log in an SQLite database: one writer, several readers, each in a snapshot of its own (WAL).
///
/// SQLite blocks; all of it runs on GRDB's dispatch queues. Neither reading nor writing heeds the
/// cancellation of the task that asks: both are short, and a turn that is being stopped still has
/// to read and store how it ended.
package final class SQLiteStore: EntryStore, EntryReader {
  package let epoch: String
  let pool: DatabasePool

  /// Opens the database at `path`, in a folder that exists, and makes it where there is none.
  ///
  /// Blocks the thread until that is done. A file that can't be understood is left as it is.
  /// - Throws: `ChatError.unavailable`, naming the file and what is wrong with it.
  package init(path: String) throws(ChatError) {
    do {
      try DatabaseFile.make(at: path)
      pool = try DatabasePool(path: path, configuration: Self.configuration)
      try pool.writeWithoutTransaction { try $0.execute(sql: Self.durability) }
      try Migrations.migrator.migrate(pool)
      epoch = try pool.read { db in
        try Row.required(db, sql: "SELECT epoch FROM log", of: "the log").text(0)
      }
    } catch {
      throw .unavailable(reason: "\(path): \(StoreError(error))")
    }
  }

  /// Waits for what runs, copies the write-ahead log into the database and closes it. Blocks the
  /// thread until then.
  ///
  /// Nothing is lost without it; with it the database is one file.
  package func close() throws(ChatError) {
    do {
      // The last connection to be closed removes the log if it may write, so it must not be a
      // reader.
      pool.invalidateReadOnlyConnections()
      try pool.close()
    } catch {
      throw ChatError(storing: error)
    }
  }

  /// GRDB sets `synchronous` to NORMAL when it opens a pool, where a commit survives a crash but
  /// not a loss of power. The write-ahead log is copied into the database every 1,000 pages, by
  /// SQLite's own measure; where a slow reader held that up, its file is cut to 16 MiB afterwards.
  private static let durability = """
    PRAGMA synchronous = FULL;
    PRAGMA journal_size_limit = 16777216;
    """

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.label = "ChatStore"
    configuration.busyMode = .timeout(5)  // seconds; others are a backup or a person's sqlite3
    configuration.prepareDatabase { db in
      try Migrations.check(db)
      if !db.configuration.readonly { try beginLog(of: db) }
    }
    return configuration
  }

  /// Writes the first transaction of a new write-ahead log, and flushes it.
  ///
  /// GRDB would do so itself, with `synchronous` at NORMAL: then a loss of power could leave frames
  /// that don't fit ahead of some that do, which is damage everywhere else (`WriteAheadLog`).
  private static func beginLog(of db: Database) throws {
    let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
    guard mode == "wal", DatabaseFile.size(of: try db.file() + "-wal") == 0 else { return }
    // Changes nothing but writes a page all the same.
    try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA user_version = 0")
  }

  /// Runs `body` in a snapshot of the database.
  func read<T: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> T
  ) async throws(ChatError) -> T {
    let result = await withCheckedContinuation { done in
      pool.asyncRead { opened in
        done.resume(
          returning: Result { try body(opened.get()) }.mapError(ChatError.init(storing:)))
      }
    }
    return try result.get()
  }
}
