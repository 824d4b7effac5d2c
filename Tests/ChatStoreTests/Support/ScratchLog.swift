import Foundation
import GRDB
import TestSupport

@testable import ChatStore

/// A database of one table, whose log gets what SQLite may write to one: with a cache of few pages a
/// transaction writes before it ends.
struct ScratchLog {
  private let database: DatabaseQueue

  init(at path: String, synchronous: String = "FULL") throws {
    var configuration = Configuration()
    configuration.prepareDatabase { db in
      try db.execute(
        sql: """
          PRAGMA synchronous = \(synchronous);
          PRAGMA journal_mode = WAL;
          PRAGMA cache_size = 8;
          """)
    }
    database = try DatabaseQueue(path: path, configuration: configuration)
    try database.write { try $0.execute(sql: "CREATE TABLE t (k INTEGER PRIMARY KEY, v BLOB)") }
  }

  func run(_ sql: String) async throws {
    try await database.writeWithoutTransaction { try $0.execute(sql: sql) }
  }

  /// One transaction with so many rows of half a page, each written twice.
  func commit(rowCount: Int) async throws {
    try await database.write { try Self.write(rowCount, to: $0) }
  }

  /// The same, given up.
  func rollBack(rowCount: Int) async throws {
    try await database.writeWithoutTransaction { db in
      try db.inTransaction {
        try Self.write(rowCount, to: db)
        return .rollback
      }
    }
  }

  /// One of a few things, by chance; whether it failed is no matter.
  func act(on disk: FaultyDisk, using numbers: inout SeededGenerator) async {
    let rowCount = Int.random(in: 1...60, using: &numbers)
    let kind = Int.random(in: 0..<10, using: &numbers)
    switch kind {
    case 0...5: try? await commit(rowCount: min(rowCount, 1 + rowCount % 7))
    case 6: try? await commit(rowCount: rowCount)
    case 7: try? await rollBack(rowCount: rowCount)
    case 8:
      try? await database.write { db in
        try Self.write(2, to: db)
        try db.inSavepoint {
          try Self.write(rowCount, to: db)
          return .rollback
        }
        try Self.write(1, to: db)
      }
    default: try? await run("PRAGMA wal_checkpoint(\(rowCount % 2 == 0 ? "RESTART" : "TRUNCATE"))")
    }
  }

  private static func write(_ rowCount: Int, to db: Database) throws {
    for _ in 0..<2 {
      for row in 0..<rowCount {
        try db.execute(
          sql: "INSERT OR REPLACE INTO t VALUES (?, randomblob(2000))", arguments: [row])
      }
    }
  }
}
