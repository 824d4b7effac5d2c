import Foundation

extension InstallationTree {
  /// Writes every entry below `folder`, which is there and empty. Nobody but the user may write to
  /// what comes out, and nothing runs as somebody else.
  /// - Throws: `AuthoringError` that names the file and the system's reason.
  func write(to folder: URL) throws(AuthoringError) {
    for entry in entries {
      guard case .folder = entry.kind else { continue }
      try makeFolder(folder, entry.path)
      let mode = entry.mode & 0o755 | 0o700
      guard chmod(url(folder, entry.path).path, mode) == 0 else { throw failure(entry.path) }
    }
    for entry in entries {
      try makeFolder(folder, Array(entry.path.dropLast()))
      let path = url(folder, entry.path).path
      switch entry.kind {
      case .folder: break
      case .bytes(let bytes): try write(bytes, to: path, entry)
      case .copy(let source, let count):
        let data: Data
        do { data = try Data(contentsOf: source, options: .mappedIfSafe) } catch {
          throw AuthoringError(.system, "\(source.path): \(error.words)")
        }
        guard data.count == count else {
          throw AuthoringError(.system, "\(source.path) changed while it was read")
        }
        try write(data, to: path, entry)
      case .link(let target):
        guard symlink(target, path) == 0 else { throw failure(entry.path) }
      }
    }
  }

  private func write(
    _ bytes: some ContiguousBytes, to path: String, _ entry: Entry
  ) throws(AuthoringError) {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure(entry.path) }
    defer { close(file) }
    let isWritten = bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = Foundation.write(
          file, buffer.baseAddress?.advanced(by: written), buffer.count - written)
        if count < 0, errno != EINTR { return false }
        written += max(0, count)
      }
      return true
    }
    guard isWritten, fchmod(file, entry.mode & 0o755 | 0o400) == 0 else {
      throw failure(entry.path)
    }
  }

  private func makeFolder(_ folder: URL, _ path: [String]) throws(AuthoringError) {
    for count in 1..<path.count + 1 {
      let made = mkdir(url(folder, Array(path[..<count])).path, 0o755)
      guard made == 0 || errno == EEXIST else { throw failure(path) }
    }
  }

  private func url(_ folder: URL, _ path: [String]) -> URL {
    path.reduce(folder) { $0.appendingPathComponent($1) }
  }

  private func failure(_ path: [String]) -> AuthoringError {
    let reason = String(cString: strerror(errno))
    return AuthoringError(.system, "\(path.joined(separator: "/")) can't be written: \(reason)")
  }
}
