import Foundation

/// A file that is written out of sight, and stands in its place whole or not at all.
///
/// It is in a hidden folder of its own beside its place: on the same disk, so that it need not be
/// written twice, and with all that SQLite puts beside it, so that one removal takes all.
struct PartialFile {
  let path: String
  private let target: String
  private let folder: String
  /// Open from beginning to end: to close it would give up SQLite's locks on the file.
  private let descriptor: Int32

  /// Makes an empty one, for its owner alone.
  /// - Throws: `BackupError.targetExists`, `.cannotWrite`.
  init(for target: String) throws(BackupError) {
    self.target = target
    var status = stat()
    if lstat(target, &status) == 0 { throw .targetExists(target) }
    if errno != ENOENT { throw .cannotWrite(target, errno) }
    let url = URL(fileURLWithPath: target)
    let home = url.deletingLastPathComponent().path
    var name = Array("\(home)/.\(url.lastPathComponent).partial-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw .cannotWrite(target, errno) }
    folder = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    path = folder + "/copy"
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor < 0 {
      let code = errno
      rmdir(folder)
      throw .cannotWrite(target, code)
    }
  }

  /// Removes what is not in its place.
  /// - Returns: what could not be removed, and why; nil: all is gone.
  func remove() -> String? {
    close(descriptor)
    do { try FileManager.default.removeItem(atPath: folder) } catch {
      return "\(folder) can't be removed: \(error.localizedDescription)"
    }
    return nil
  }

  /// Waits until what was written so far is on the disk.
  func flush() throws(BackupError) {
    guard fsync(descriptor) == 0 else { throw .cannotWrite(target, errno) }
  }

  /// Gives the file its place, on the disk too.
  /// - Returns: its size in bytes.
  /// - Throws: `BackupError.targetExists` where somebody has taken the place meanwhile,
  ///   `.cannotWrite`.
  func place() throws(BackupError) -> Int64 {
    try flush()
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .cannotWrite(target, errno) }
    if link(path, target) != 0 {
      guard errno == EPERM || errno == ENOTSUP || errno == ENOSYS else { throw failure(errno) }
      try takePlace()
    }
    do { try flushFolder() } catch {
      unlink(target)
      throw error
    }
    return Int64(status.st_size)
  }

  /// For disks without links (FAT): an empty file takes the place, which fails where there is one,
  /// and this one takes over from it.
  private func takePlace() throws(BackupError) {
    let holder = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard holder >= 0 else { throw failure(errno) }
    close(holder)
    guard rename(path, target) == 0 else {
      let code = errno
      unlink(target)
      throw .cannotWrite(target, code)
    }
  }

  private func flushFolder() throws(BackupError) {
    let home = URL(fileURLWithPath: target).deletingLastPathComponent().path
    let folder = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw .cannotWrite(target, errno) }
    defer { close(folder) }
    // Some file systems flush no folders, and say so.
    guard fsync(folder) == 0 || errno == EINVAL else { throw .cannotWrite(target, errno) }
  }

  private func failure(_ code: Int32) -> BackupError {
    code == EEXIST ? .targetExists(target) : .cannotWrite(target, code)
  }
}

extension BackupError {
  fileprivate static func cannotWrite(_ target: String, _ code: Int32) -> BackupError {
    .cannotWrite(target: target, reason: String(cString: strerror(code)))
  }
}
