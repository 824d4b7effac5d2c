import CArchive
import CZlib
import Foundation

/// The bytes of a file with its compression taken off, up to a limit.
final class InstallationStream {
  private enum Source {
    /// By zlib itself: libarchive does not hold a gzip to its checksum.
    case gzip(gzFile)
    /// By libarchive, as a file in no archive.
    case other(OpaquePointer)
  }

  private let source: Source
  private let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
  private let complaint: InstallationComplaint
  private var room: Int
  /// Why there are no more bytes; nil: the last of them has come.
  private(set) var failure: AuthoringError?

  /// - Parameters:
  ///   - file: a descriptor, which is left open.
  ///   - limit: of the bytes that come out.
  init(
    _ file: Int32, limit: Int, complaint: InstallationComplaint
  ) throws(AuthoringError) {
    (room, self.complaint) = (limit, complaint)
    var magic: [UInt8] = [0, 0]
    let count = pread(file, &magic, 2, 0)
    guard count > 0 else { throw complaint.unknown }
    if magic == [0x1F, 0x8B] {
      let copy = dup(file)
      guard let stream = gzdopen(copy, "rb") else {
        close(copy)
        throw complaint.damaged(String(cString: strerror(errno)))
      }
      source = .gzip(stream)
    } else {
      guard let archive = archive_read_new() else {
        throw complaint.damaged(String(cString: strerror(ENOMEM)))
      }
      source = .other(archive)
      try open(file, with: archive)
    }
  }

  deinit {
    switch source {
    case .gzip(let stream): gzclose_r(stream)
    case .other(let archive): archive_read_free(archive)
    }
    chunk.deallocate()
  }

  private func open(_ file: Int32, with archive: OpaquePointer) throws(AuthoringError) {
    // Where it has no library for one it would start a program, which it says with a warning.
    guard archive_read_support_format_raw(archive) == ARCHIVE_OK,
      archive_read_support_filter_bzip2(archive) == ARCHIVE_OK,
      archive_read_support_filter_xz(archive) == ARCHIVE_OK,
      archive_read_support_filter_zstd(archive) == ARCHIVE_OK
    else { throw complaint.damaged(archive.words) }
    var entry: OpaquePointer?
    guard archive_read_open_fd(archive, file, chunk.count) == ARCHIVE_OK,
      archive_read_next_header(archive, &entry) == ARCHIVE_OK
    else { throw complaint.damaged(archive.words) }
    // The last of the filters is the file itself. What is packed twice may be far larger in between
    // than it is at the end.
    guard archive_filter_count(archive) <= 2 else { throw complaint.unknown }
  }

  /// The next bytes, which stay until the next call.
  /// - Returns: nil at the end, and after a `failure`.
  func next() -> UnsafeRawBufferPointer? {
    guard failure == nil else { return nil }
    let count = read()
    room -= max(0, count)
    if room < 0 { failure = complaint.tooMuch }
    guard failure == nil, count > 0 else { return nil }
    return UnsafeRawBufferPointer(rebasing: chunk[..<count])
  }

  private func read() -> Int {
    switch source {
    case .gzip(let stream):
      let count = gzread(stream, chunk.baseAddress, UInt32(chunk.count))
      // One that is cut off gives what there is of it, and this.
      var code = Z_OK
      let words = gzerror(stream, &code)
      if code != Z_OK { failure = complaint.damaged(words.map { String(cString: $0) } ?? "") }
      return Int(count)
    case .other(let archive):
      let count = archive_read_data(archive, chunk.baseAddress, chunk.count)
      if count < 0 { failure = complaint.damaged(archive.words) }
      return count
    }
  }

  /// Reads to the end, so that a checksum there is looked at.
  func finish() throws(AuthoringError) {
    while next() != nil {}
    if let failure { throw failure }
  }
}

/// Why an archive is refused as a whole.
struct InstallationComplaint {
  /// The archive, as complaints call it.
  let name: String
  let tooMuch: AuthoringError

  /// For what begins as an archive and then is none.
  /// - Parameter words: the library's.
  func damaged(_ words: String) -> AuthoringError {
    AuthoringError(.child, "\(name): the archive is damaged: \(words)")
  }

  /// For what does not even begin as one.
  var unknown: AuthoringError {
    AuthoringError(
      .child, "\(name): expected a .tar, .tar.gz, .tar.xz, .tar.zst, .tar.bz2 or .zip")
  }
}

extension OpaquePointer {
  /// libarchive's words about what went wrong with this `struct archive`.
  var words: String {
    archive_error_string(self).map { String(cString: $0) } ?? "for no known reason"
  }
}
