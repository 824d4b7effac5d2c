package import ChatCore
import GRDB

extension SQLiteStore {
  /// A group that failed because it could not be flushed stands in the write-ahead log until the
  /// next one takes its place. If chatd is killed before that, the next run finds it, whole: a
  /// sender that repeats its `clientMessageID` then gets what it sent the first time.
  package func commit(_ changes: [Change]) async -> [Result<Committed, ChatError>] {
    guard !changes.isEmpty else { return [] }
    return await withCheckedContinuation { done in
      pool.asyncWriteWithoutTransaction { db in
        do {
          done.resume(returning: try Self.commit(changes, in: db))
        } catch {
          let failure = ChatError(storing: error)
          done.resume(returning: changes.map { _ in .failure(failure) })
        }
      }
    }
  }

  /// - Throws: what makes all of them fail: nothing of the group is in the database then.
  private static func commit(
    _ changes: [Change], in db: Database
  ) throws -> [Result<Committed, ChatError>] {
    var results: [Result<Committed, ChatError>] = []
    try db.inTransaction(.immediate) {
      var log = LogWriter(db: db, seq: try db.lastSeq())
      for change in changes { results.append(try commit(change, to: &log)) }
      try log.end()
      return .commit
    }
    return results
  }

  /// One change in a savepoint of its own; a number that it took is free again when it fails.
  private static func commit(
    _ change: Change, to log: inout LogWriter
  ) throws -> Result<Committed, ChatError> {
    let before = log
    do {
      var committed = Committed.done
      try log.db.inSavepoint {
        committed = try log.apply(change)
        return .commit
      }
      return .success(committed)
    } catch {
      log = before
      return .failure(try ownFault(error))
    }
  }

  /// What a change failed by, where it is by its own fault. After other errors SQLite may have
  /// rolled back the whole transaction (sqlite.org/lang_transaction.html §3), and with it the
  /// changes before.
  private static func ownFault(_ error: any Error) throws -> ChatError {
    guard let error = error as? DatabaseError else { return ChatError(storing: error) }
    switch error.resultCode {
    case .SQLITE_CONSTRAINT, .SQLITE_TOOBIG:
      let why = error.message ?? "\(error.resultCode)"
      return .conflict(reason: "the database does not take it: \(why)")
    default: throw error
    }
  }
}
