import Glibc

/// The way to the child's log, the adapter's own standard error: bounded, and never waited for.
///
/// The descriptor is shared with whoever gave it and stays as it is. It is written to only when
/// `poll` says that there is room, and then no more than a pipe takes in one piece (PIPE_BUF,
/// pipe(7)), so that it does not block.
struct FilterLog {
  static let descriptor = STDERR_FILENO
  private static let pieceByteCount = 4096

  private var waiting: [UInt8] = []
  private var isBroken = false

  /// Whether there is something to write.
  var wantsToWrite: Bool { !waiting.isEmpty }
  /// Whether programs have to wait with what they say.
  var isFull: Bool { waiting.count >= FilterLimits.logByteCount }

  /// Takes whole lines.
  mutating func append(_ lines: [UInt8]) {
    if !isBroken { waiting += lines }
  }

  /// Takes a line of the adapter's own.
  mutating func say(_ line: String) { append(Array("chatd child exec: \(line)\n".utf8)) }

  /// Writes one piece, after `poll` has said that there is room.
  mutating func write() {
    let piece = waiting.prefix(Self.pieceByteCount)
    let count = piece.withUnsafeBytes { Glibc.write(Self.descriptor, $0.baseAddress, $0.count) }
    if count > 0 {
      waiting.removeFirst(count)
    } else if count < 0, errno != EINTR, errno != EAGAIN {
      // Nobody reads the log any more. That is no reason to stop.
      isBroken = true
      waiting = []
    }
  }

  /// Writes what is left, for as long as last words may take.
  mutating func finish() {
    while wantsToWrite {
      var end = pollfd(fd: Self.descriptor, events: Int16(POLLOUT), revents: 0)
      if poll(&end, 1, FilterLimits.farewellMS) <= 0 { return }
      write()
    }
  }
}
