import Foundation
import GRDB

extension DatabaseQueue {
  /// One connection that only reads, beside a chatd that writes or without one.
  ///
  /// The database itself is not changed. SQLite may leave an empty write-ahead log and its index
  /// beside it, which the next chatd takes over.
  /// - Returns: nil where there is no database yet, or none in which anything was stored.
  /// - Throws: `StoreError` and what SQLite throws: all of it is about this database.
  static func looking(at path: String) async throws -> DatabaseQueue? {
    // It may have to wait for a lock, and to read a long write-ahead log.
    try await blocking { try opened(path) }
  }

  private static func opened(_ path: String) throws -> DatabaseQueue? {
    guard try DatabaseFile.isThere(path) else { return nil }
    var configuration = Configuration()
    configuration.label = "ChatStore"
    configuration.readonly = true
    configuration.busyMode = .timeout(5)  // seconds, as chatd itself
    configuration.prepareDatabase { db in
      try Migrations.check(db)
      try Migrations.showLaterColumns(db)
    }
    let database = try DatabaseQueue(path: path, configuration: configuration)
    guard try database.read({ try $0.tableExists("log") }) else {
      try database.close()
      return nil
    }
    return database
  }
}

/// Runs `body` where it may wait for the disk: not on a thread of the tasks'.
func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
  try await withCheckedThrowingContinuation { done in
    DispatchQueue.global().async { done.resume(with: Result { try body() }) }
  }
}
