import ChatCore
import Foundation

/// A log file that is renamed to `NAME.1` when it is full, `NAME.1` to `NAME.2`, and so on; the
/// oldest is removed.
///
/// A log that can't be written must not harm the child: the line is left out, and the next one is
/// tried.
struct RotatedFile: ~Copyable, Sendable {
  private let path: String
  private var maxBytes: Int
  private var fileCount: Int
  private var descriptor: Int32 = -1
  private var byteCount = 0

  /// The file at `path`, at most `maxBytes` long, with `fileCount` files in all.
  init(path: String, maxBytes: Int, fileCount: Int) {
    self.path = path
    self.maxBytes = maxBytes
    self.fileCount = fileCount
  }

  /// Other limits from now on; what is beyond them goes with the next line.
  mutating func adopt(maxBytes: Int, fileCount: Int) {
    (self.maxBytes, self.fileCount) = (maxBytes, fileCount)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Writes a line: time, stream, generation, text.
  mutating func append(_ line: LogLine) {
    var text = "\(line.at) \(line.stream.rawValue) \(line.generation) \(line.text)\n"
    let count = text.utf8.count
    if descriptor < 0 { open() }
    if byteCount > 0, byteCount + count > maxBytes { rotate() }
    guard descriptor >= 0 else { return }
    byteCount += max(0, text.withUTF8 { write(descriptor, $0.baseAddress, $0.count) })
  }

  private mutating func open(_ flags: Int32 = 0) {
    descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | flags, 0o600)
    let end = descriptor < 0 ? 0 : lseek(descriptor, 0, SEEK_END)
    byteCount = max(0, Int(end))
  }

  private mutating func rotate() {
    close(descriptor)
    for index in stride(from: fileCount - 1, to: 0, by: -1) {
      let older = "\(path).\(index)"
      rename(index == 1 ? path : "\(path).\(index - 1)", older)
    }
    // Emptied, should it be there still: with one file, or where it could not be renamed.
    open(O_TRUNC)
  }
}
