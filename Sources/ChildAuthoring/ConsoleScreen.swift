import Foundation

/// Where the console shows what happens, a line in one write.
final class ConsoleScreen {
  private let descriptor: Int32
  /// Nobody sees it any more: a pipe's reader has gone, or a terminal was closed.
  private(set) var isBroken = false

  init(_ descriptor: Int32 = STDOUT_FILENO) { self.descriptor = descriptor }

  /// Shows a line, or several; waits until there is room.
  func show(_ text: String) {
    var rest = Array((text + "\n").utf8)[...]
    while !rest.isEmpty, !isBroken {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&room, 1, -1)
      } else {
        isBroken = errno != EINTR
      }
    }
  }
}
