import Glibc
import Synchronization

/// Signals as bytes in a pipe, so that `poll` hears of them whichever thread they reach.
///
/// A process has one of these: signal handlers are the process's.
final class FilterSignals: Sendable {
  /// Where the handler writes. The pipe is never closed: a handler may run at any time.
  private static let wakeEnd = Atomic<Int32>(-1)
  /// Those that end the adapter; its programs end first.
  private static let ending = [SIGTERM, SIGINT, SIGHUP]

  let descriptor: FilterDescriptor

  /// Listens from now on.
  /// - Throws: the errno, where there are no descriptors left.
  init() throws(FilterSystemError) {
    let (reading, writing) = try FilterDescriptor.pipe()
    try reading.unblock()
    try writing.unblock()
    descriptor = reading
    // Kept open for good: see `wakeEnd`.
    Self.wakeEnd.store(fcntl(writing.number, F_DUPFD_CLOEXEC, 3), ordering: .releasing)
    for number in Self.ending + [SIGCHLD] { _ = signal(number, Self.handle) }
    // Writing to who has gone is an error like another.
    _ = signal(SIGPIPE, SIG_IGN)
  }

  /// Runs as a signal handler: a load and a write (signal-safety(7)).
  private static let handle: @convention(c) (Int32) -> Void = { number in
    let kept = errno
    var byte = UInt8(truncatingIfNeeded: number)
    // A pipe that is full wakes as well.
    _ = write(wakeEnd.load(ordering: .acquiring), &byte, 1)
    errno = kept
  }

  /// The signals that have come since.
  func take() -> Set<Int32> {
    var found: Set<Int32> = []
    var buffer = [UInt8](repeating: 0, count: 256)
    while case .bytes(let count) = descriptor.read(into: &buffer) {
      found.formUnion(buffer[..<count].map(Int32.init))
    }
    return found
  }

  /// Ends this process as `number` would have.
  static func endSelf(by number: Int32) {
    _ = signal(number, SIG_DFL)
    // A thread of the runtime's may have it blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, number)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    _ = raise(number)
  }
}
