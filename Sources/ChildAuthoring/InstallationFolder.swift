import Foundation

/// Reads what is in a folder that is to be installed.
enum InstallationFolder {
  /// Writes everything below `folder` but `.git`, as it is on disk: links are not followed.
  /// - Throws: `AuthoringError` for what is neither file nor folder, and beyond the limits.
  static func read(
    _ folder: URL, into writer: inout InstallationWriter
  ) throws(AuthoringError) {
    var waiting = [""]
    while let path = waiting.popLast() {
      let names: [String]
      let here = folder.path + "/" + path
      do { names = try FileManager.default.contentsOfDirectory(atPath: here) } catch {
        throw AuthoringError(.system, "\(here): \(error.words)")
      }
      for name in names.sorted() where !(path.isEmpty && name == ".git") {
        let below = path.isEmpty ? name : path + "/" + name
        let kind = try copy(below, of: folder, into: &writer)
        if kind == .folder { waiting.append(below) }
      }
    }
  }

  /// Writes what stands at `path`.
  private static func copy(
    _ path: String, of folder: URL, into writer: inout InstallationWriter
  ) throws(AuthoringError) -> InstallationPolicy.Entry.Kind {
    let place = folder.path + "/" + path
    var status = stat()
    guard lstat(place, &status) == 0 else { throw failure(place) }
    let kind = InstallationPolicy.Entry.Kind(status.st_mode)
    var entry = InstallationPolicy.Entry(path: path, kind: kind, mode: status.st_mode & 0o777)
    guard kind == .file else {
      try writer.write(entry) { _ in 0 }
      return kind
    }
    // Since it was looked at it may have become a link or a pipe, which is not to be waited for.
    let file = open(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw failure(place) }
    defer { close(file) }
    guard fstat(file, &status) == 0 else { throw failure(place) }
    entry.kind = InstallationPolicy.Entry.Kind(status.st_mode)
    entry.byteCount = Int(status.st_size)
    try writer.write(entry) { buffer throws(AuthoringError) in
      while true {
        let count = Foundation.read(file, buffer.baseAddress, buffer.count)
        if count >= 0 { return count }
        guard errno == EINTR else { throw failure(place) }
      }
    }
    return entry.kind
  }

  private static func failure(_ path: String) -> AuthoringError {
    AuthoringError(.system, "\(path): \(String(cString: strerror(errno)))")
  }
}

extension InstallationPolicy.Entry.Kind {
  /// What a file's mode says it is (inode(7)).
  init(_ mode: mode_t) {
    self =
      switch mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .other("a link")
      case S_IFIFO: .other("a pipe")
      case S_IFSOCK: .other("a socket")
      case S_IFCHR, S_IFBLK: .other("a device")
      default: .other("of an unknown kind")
      }
  }
}
