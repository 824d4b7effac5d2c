import ChatCore
import Foundation

/// A log file that is renamed to `NAME.1` when it is full, `NAME.1` to `NAME.2`, and so on; the
/// oldest is removed.
///
/// A log that can't be written must not harm the child: writing stops until the next line, and the
/// failure is counted there.
struct RotatedFile: ~Copyable, Sendable {
  private let path: String
  private let maxBytes: Int
  private let fileCount: Int
  private var descriptor: Int32 = -1
  private var byteCount = 0

  /// The file at `path`, at most `maxBytes` long, with `fileCount` files in all.
  init(path: String, maxBytes: Int, fileCount: Int) {
    self.path = path
    self.maxBytes = maxBytes
    self.fileCount = fileCount
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Writes a line: time, stream, generation, text.
  mutating func append(_ line: LogLine) {
    var text = "\(line.at) \(line.stream.rawValue) \(line.generation) \(line.text)\n"
    if descriptor < 0 || byteCount + text.utf8.count > maxBytes { open() }
    guard descriptor >= 0 else { return }
    byteCount += max(0, text.withUTF8 { write(descriptor, $0.baseAddress, $0.count) })
  }

  private mutating func open() {
    if descriptor >= 0 {
      close(descriptor)
      rotate()
    }
    descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    let end = descriptor < 0 ? 0 : lseek(descriptor, 0, SEEK_END)
    byteCount = max(0, Int(end))
    if byteCount >= maxBytes {
      close(descriptor)
      rotate()
      descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
      byteCount = 0
    }
  }

  private func rotate() {
    for index in stride(from: fileCount - 1, to: 0, by: -1) {
      let older = "\(path).\(index)"
      rename(index == 1 ? path : "\(path).\(index - 1)", older)
    }
    if fileCount == 1 { unlink(path) }
  }
}
