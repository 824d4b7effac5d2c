import Foundation

/// The database as a file, before SQLite sees it.
enum DatabaseFile {
  /// Makes an empty one where there is none, for its owner alone; SQLite gives its log the same
  /// mode.
  ///
  /// What a killed chatd had written and not flushed yet counts from then on, so it is flushed.
  /// - Throws: `StoreError.cannotOpen`, and what `checkLog` throws.
  static func make(at path: String) throws(StoreError) {
    try checkLog(of: path)
    try flush(path + "-wal")
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor >= 0 {
      close(descriptor)
    } else if errno != EEXIST {
      throw .cannotOpen(reason: String(cString: strerror(errno)))
    }
  }

  /// Looks whether the write-ahead log beside a database is its own and whole, as far as can be told
  /// without SQLite, which takes whatever is there by that name for it, up to the first damage.
  ///
  /// Nobody in this process may have the database open: to close a file once gives up all locks on
  /// it (fcntl(2)).
  /// - Throws: `StoreError.logWithoutDatabase`, `.logOfAnother`, `.logDamaged`; `.cannotOpen` where
  ///   the log can't be read.
  static func checkLog(of path: String) throws(StoreError) {
    guard size(of: path + "-wal") > 0 else { return }
    // Beside an empty database SQLite removes the log, which may hold the last of what was stored.
    if size(of: path) == 0 { throw .logWithoutDatabase }
    if hasNoLog(path) { throw .logOfAnother }
    if let frame = try WriteAheadLog.damagedFrame(of: path + "-wal") {
      throw .logDamaged(frame: frame)
    }
  }

  /// Looks whether a file is there to be read.
  /// - Returns: false where there is none, or an empty one, in which nothing was stored yet.
  /// - Throws: `StoreError.cannotOpen`, and what `checkLog` throws.
  static func isThere(_ path: String) throws(StoreError) -> Bool {
    try checkLog(of: path)
    if access(path, R_OK) != 0 {
      if errno == ENOENT { return false }
      throw .cannotOpen(reason: String(cString: strerror(errno)))
    }
    return size(of: path) > 0
  }

  private static func flush(_ path: String) throws(StoreError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    // SQLite says more of one that is there and can't be read.
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
      throw .cannotOpen(
        reason: "its log (-wal) can't be flushed: \(String(cString: strerror(errno)))")
    }
  }

  /// Whether a database says of itself that it has no write-ahead log: bytes 18 and 19 of its header
  /// (sqlite.org/fileformat.html §1.3). SQLite sets them to 2 before it makes a log, and back to 1
  /// after it has removed it.
  private static func hasNoLog(_ path: String) -> Bool {
    guard let file = FileHandle(forReadingAtPath: path),
      let header = try? file.read(upToCount: 20), header.count == 20
    else { return false }
    return header.starts(with: Data("SQLite format 3\0".utf8)) && header[18] == 1
      && header[19] == 1
  }

  /// Whether the disk of a file has room for a message of any length; true where it does not say.
  static func hasRoom(at path: String) -> Bool {
    FreeSpace.byteCount(at: path).map { $0 >= messageByteCount } ?? true
  }

  /// The longest message (256 KiB) as JSON, its words in the index, and pages that are rewritten.
  private static let messageByteCount: UInt64 = 1 << 20

  /// Bytes; 0 where there is no such file.
  static func size(of path: String) -> Int {
    var file = stat()
    return stat(path, &file) == 0 ? Int(file.st_size) : 0
  }
}
