import ChatCore
import GRDB

/// Why the database could not do what was asked, as far as somebody can act upon it.
enum StoreError: Error, Hashable, CustomStringConvertible {
  /// No room on the disk, or none in the quota. What was stored before can still be read.
  case full
  /// The disk failed; `code` is SQLite's extended result code (sqlite.org/rescode.html).
  case diskFailed(code: Int32)
  /// Another program holds the database for longer than the busy timeout.
  case locked
  /// What is in the file contradicts itself.
  case damaged
  case notADatabase
  /// The database of another program.
  case foreign
  /// Written by a later chatd.
  case newerSchema
  case readOnly
  case cannotOpen(reason: String)
  /// The write-ahead log is there, the file that it belongs to is gone or empty.
  case logWithoutDatabase
  /// Beside a database that has none, as a backup, stands the write-ahead log of another.
  case logOfAnother
  /// A frame of the write-ahead log, counted from 1, is not as it was when it was flushed.
  case logDamaged(frame: Int)
  /// A row is not as this chatd writes it.
  case unreadable(what: String, reason: String)
  case refused(code: Int32, message: String)

  init(_ error: any Error) {
    switch error {
    case let error as StoreError: self = error
    case let error as DatabaseError: self.init(error)
    default: self = .refused(code: 0, message: "\(error)")
    }
  }

  private init(_ error: DatabaseError) {
    switch error.resultCode {
    case .SQLITE_FULL: self = .full
    case .SQLITE_IOERR: self = .diskFailed(code: error.extendedResultCode.rawValue)
    case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: self = .locked
    case .SQLITE_CORRUPT: self = .damaged
    case .SQLITE_NOTADB: self = .notADatabase
    case .SQLITE_READONLY: self = .readOnly
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
      self = .cannotOpen(reason: error.message ?? "SQLite does not say why")
    default:
      self = .refused(
        code: error.extendedResultCode.rawValue, message: error.message ?? "without a reason")
    }
  }

  /// What happened and what would help, for a person.
  var description: String {
    switch self {
    case .full:
      "the disk of the database is full: nothing can be stored until there is room again"
    case .diskFailed(let code):
      "the disk of the database failed (SQLite code \(code)): see the system's log"
    case .locked: "another program holds the database locked: end it"
    case .damaged: "the database is damaged: it is left as it is; restore a backup in its place"
    case .notADatabase:
      "the database's file is no SQLite database: it is left as it is; restore a backup there"
    case .foreign: "the database belongs to another program: it is left as it is"
    case .newerSchema: "the database was written by a later version of chatd: run that one"
    case .readOnly: "the database can't be written: its file, folder or disk is read-only"
    case .cannotOpen(let reason): "the database can't be opened: \(reason)"
    case .logWithoutDatabase:
      "the database is gone or empty but its write-ahead log (-wal) is there: put the file back, "
        + "or move the log away to begin anew"
    case .logOfAnother:
      "beside the database stands the write-ahead log (-wal) of another, which would damage it: "
        + "move -wal and -shm away"
    case .logDamaged(let frame):
      "its write-ahead log (-wal) is damaged in frame \(frame), and what was stored after that would "
        + "be lost: the database and its log are left as they are; keep a copy of both, then put a "
        + "backup in the place of both, or go on with what stands before the damage: "
        + "sqlite3 FILE 'PRAGMA wal_checkpoint(TRUNCATE)'"
    case .unreadable(let what, let reason): "the database is damaged: \(what): \(reason)"
    case .refused(let code, let message): "the database refused (SQLite code \(code)): \(message)"
    }
  }

  /// The same for those who only know of the log.
  var chatError: ChatError { .unavailable(reason: description) }
}

extension ChatError {
  /// What a statement or a rule of the log threw.
  init(storing error: any Error) { self = error as? ChatError ?? StoreError(error).chatError }
}
