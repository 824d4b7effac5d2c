import Foundation

/// Writes the files of a child below a folder, which is there and empty, as far as the policy lets
/// it. Nobody but the user may write to what comes out, and nothing runs as somebody else.
struct InstallationWriter {
  let folder: URL
  private(set) var policy: InstallationPolicy
  private static let chunkByteCount = 64 << 10

  /// Where a file's bytes come from: it fills the buffer as far as it can.
  /// - Returns: how many it put there; 0 at the end.
  typealias Read = (UnsafeMutableRawBufferPointer) throws(AuthoringError) -> Int

  init(_ folder: URL, _ policy: InstallationPolicy) {
    (self.folder, self.policy) = (folder, policy)
  }

  /// Writes an entry; `read` is asked for a file's content.
  /// - Throws: `AuthoringError`: the policy's, or one that names the file and the system's reason.
  mutating func write(
    _ entry: InstallationPolicy.Entry, _ read: Read
  ) throws(AuthoringError) {
    let place = try policy.admit(entry)
    for path in place.newFolders {
      guard mkdir(url(path), 0o755) == 0 else { throw failure(path) }
    }
    guard !place.path.isEmpty else { return }
    switch entry.kind {
    case .folder:
      guard chmod(url(place.path), entry.mode & 0o755 | 0o700) == 0 else {
        throw failure(place.path)
      }
    case .file: try writeFile(entry, place.path, read)
    case .other: break  // The policy refuses it.
    }
  }

  private mutating func writeFile(
    _ entry: InstallationPolicy.Entry, _ path: String, _ read: Read
  ) throws(AuthoringError) {
    let file = open(url(path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure(path) }
    defer { close(file) }
    let chunk = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.chunkByteCount, alignment: 1)
    defer { chunk.deallocate() }
    var byteCount = 0
    while true {
      let count = try read(chunk)
      guard count > 0 else { break }
      try policy.admit(count, to: entry, having: byteCount)
      byteCount += count
      let bytes = UnsafeRawBufferPointer(rebasing: chunk[..<count])
      guard Self.write(bytes, to: file) else { throw failure(path) }
    }
    guard fchmod(file, entry.mode & 0o755 | 0o400) == 0 else { throw failure(path) }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let left = UnsafeRawBufferPointer(rebasing: rest)
      let count = Foundation.write(file, left.baseAddress, left.count)
      if count < 0, errno != EINTR { return false }
      rest = rest.dropFirst(max(0, count))
    }
    return true
  }

  private func url(_ path: String) -> String { folder.path + "/" + path }

  private func failure(_ path: String) -> AuthoringError {
    let reason = String(cString: strerror(errno))
    return AuthoringError(.system, "\(path) can't be written: \(reason)")
  }
}
