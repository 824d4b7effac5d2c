import Foundation
import GRDB

/// What goes wrong, and for how long.
struct Fault: Sendable, CustomStringConvertible {
  /// What each kind of call fails with; those that are missing don't fail and are not counted.
  let codes: [FaultyDisk.Kind: ResultCode]
  /// From the call on that it begins with; else that one alone.
  let isLasting: Bool
  let description: String

  /// The disk gives up: each kind of call fails in its own way. Locks are none of the disk's.
  static func broken(lasting: Bool) -> Fault {
    let codes: [FaultyDisk.Kind: ResultCode] = [
      .open: .SQLITE_CANTOPEN, .delete: .SQLITE_IOERR_DELETE, .access: .SQLITE_IOERR_ACCESS,
      .read: .SQLITE_IOERR_READ, .write: .SQLITE_IOERR_WRITE, .truncate: .SQLITE_IOERR_TRUNCATE,
      .sync: .SQLITE_IOERR_FSYNC, .fileSize: .SQLITE_IOERR_FSTAT, .mapMemory: .SQLITE_IOERR_SHMMAP,
    ]
    return Fault(
      codes: codes, isLasting: lasting,
      description: lasting ? "broken from there on" : "broken once")
  }

  static func full(lasting: Bool) -> Fault {
    Fault(
      codes: [.write: .SQLITE_FULL, .mapMemory: .SQLITE_FULL], isLasting: lasting,
      description: lasting ? "full from there on" : "full once")
  }

  /// Somebody else holds what is asked for, for a moment.
  static let held = Fault(
    codes: [.lockMemory: .SQLITE_BUSY], isLasting: false,
    description: "held once")
}

extension FaultyDisk {
  /// Lets the `number`th call, counted from 1 and from now, meet with `fault`.
  /// - Returns: whether it has come to that yet.
  func fail(at number: Int, by fault: Fault) -> @Sendable () -> Bool {
    let count = Counter()
    decide { call in
      guard let code = fault.codes[call.kind] else { return nil }
      let now = count.next()
      return now == number || (fault.isLasting && now > number) ? code : nil
    }
    return { count.count >= number }
  }
}
