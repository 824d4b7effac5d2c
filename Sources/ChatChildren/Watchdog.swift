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
    missed = 0
    return wasSuspect
  }

  /// The interval is over.
  ///
  /// A child that holds a request it may still be working on is not pinged. A tick that comes late
  /// by half an interval says that chatd itself was starved; whatever the child missed meanwhile
  /// does not count.
  package mutating func tick(isBusy: Bool, now: Duration) -> Step {
    let wasStarved = now - lastTick > rules.interval * 3 / 2
    lastTick = now
    if isBusy {
      isAsked = false
      return .nothing
    }
    if isAsked && !wasHeard && !wasStarved { missed += 1 }
    isAsked = true
    wasHeard = false
    if missed >= rules.killAfter { return .end(missed: missed) }
    return missed >= rules.suspectAfter ? .suspect : .ping
  }
}
