/// Spares a chat the deadline of a child that answers nothing in time: after some timeouts in a row
/// the child is skipped, until one message, given to it as a probe, is answered in time. Pure: time
/// is handed in.
///
///     timeouts in a row      1 … 4    5       the probe's, the next probe's …
///     then it is             asked    skipped for 30 s, 60 s, 120 s … 300 s, then probed
///
/// Only what turns wait for counts. A new generation is probed at once.
package struct Circuit: Hashable, Sendable {
  private enum State: Hashable {
    case closed
    /// Skipped until then.
    case open(until: Duration)
    /// One message is with it, all others are skipped.
    case probing
  }

  /// Timeouts in a row that open it.
  package static let limit = 5
  /// How long it is skipped, the first and the longest time.
  package static let pauses: (first: Duration, last: Duration) = (.seconds(30), .seconds(300))

  private var state = State.closed
  private var pause = Self.pauses.first
  /// Messages in a row that it did not answer in time.
  package private(set) var timeoutCount = 0

  /// A circuit that is closed: the child is asked.
  package init() {}

  /// Until when the child is skipped; nil where it is asked, or only a probe is awaited.
  package var openUntil: Duration? {
    if case .open(let until) = state { until } else { nil }
  }

  /// Asks whether a message may be given to the child; where it may after a pause, it is the probe.
  package mutating func admits(now: Duration) -> Bool {
    switch state {
    case .closed: return true
    case .open(let until) where now < until: return false
    case .open:
      state = .probing
      return true
    case .probing: return false
    }
  }

  /// A message was answered in time, whatever the answer.
  package mutating func answered() { self = Circuit() }

  /// A message was not answered in time.
  package mutating func timedOut(now: Duration) {
    timeoutCount += 1
    guard timeoutCount >= Self.limit else { return }
    switch state {
    case .closed: break
    case .probing: pause = min(pause * 2, Self.pauses.last)
    // One that had been given out before it opened.
    case .open: return
    }
    state = .open(until: now + pause)
  }

  /// A message that it admitted never was a fair try: the child ended, or a person changed their
  /// mind.
  package mutating func abandoned(now: Duration) {
    if case .probing = state { state = .open(until: now) }
  }

  /// Another process takes the child's place: the next message is its probe.
  package mutating func renewed(now: Duration) {
    if state != .closed { state = .open(until: now) }
  }
}
