import Foundation

/// Watches processes, whoever's they are, for their end: by descriptors of the kernel's, so that
/// nothing is polled and no number that was given anew is taken for the old process.
package final class ProcessWatch: Sendable {
  private let descriptors: [Int32]

  /// Begins to watch; one that is gone already has ended.
  package init(_ pids: [Int32]) {
    descriptors = pids.map { Self.open($0) }.filter { $0 >= 0 }
  }

  deinit { for descriptor in descriptors { close(descriptor) } }

  /// Waits until all have ended, but no longer than `limit`.
  package func sawAllEnd(within limit: Duration) -> Bool {
    let end = ContinuousClock.now + limit
    return descriptors.allSatisfy { descriptor in
      var look = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      var count: Int32
      repeat {
        let left = max(.zero, ContinuousClock.now.duration(to: end))
        count = poll(&look, 1, Int32(clamping: Int64(left / .milliseconds(1)) + 1))
      } while count < 0 && errno == EINTR
      return count == 1
    }
  }

  /// `pidfd_open(2)`, which Swift's view of glibc (from 2.36) leaves out.
  private static func open(_ pid: Int32) -> Int32 {
    typealias Open = @convention(c) (pid_t, UInt32) -> Int32
    guard let function = dlsym(nil, "pidfd_open") else { preconditionFailure("glibc is too old") }
    let descriptor = unsafeBitCast(function, to: Open.self)(pid, 0)
    precondition(descriptor >= 0 || errno == ESRCH, "process \(pid) can't be watched: \(errno)")
    return descriptor
  }
}
