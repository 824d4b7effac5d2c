import ChatCore
import GRDB

/// What is wrong with a database: first the file as SQLite sees it, then the log in itself.
///
/// It only reads, a few hundred rows in a view each, so that it can go on for long beside a chatd
/// that writes; every rule is one that holds in each view by itself. SQLite's own look through the
/// file is the exception: that is one view, and the write-ahead log grows meanwhile.
package struct Verification: Sendable {
  /// So many findings are told; with one more it is certain that there is nothing to be saved.
  static let findingLimit = 100
  /// Rows in a view: a few milliseconds.
  static let viewRowCount = 256

  /// A sentence each, which names the row.
  package private(set) var findings: [String] = []
  /// Whether there were more than are told.
  package private(set) var isCutShort = false
  package private(set) var entryCount: Int64 = 0
  /// The log's last number when it was looked at.
  package private(set) var lastSeq: Int64 = 0

  /// Looks through the database at `path`.
  /// - Returns: nil where there is none yet, or none in which anything was stored.
  /// - Throws: `ChatError.unavailable`, naming the file, where nothing of it can be read;
  ///   `CancellationError`.
  package static func run(
    on path: String, progress: @escaping @Sendable (StoreProgress) -> Void = { _ in }
  ) async throws -> Verification? {
    do {
      guard let database = try await DatabaseQueue.looking(at: path) else { return nil }
      var verification = Verification()
      try await verification.run(on: database, progress)
      try database.close()
      return verification
    } catch {
      if error is CancellationError || Task.isCancelled { throw CancellationError() }
      throw ChatError.unavailable(reason: "\(path): \(StoreError(error))")
    }
  }

  private mutating func run(
    on database: DatabaseQueue, _ progress: @escaping @Sendable (StoreProgress) -> Void
  ) async throws {
    progress(StoreProgress(.structure))
    add(try await look(at: "the file", of: database) { try $0.structureFindings() })
    add(try await look(at: "what refers to what", of: database) { try $0.referenceFindings() })
    add(try await look(at: "the log", of: database) { try $0.logFindings() })
    lastSeq = try await look(at: "the log", of: database) { try $0.lastSeq() } ?? 0
    let last = try await look(at: "the entries", of: database) { try $0.lastArrival() } ?? 0
    progress(StoreProgress(.entries, 0, of: last))
    try await walk("the entries", of: database, from: Int64.min) { db, start in
      progress(StoreProgress(.entries, start, of: last))
      return try db.entryFindings(after: start, upTo: last)
    }
    try await walk("the branches", of: database, from: Int64.min) {
      try $0.branchFindings(after: $1)
    }
    try await walk("the threads", of: database, from: "") { try $0.threadFindings(after: $1) }
    try await walk("the children", of: database, from: "") { try $0.childFindings(after: $1) }
  }

  /// Reads a table view by view, in the order of its key.
  private mutating func walk<Key: Sendable>(
    _ what: String, of database: DatabaseQueue, from start: Key,
    _ view: @escaping @Sendable (Database, Key) throws -> View<Key>
  ) async throws {
    var next: Key? = start
    while let key = next, !isCutShort {
      let seen = try await look(at: what, of: database) { try view($0, key) }
      guard let seen else { return }
      add(seen.findings)
      entryCount += seen.entryCount
      next = seen.next
    }
  }

  /// What `body` returns; nil where damage kept it from that, which is a finding then.
  private mutating func look<T: Sendable>(
    at what: String, of database: DatabaseQueue, _ body: @escaping @Sendable (Database) throws -> T
  ) async throws -> T? {
    do { return try await database.read(body) } catch {
      switch StoreError(error) {
      case .damaged, .notADatabase: add(["\(what) can't be read to the end: the file is damaged"])
      case .unreadable(let row, let reason): add(["\(what): \(row): \(reason)"])
      case .refused(code: 1, let message): add(["\(what) can't be read: \(message)"])
      default: throw error
      }
      return nil
    }
  }

  private mutating func add(_ new: [String]?) {
    let room = Self.findingLimit - findings.count
    guard let new else { return }
    findings += new.prefix(room)
    if new.count > room { isCutShort = true }
  }

  /// What was seen in one view of a table.
  struct View<Key: Sendable>: Sendable {
    var findings: [String] = []
    var entryCount: Int64 = 0
    /// The key to go on behind; nil: that was all.
    var next: Key?
  }
}
