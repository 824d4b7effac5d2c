import Foundation

/// The database as a file, before SQLite sees it.
enum DatabaseFile {
  /// Makes an empty one where there is none, for its owner alone; SQLite gives its log the same
  /// mode.
  /// - Throws: `StoreError.cannotOpen`, `.logWithoutDatabase`.
  static func make(at path: String) throws(StoreError) {
    // Beside an empty database SQLite removes the log, which may hold the last of what was stored.
    if size(of: path) == 0, size(of: path + "-wal") > 0 { throw .logWithoutDatabase }
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor >= 0 {
      close(descriptor)
    } else if errno != EEXIST {
      throw .cannotOpen(reason: String(cString: strerror(errno)))
    }
  }

  /// Bytes; 0 where there is no such file.
  private static func size(of path: String) -> Int {
    var file = stat()
    return stat(path, &file) == 0 ? Int(file.st_size) : 0
  }
}
