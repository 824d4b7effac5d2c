import CFaultVFS
import Foundation
import GRDB
import Synchronization

/// A disk that does to SQLite what a test wants: it stops, fails, or loses its power.
///
/// It is under the files in one folder that are opened while it is there.
final class FaultyDisk: Sendable {
  /// What SQLite asks of a disk.
  enum Kind: UInt32, CaseIterable, Sendable {
    case open, delete, access, read, write, truncate, sync, fileSize, lock, mapMemory, lockMemory
  }

  /// One call, before it happens.
  struct Call: Sendable {
    let kind: Kind
    /// The file's name.
    let file: String
  }

  /// What a call fails with; nil: it happens. Runs on the thread that calls, and may hold it.
  typealias Fate = @Sendable (Call) -> ResultCode?

  let folder: URL
  private let account: Account

  /// A disk under `folder`, which exists.
  init(under folder: URL) throws {
    self.folder = folder.resolvingSymlinksInPath()
    account = Account()
    let context = Unmanaged.passRetained(account)
    let code = fault_vfs_watch(
      self.folder.path,
      { context, call in
        guard let context, let call else { return 0 }
        return Unmanaged<Account>.fromOpaque(context).takeUnretainedValue().take(call.pointee)
      },
      { context in if let context { Unmanaged<Account>.fromOpaque(context).release() } },
      context.toOpaque())
    guard code == 0 else {
      context.release()
      throw DatabaseError(resultCode: ResultCode(rawValue: code))
    }
  }

  deinit { fault_vfs_unwatch(folder.path) }

  /// Decides about each call from now on; nil: all of them happen.
  func decide(_ fate: Fate?) { account.state.withLock { $0.fate = fate } }

  /// The files as they would be found if the power failed now, by their names.
  func files(after loss: PowerLoss) -> [String: [UInt8]] {
    account.state.withLock(\.files).files(after: loss)
  }

  /// Begins with these files, by their names.
  func put(_ files: [String: [UInt8]]) throws {
    try Self.put(files, into: folder)
    account.state.withLock { state in
      for (name, bytes) in files {
        state.files.add(folder.appendingPathComponent(name).path, bytes)
      }
    }
  }

  /// Puts these files into another folder, which is made for them.
  static func put(_ files: [String: [UInt8]], into folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, bytes) in files {
      try Data(bytes).write(to: folder.appendingPathComponent(name))
    }
  }
}

/// What the layer under SQLite is told, and whom it asks.
private final class Account: Sendable {
  struct State {
    var files = DurableFolder()
    var fate: FaultyDisk.Fate?
  }

  let state = Mutex(State())

  func take(_ call: fault_vfs_call) -> Int32 {
    guard let kind = FaultyDisk.Kind(rawValue: call.kind.rawValue) else { return 0 }
    let path = String(cString: call.path)
    let name = path.split(separator: "/").last.map(String.init) ?? path
    // Outside of the lock: it may take its time, and look at the files.
    let fate = state.withLock(\.fate)
    let code = fate?(FaultyDisk.Call(kind: kind, file: name))
    state.withLock { $0.files.note(call, kind, of: path, isDone: code == nil) }
    return code?.rawValue ?? 0
  }
}

extension DurableFolder {
  fileprivate mutating func note(
    _ call: fault_vfs_call, _ kind: FaultyDisk.Kind, of path: String, isDone: Bool
  ) {
    switch kind {
    case .write:
      let count = Int(isDone ? call.count : call.count / 2)
      let bytes = UnsafeRawBufferPointer(start: call.bytes, count: count)
      write([UInt8](bytes), to: path, at: Int(call.offset))
    case .sync: if isDone { flush(path) } else { failToFlush(path) }
    case .open: if isDone { open(path, makes: call.flag != 0) }
    case .truncate: if isDone { cut(path, to: Int(call.offset)) }
    case .delete: if isDone { remove(path, flushed: call.flag != 0) }
    case .access, .read, .fileSize, .lock, .mapMemory, .lockMemory: break
    }
  }
}
