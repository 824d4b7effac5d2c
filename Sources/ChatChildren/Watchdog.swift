/// Tells from silence that a child hangs. Pure: it is told of every tick and of every frame.
package struct Watchdog: Hashable, Sendable {
  /// What a tick leads to.
  package enum Step: Hashable, Sendable {
    case nothing
    case ping
    /// Ping it, and show that it answers no more.
    case suspect
    case end(missed: Int)
  }

  private let rules: Manifest.Watchdog
  private var missed = 0
  /// Missed pings in a row that were the machine's fault.
  private var excused = 0
  private var wasHeard = true
  private var isAsked = false
  private var lastTick: Duration

  /// A watchdog over a child that has just become ready.
  package init(_ rules: Manifest.Watchdog, now: Duration) {
    self.rules = rules
    lastTick = now
  }

  /// Any frame came.
  /// - Returns: whether it had been suspect.
  package mutating func heard() -> Bool {
    let wasSuspect = missed >= rules.suspectAfter
    wasHeard = true
    (missed, excused) = (0, 0)
    return wasSuspect
  }

  /// The interval is over.
  ///
  /// A child that holds a request it may still be working on is not pinged. A tick that comes late
  /// by half an interval says that chatd itself was starved; what the child missed meanwhile does
  /// not count. `isStarved` says that the machine was: that does not count either, but `killAfter`
  /// times in a row at most, since on a machine that is always busy a child that hangs has to be
  /// ended too.
  package mutating func tick(isBusy: Bool, isStarved: Bool = false, now: Duration) -> Step {
    let isLate = now - lastTick > rules.interval * 3 / 2
    lastTick = now
    if isBusy {
      isAsked = false
      return .nothing
    }
    if isAsked && !wasHeard {
      if isStarved && !isLate && excused < rules.killAfter {
        excused += 1
      } else if !isLate {
        missed += 1
      }
    }
    isAsked = true
    wasHeard = false
    if missed >= rules.killAfter { return .end(missed: missed) }
    return missed >= rules.suspectAfter ? .suspect : .ping
  }
}
