import ChatCore
import NIOCore

/// What one WebSocket client gets of what happens: the rules, without the socket.
///
/// Numbered changes up to `floor` it has had. While it is held, because its `subscribe` reads the
/// log, numbered ones are kept back and the rest is left out: the answer will show where that
/// stands.
struct Watcher {
  /// What to do with a frame.
  enum Verdict {
    case send
    case skip
    /// More is kept back than may be.
    case overflow
  }

  /// A log that the client follows.
  private enum Tail {
    /// The log is being read: what comes meanwhile.
    case held([LogLine], dropped: Int)
    case live(dropped: Int)
  }

  private let eventLimit: Int
  private let byteLimit: Int
  private(set) var floor: Int64
  private var threads: Set<ThreadID>?
  private var held: [LiveFrame]?
  private var heldBytes = 0
  private var tails: [ChildID: Tail] = [:]

  /// Watches everything after `floor`; held back are at most so many frames and bytes.
  init(floor: Int64, eventLimit: Int, byteLimit: Int) {
    self.floor = floor
    self.eventLimit = eventLimit
    self.byteLimit = byteLimit
  }

  /// Whether every frame but those of logs, numbered from `seq` on, is sent as it is.
  func takesEverything(from seq: Int64?) -> Bool {
    held == nil && threads == nil && seq.map { $0 > floor } ?? true
  }

  /// Decides about a frame that is not of a log.
  mutating func take(_ frame: LiveFrame) -> Verdict {
    switch frame.kind {
    case .change(let seq):
      guard seq > floor else { return .skip }
      guard held != nil else { return .send }
      heldBytes += frame.bytes.readableBytes
      held?.append(frame)
      return (held?.count ?? 0) > eventLimit || heldBytes > byteLimit ? .overflow : .skip
    case .passing(let thread):
      return held == nil && threads?.contains(thread) ?? true ? .send : .skip
    case .children: return held == nil ? .send : .skip
    case .log: return .skip
    }
  }

  /// Keeps back what happens from now on.
  mutating func hold() { (held, heldBytes) = ([], 0) }

  /// Lets go on after a subscription to `threads` (nil: all) whose answer shows the log up to
  /// `seq`.
  /// - Returns: what was kept back and comes after that.
  mutating func release(at seq: Int64, threads: Set<ThreadID>?) -> [LiveFrame] {
    let kept = held ?? []
    (held, heldBytes) = (nil, 0)
    self.threads = threads
    floor = seq
    return kept.filter { take($0) == .send }
  }

  /// Lets go on as before, after a subscription that came to nothing.
  mutating func release() -> [LiveFrame] { release(at: floor, threads: threads) }

  /// Keeps a child's lines until `follow` says what the client has of them.
  mutating func holdLog(of child: ChildID) {
    if tails[child] == nil { tails[child] = .held([], dropped: 0) }
  }

  /// Sends the child's lines from now on.
  /// - Returns: those that came meanwhile and are not at the end of `read`.
  mutating func follow(_ child: ChildID, after read: [LogLine]) -> (lines: [LogLine], dropped: Int)
  {
    guard case .held(let lines, let dropped) = tails[child] else { return ([], 0) }
    tails[child] = .live(dropped: 0)
    let most = min(lines.count, read.count)
    let known = (0...most).reversed().first { read.suffix($0).elementsEqual(lines.prefix($0)) } ?? 0
    return (Array(lines.dropFirst(known)), dropped)
  }

  /// Sends the child's lines no more.
  mutating func unfollow(_ child: ChildID) { tails[child] = nil }

  /// Decides about lines of a log; while the socket is `busy` they are counted and left out.
  /// - Returns: how many were left out before these; nil: they are not sent.
  mutating func take(_ lines: [LogLine], dropped: Int, of child: ChildID, busy: Bool) -> Int? {
    switch tails[child] {
    case nil: return nil
    case .held(let waiting, let before):
      let isFull = waiting.count + lines.count > eventLimit
      tails[child] =
        isFull
        ? .held(waiting, dropped: before + dropped + lines.count)
        : .held(waiting + lines, dropped: before + dropped)
      return nil
    case .live(let before):
      tails[child] = .live(dropped: busy ? before + dropped + lines.count : 0)
      return busy ? nil : before + dropped
    }
  }
}
