import ChatChildren
import ChatCore
import ChildProtocol
import Foundation
import Synchronization

/// What a rig's threads tell one another.
final class RigBoard: Sendable {
  /// An answer of the child's.
  struct Answer: Sendable {
    let outcome: Result<JSON, RPCFailure>
    let at: Duration
  }

  /// A request to the child.
  struct Asked: Sendable {
    let method: String
    let at: Duration
    var answers: [Answer] = []
    /// When the child last gave a sign of it: a partial.
    var lastSign: Duration?
    /// The longest it was silent about it, from the question to the answer; nil: not answered.
    var longestSilence: Duration? {
      answers.first.map { max(silence, $0.at - (lastSign ?? at)) }
    }
    var silence = Duration.zero
    /// Its answer was over 1 MiB and could not be kept.
    var isTooLong = false
    /// Nothing is to be waited for any more.
    var isSettled: Bool { isTooLong || !answers.isEmpty }
  }

  struct Contents: Sendable {
    var transcript: RigTranscript
    private(set) var breaches: [RigBreach] = []
    var asked: [Int64: Asked] = [:]
    var lastID: Int64 = 0
    var host: RigHost
    /// What the pump is to write next, and the orders for it.
    var outbox: [RigPump.Piece] = []
    var orders: [RigPump.Order] = []
    var pid: Int32?
    var connectionCount = 0
    /// The child's end of the stream, or that of the whole connection.
    var isStreamOver = false
    var openPipeCount = 0
    var spawnFailure: String?
    var end: (ProcessEnd, at: Duration)?
    var isGone = false
    fileprivate var waiters: [DispatchSemaphore] = []

    /// Nothing comes any more. What a child sent before it ended may still be unread: until then it
    /// has only ended.
    var isOver: Bool { isStreamOver || (end != nil && connectionCount == 0) }

    /// More are no news: the child does nothing else.
    private static let breachLimit = 20_000

    mutating func keep(_ breach: RigBreach) {
      if breaches.count < Self.breachLimit { breaches.append(breach) }
    }

    /// Hands out what was kept since this was last asked for.
    mutating func takeBreaches() -> [RigBreach] {
      defer { breaches = [] }
      return breaches
    }
  }

  private let contents: Mutex<Contents>
  private let start = ContinuousClock.now
  /// Written to by `wake`, read by the pump.
  let wakeEnds: (reader: Int32, writer: Int32)

  init(_ host: RigHost, isOpenEnded: Bool = false) throws(AuthoringError) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw AuthoringError(.system, "making a pair of sockets failed: errno \(errno)")
    }
    wakeEnds = (ends[0], ends[1])
    contents = Mutex(Contents(transcript: RigTranscript(rolls: isOpenEnded), host: host))
  }

  deinit {
    close(wakeEnds.reader)
    close(wakeEnds.writer)
  }

  /// Since the child's start was asked for.
  var now: Duration { start.duration(to: .now) }

  /// Changes what is there, and wakes who waits for something.
  func change<T: Sendable>(_ body: (inout sending Contents) -> sending T) -> T {
    let (result, waiters) = contents.withLock { contents in
      let result = body(&contents)
      let waiters = contents.waiters
      contents.waiters = []
      return (result, waiters)
    }
    for waiter in waiters { waiter.signal() }
    return result
  }

  /// Looks at what is there.
  func look<T: Sendable>(_ body: (Contents) -> T) -> T { contents.withLock { body($0) } }

  /// Waits until `find` finds something, but no longer than `limit`. Blocks.
  func wait<T: Sendable>(within limit: Duration, for find: (Contents) -> T?) -> T? {
    let end = DispatchTime.now() + .milliseconds(Int(limit.wholeMilliseconds))
    while true {
      let semaphore = DispatchSemaphore(value: 0)
      let found = contents.withLock { contents -> T? in
        if let found = find(contents) { return found }
        contents.waiters.append(semaphore)
        return nil
      }
      if let found { return found }
      if semaphore.wait(timeout: end) == .timedOut { return contents.withLock { find($0) } }
    }
  }

  /// Adds a line of the rig's own to the transcript.
  func note(_ text: String) {
    let now = now
    change { $0.transcript.add(.note, text.utf8, at: now) }
  }

  /// Makes the pump look at its orders.
  func wake() {
    var byte: UInt8 = 0
    // Full or not, there is something to read then.
    _ = write(wakeEnds.writer, &byte, 1)
  }
}

/// Something that a child did against the contract, beside what it was tried for.
struct RigBreach: Hashable, Sendable {
  /// Which kind.
  enum Kind: Hashable, Sendable {
    /// A frame that is none, or no JSON-RPC.
    case frame
    /// The id of an answer is not what was asked with, though it can be told what it answers.
    case identifier
    /// An answer without an id: to a notification, most likely.
    case answeredNotification
    /// A second answer to a request.
    case answeredTwice
    /// An answer to what was not asked, or a method that chatd does not know.
    case unasked
    /// The result of a message is none.
    case reply
  }

  let kind: Kind
  /// "it sent …"
  let text: String
}
