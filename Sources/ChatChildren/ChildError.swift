import Foundation

/// What the system refused while a child was to be started or supervised.
package enum ChildError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A system call failed: what was being done, and errno.
  case system(doing: String, errno: Int32)
  /// Something about a child is not as expected.
  case unusable(reason: String)

  package var description: String {
    switch self {
    case .system(let doing, let errno): "\(doing): \(words(of: errno))"
    case .unusable(let reason): reason
    }
  }

  private func words(of errno: Int32) -> String {
    var text = [CChar](repeating: 0, count: 256)
    // The XSI variant: it writes to the buffer whatever other threads do.
    _ = strerror_r(errno, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
