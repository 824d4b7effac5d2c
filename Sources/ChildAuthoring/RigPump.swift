import ChatCore
import Foundation

/// The one thread of a rig that owns its descriptors: it accepts the child, writes what is to be
/// written, and reads frames and log until it is told to finish.
struct RigPump {
  /// A piece of what is to be written.
  enum Piece: Sendable {
    /// In one write, as far as the socket takes it. Where `awaitsReading`, nothing more is written
    /// until the child has read it, or `readingLimit` is over: so it comes to it alone.
    case bytes([UInt8], awaitsReading: Bool = false)
    /// The end of our half of the stream.
    case end
  }

  enum Order: Sendable {
    /// The child's output, to be read to its end.
    case read(output: Int32, errors: Int32)
    /// Closes the connection at once.
    case disconnect
    /// Reads what is left of the log and ends.
    case finish
  }

  /// How long a piece waits for its reader.
  private static let readingLimit = Duration.seconds(1)
  /// A reader who is waited for is looked at this often.
  private static let glanceMicroseconds: UInt32 = 50
  private static let chunkByteCount = 64 << 10
  /// Frames of a child; one that sends more does nothing else.
  private static let frameLimit = 20_000
  /// While so many pieces wait to be written nothing is read of a child that is talked to without
  /// an end: one that asks and reads no answers would fill the memory.
  private static let pieceLimit = 1000

  private let board: RigBoard
  private let door: RigDoor
  private let isOpenEnded: Bool
  private var connection: Int32 = -1
  private var frames = RigFrames()
  private var frameCount = 0
  private var logs: [RigLog] = []
  private var outbox: [Piece] = []
  private var sentCount = 0
  private var awaitedSince: ContinuousClock.Instant?
  private var isDoorOpen = true
  private var isFinishing = false
  private var chunk = [UInt8](repeating: 0, count: chunkByteCount)

  init(_ board: RigBoard, _ door: RigDoor, isOpenEnded: Bool) {
    self.board = board
    self.door = door
    self.isOpenEnded = isOpenEnded
  }

  /// Runs until it is told to finish.
  mutating func run() {
    while true {
      takeOrders()
      if isFinishing { break }
      write()
      turn()
      logs.removeAll { $0.isOver }
    }
    disconnect()
    door.close()
  }

  private mutating func takeOrders() {
    let (orders, pieces) = board.change { contents in
      defer { (contents.orders, contents.outbox) = ([], []) }
      return (contents.orders, contents.outbox)
    }
    outbox += pieces
    for order in orders {
      switch order {
      case .read(let output, let errors):
        for (pipe, stream) in [(output, LogLine.Stream.stdout), (errors, .stderr)] where pipe >= 0 {
          logs.append(RigLog(pipe, stream, isOpenEnded: isOpenEnded))
        }
      case .disconnect: disconnect()
      case .finish:
        isFinishing = true
        // Whoever could still write to them is dead: what is there now is all.
        for log in logs { log.readRest(to: board) }
        logs = []
      }
    }
  }

  /// Waits for something to do, and does it.
  private mutating func turn() {
    var watched = [pollfd(fd: board.wakeEnds.reader, events: Int16(POLLIN), revents: 0)]
    watched += logs.map { pollfd(fd: $0.pipe, events: Int16(POLLIN), revents: 0) }
    let canWrite = !outbox.isEmpty && awaitedSince == nil
    let canRead = !isOpenEnded || outbox.count < Self.pieceLimit
    let events = (canRead ? Int16(POLLIN) : 0) | (canWrite ? Int16(POLLOUT) : 0)
    watched.append(pollfd(fd: connection, events: connection < 0 ? 0 : events, revents: 0))
    // Only with the child's pid can it be told from somebody else.
    let isExpected = isDoorOpen && board.look { $0.pid != nil }
    watched.append(pollfd(fd: isExpected ? door.listener : -1, events: Int16(POLLIN), revents: 0))
    let count = poll(&watched, nfds_t(watched.count), awaitedSince == nil ? -1 : 0)
    guard count > 0 else {
      // That a byte was read is no event that could be waited for.
      if awaitedSince != nil { usleep(Self.glanceMicroseconds) }
      return
    }
    if watched[0].revents != 0 { while recv(watched[0].fd, &chunk, chunk.count, 0) > 0 {} }
    for (log, look) in zip(logs, watched.dropFirst()) where look.revents != 0 {
      log.read(to: board)
    }
    if watched[logs.count + 1].revents & ~Int16(POLLOUT) != 0 { read() }
    if watched[logs.count + 2].revents != 0 { accept() }
  }

  private mutating func accept() {
    let (pid, isConnected) = board.look { ($0.pid ?? -1, $0.connectionCount > 0) }
    guard let taken = door.accept(leader: pid, board: board) else { return }
    if isConnected {
      board.note("it connected a second time and was refused")
      close(taken)
    } else {
      connection = taken
      board.note("it connected")
      isDoorOpen = door.isKept
      if !isDoorOpen { unlink(door.path) }
    }
    board.change { $0.connectionCount += 1 }
  }

  // MARK: Writing

  private mutating func write() {
    guard connection >= 0 else { return }
    if let since = awaitedSince {
      guard unreadCount == 0 || since.duration(to: .now) > Self.readingLimit else { return }
      awaitedSince = nil
    }
    while let piece = outbox.first {
      guard case .bytes(let bytes, let awaitsReading) = piece else {
        outbox.removeFirst()
        _ = shutdown(connection, Int32(SHUT_WR))
        continue
      }
      let count = bytes[sentCount...].withUnsafeBytes {
        send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0 {
        if errno == EAGAIN || errno == EINTR { return }
        board.note("writing to it failed: errno \(errno)")
        outbox = []
        return
      }
      sentCount += count
      guard sentCount == bytes.count else { continue }
      outbox.removeFirst()
      sentCount = 0
      if awaitsReading {
        awaitedSince = .now
        return
      }
    }
  }

  /// What the child has not read yet.
  private var unreadCount: Int32 {
    var count: Int32 = 0
    return ioctl(connection, UInt(TIOCOUTQ), &count) == 0 ? count : 0
  }

  // MARK: Reading

  private mutating func read() {
    let count = recv(connection, &chunk, chunk.count, 0)
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    guard count > 0 else { return streamEnded() }
    frames.append(chunk[..<count])
    while let piece = frames.next() {
      frameCount += 1
      guard isOpenEnded || frameCount <= Self.frameLimit else {
        board.breach(.frame, "it sent more than \(Self.frameLimit) frames")
        return disconnect()
      }
      switch piece {
      case .frame(let bytes): board.received(bytes)
      case .empty: board.breach(.frame, "it sent a frame of length 0")
      case .tooLong(let count, let head): board.receivedTooLong(count, head)
      case .beyondLimit(let count):
        board.breach(.frame, "it sent the length of a frame of \(count) bytes; 8 MiB is the most")
        return disconnect()
      }
    }
  }

  private mutating func streamEnded() {
    if frames.heldByteCount > 0 {
      board.breach(.frame, "it broke off within a frame")
    }
    board.note("it closed the connection")
    disconnect()
  }

  private mutating func disconnect() {
    outbox = []
    awaitedSince = nil
    guard connection >= 0 else { return }
    close(connection)
    connection = -1
    board.change { $0.isStreamOver = true }
  }
}
