import ChatCore
import Foundation
import GRDB

/// A copy of a database, made while chatd runs on it or while none does: one file, looked through
/// before it gets its name.
package struct Backup: Hashable, Sendable {
  /// Where it is.
  package let path: String
  package let byteCount: Int64
  package let entryCount: Int64
  /// The last number of the log in it.
  package let lastSeq: Int64
  /// What could not be removed, and why; nil: nothing else is there.
  package let left: String?

  /// Pages of a step (1 MiB): between two of them the copying can be broken off.
  private static let stepPageCount: CInt = 256
  /// Pages after which the disk is waited for (16 MiB). Were all of a large copy left to the end,
  /// the flush of a chatd on the same disk would have to wait for it.
  private static let flushPageCount = 4096

  /// Copies the database at `source` to `target`, where nothing may be yet. Nothing half-made stays,
  /// whether it fails or its task is cancelled.
  /// - Throws: `BackupError`, `CancellationError`.
  package static func make(
    of source: String, at target: String,
    progress: @escaping @Sendable (StoreProgress) -> Void = { _ in }
  ) async throws -> Backup {
    let file = try PartialFile(for: target)
    do {
      try await copy(source, to: file, target, progress)
      let verification = try await check(file, of: source, progress)
      try Task.checkCancellation()
      let byteCount = try await blocking { try file.place() }
      return Backup(
        path: target, byteCount: byteCount, entryCount: verification.entryCount,
        lastSeq: verification.lastSeq, left: file.remove())
    } catch {
      if let left = file.remove() {
        throw BackupError.cannotWrite(target: target, reason: "\(error), and \(left)")
      }
      if error is CancellationError || Task.isCancelled { throw CancellationError() }
      throw error
    }
  }

  /// Copies page by page, in one view of the source.
  ///
  /// SQLite can also let the source go between two steps, but begins again whenever another process
  /// has written meanwhile: under a chatd at work it would not come to an end. One view holds up no
  /// writer; the write-ahead log grows by what is written until the copy is done, and is cut again
  /// afterwards (`journal_size_limit`). The look through the copy comes after that.
  private static func copy(
    _ source: String, to file: PartialFile, _ target: String,
    _ progress: @escaping @Sendable (StoreProgress) -> Void
  ) async throws {
    do {
      guard let database = try await DatabaseQueue.looking(at: source) else {
        throw BackupError.nothingStored(source: source)
      }
      let copy = try DatabaseQueue(path: file.path, configuration: writing("OFF"))
      try await database.read { db in
        // The view begins with the first thing that is read.
        _ = try db.lastSeq()
        try copy.writeWithoutTransaction { copy in
          try db.backup(to: copy, pagesPerStep: stepPageCount) { step in
            try Task.checkCancellation()
            let (done, total) = (step.completedPageCount, step.totalPageCount)
            if done % flushPageCount == 0 { try file.flush() }
            progress(StoreProgress(.copying, Int64(done), of: Int64(total)))
          }
        }
      }
      try copy.close()
      try await begin(file.path)
    } catch let error as BackupError {
      throw error
    } catch  where error is CancellationError || Task.isCancelled {
      throw CancellationError()
    } catch {
      throw BackupError(error, source: source, target: target)
    }
  }

  /// Makes the copy one file, and the beginning of a log of its own.
  ///
  /// It has another epoch: whoever goes back to it counts on from its last number, and gives
  /// numbers to other changes that browsers have seen of the first log. By the epoch they know that
  /// theirs mean nothing any more, and ask for everything.
  private static func begin(_ path: String) async throws {
    let copy = try DatabaseQueue(path: path, configuration: writing("DELETE"))
    try await copy.write { db in
      try db.execute(
        sql: "UPDATE log SET epoch = ?", arguments: [UUID().uuidString.lowercased()])
    }
    try copy.close()
  }

  /// Of the copy rather than of the source, so that the latter is let go as soon as can be, and
  /// what is found is true of what is kept.
  private static func check(
    _ file: PartialFile, of source: String,
    _ progress: @escaping @Sendable (StoreProgress) -> Void
  ) async throws -> Verification {
    let verification: Verification?
    do { verification = try await Verification.run(on: file.path, progress: progress) } catch {
      if error is CancellationError { throw error }
      throw BackupError.damaged(source: source, findings: ["\(error)"])
    }
    guard let verification, verification.findings.isEmpty else {
      throw BackupError.damaged(
        source: source, findings: verification?.findings ?? ["its copy is empty"])
    }
    return verification
  }

  /// Nothing but its whole counts of a copy, so there is no going back in it and no waiting for the
  /// disk; `PartialFile.place()` waits once.
  private static func writing(_ journal: String) -> Configuration {
    var configuration = Configuration()
    configuration.label = "ChatStore.copy"
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = OFF")
      // Answers with the mode that it is in then.
      let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = \(journal)")
      guard mode == journal.lowercased() else {
        throw DatabaseError(message: "its journal stays \(mode ?? "unknown")")
      }
    }
    return configuration
  }
}

extension BackupError {
  /// What SQLite threw while it copied from the one to the other: only the copy is written.
  fileprivate init(_ error: any Error, source: String, target: String) {
    switch (StoreError(error), error as? DatabaseError) {
    case (.full, _):
      self = .cannotWrite(target: target, reason: "there is no room on its disk")
    case (.diskFailed(let code), let error?) where error.isOfWriting:
      self = .cannotWrite(target: target, reason: "its disk takes no more (SQLite code \(code))")
    case (let error, _):
      self = .cannotRead(source: source, reason: "\(error)")
    }
  }
}

extension DatabaseError {
  /// Whether it came of writing to a file; the source is only read.
  fileprivate var isOfWriting: Bool {
    switch extendedResultCode {
    case .SQLITE_IOERR_WRITE, .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_TRUNCATE, .SQLITE_IOERR_DIR_FSYNC:
      true
    default: false
    }
  }
}
