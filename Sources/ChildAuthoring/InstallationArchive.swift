import CArchive
import Foundation

/// Reads a tar or a zip with libarchive, one entry after the other.
final class InstallationArchive {
  private let archive: OpaquePointer
  private let complaint: InstallationComplaint
  /// Nil for a zip, in which each file is packed by itself.
  private let stream: InstallationStream?

  /// Writes everything in the archive at `url`, of whatever kind its bytes say it is.
  /// - Throws: `AuthoringError` for what is no archive, or a damaged one; the policy's.
  static func read(_ url: URL, into writer: inout InstallationWriter) throws(AuthoringError) {
    let complaint = InstallationComplaint(name: url.path, tooMuch: writer.policy.tooMuch)
    // libarchive gives names in the thread's encoding, and programs start out with ASCII.
    guard let utf8 = newlocale(1 << LC_CTYPE, "C.UTF-8", nil) else {
      throw AuthoringError(.system, "there is no locale C.UTF-8, which names are read in")
    }
    let usual = uselocale(utf8)
    defer {
      uselocale(usual)
      freelocale(utf8)
    }
    let file = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else {
      throw AuthoringError(.system, "\(url.path): \(String(cString: strerror(errno)))")
    }
    defer { close(file) }
    let limits = writer.policy.limits
    // Headers, and what fills a tar's blocks, come on top of the files.
    let limit = limits.byteCount + limits.entryCount * 4096
    try InstallationArchive(file, limit: limit, complaint).read(into: &writer)
  }

  private init(
    _ file: Int32, limit: Int, _ complaint: InstallationComplaint
  ) throws(AuthoringError) {
    guard let archive = archive_read_new() else {
      throw AuthoringError(.system, String(cString: strerror(ENOMEM)))
    }
    (self.archive, self.complaint) = (archive, complaint)
    var magic: [UInt8] = [0, 0]
    guard pread(file, &magic, 2, 0) == 2, magic == Array("PK".utf8) else {
      let stream = try InstallationStream(file, limit: limit, complaint: complaint)
      self.stream = stream
      archive_read_support_format_tar(archive)
      let result = archive_read_open(
        archive, Unmanaged.passUnretained(stream).toOpaque(), nil, give, nil)
      guard result == ARCHIVE_OK else { throw failure }
      return
    }
    stream = nil
    // By its directory alone: read from the front, a zip may hold something else.
    archive_read_support_format_zip_seekable(archive)
    var status = stat()
    guard fstat(file, &status) == 0, status.st_size <= limit else { throw complaint.tooMuch }
    guard archive_read_open_fd(archive, file, 64 << 10) == ARCHIVE_OK else { throw failure }
  }

  deinit { archive_read_free(archive) }

  /// Why libarchive could not go on.
  private var failure: AuthoringError {
    if let failure = stream?.failure { return failure }
    return archive_format(archive) == 0 ? complaint.unknown : complaint.damaged(archive.words)
  }

  private func read(into writer: inout InstallationWriter) throws(AuthoringError) {
    while let header = try next() {
      let entry = try entry(header, writer.policy)
      try writer.write(entry) { buffer throws(AuthoringError) in
        let count = archive_read_data(archive, buffer.baseAddress, buffer.count)
        guard count >= 0 else {
          throw stream?.failure
            ?? complaint.damaged("\(entry.path.printable): \(archive.words)")
        }
        return count
      }
    }
  }

  /// The next entry's header, which stays until the next call.
  /// - Returns: nil at the end.
  private func next() throws(AuthoringError) -> OpaquePointer? {
    let start = archive_filter_bytes(archive, 0)
    var header: OpaquePointer?
    switch archive_read_next_header(archive, &header) {
    case ARCHIVE_OK: return header
    case ARCHIVE_EOF:
      guard let stream else { return nil }
      // A tar ends with blocks of zeros, which libarchive does not insist on: one that was cut off
      // between two files would be taken for whole.
      guard archive_filter_bytes(archive, 0) - start >= 512 else {
        throw stream.failure ?? complaint.damaged("its end is missing")
      }
      try stream.finish()
      return nil
    default: throw failure
    }
  }

  private func entry(
    _ header: OpaquePointer, _ policy: InstallationPolicy
  ) throws(AuthoringError) -> InstallationPolicy.Entry {
    let bytes = archive_entry_pathname(header)
    let path = archive_entry_pathname_utf8(header) ?? bytes
    guard let path else { throw complaint.damaged("there is an entry without a name") }
    var entry = InstallationPolicy.Entry(
      path: String(cString: path), kind: .init(archive_entry_filetype(header)),
      mode: archive_entry_perm(header) & 0o777)
    if archive_entry_hardlink(header) != nil { entry.kind = .other("a link") }
    if archive_entry_size_is_set(header) != 0 { entry.byteCount = Int(archive_entry_size(header)) }
    guard String(validatingCString: path) != nil else {
      throw policy.refusal(of: entry, "has a name that is not UTF-8")
    }
    guard archive_entry_is_encrypted(header) == 0 else {
      throw policy.refusal(of: entry, "is encrypted")
    }
    return entry
  }

  /// The archive's name without what says its kind.
  static func stem(of url: URL) -> String {
    let name = url.lastPathComponent
    let endings = [
      ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar.bz2", ".tbz2", ".tar",
      ".zip",
    ]
    let ending = endings.first { name.lowercased().hasSuffix($0) }
    return String(name.dropLast(ending?.count ?? 0))
  }
}

/// Gives libarchive the next bytes of the stream that is its `context` (archive_read_callback(3)).
private func give(
  _: OpaquePointer?, context: UnsafeMutableRawPointer?,
  bytes: UnsafeMutablePointer<UnsafeRawPointer?>?
) -> Int {
  guard let context, let bytes else { return -1 }
  let stream = Unmanaged<InstallationStream>.fromOpaque(context).takeUnretainedValue()
  guard let next = stream.next() else { return stream.failure == nil ? 0 : -1 }
  bytes.pointee = next.baseAddress
  return next.count
}
