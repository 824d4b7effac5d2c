/// Decides after each death whether and when a child is started again. Pure: time and chance are
/// handed in.
///
/// With the manifest's defaults, failures in a row, none ready for 60 s between them:
///
///     failure      1      2       3      4      5      6 within 60 s
///     wait         0      0.25 s  0.5 s  1 s    2 s    parked, tried again after 300 s
///
/// (each wait ± 20 %, never over 30 s). A parked child that fails its try is parked again at once.
package struct RestartPolicy: Hashable, Sendable {
  /// What to do.
  package enum Decision: Hashable, Sendable {
    /// Start it after `wait`; zero: at once.
    case restart(after: Duration)
    /// Leave it, and try once after `retry`; nil: until a person starts it.
    case park(retry: Duration?)
    /// The policy is at its end.
    case stop
  }

  let rules: Manifest.Restart
  /// Failures since the backoff began anew.
  private var failureCount = 0
  /// When the failures of the last period were.
  private(set) var failures: [Duration] = []
  private var isProbing = false

  /// A policy that has seen no failure.
  package init(_ rules: Manifest.Restart) { self.rules = rules }

  /// Decides after a death.
  /// - Parameters:
  ///   - exitCode: what it exited with; nil where a signal ended it, or chatd did.
  ///   - readyFor: how long it had been ready; nil: it never was.
  ///   - now: the steady clock's time.
  ///   - chance: a number from 0 to 1, for the jitter.
  package mutating func decide(
    exitCode: Int32?, readyFor: Duration?, now: Duration, chance: Double
  ) -> Decision {
    if let exitCode, rules.neverOn.contains(exitCode) { return .park(retry: nil) }
    switch rules.policy {
    case .temporary: return .stop
    case .transient where exitCode == 0: return .stop
    case .transient, .permanent: break
    }
    if let readyFor, readyFor >= rules.resetAfter {
      failureCount = 0
      isProbing = false
    }
    failureCount += 1
    failures = failures.filter { now - $0 < rules.period } + [now]
    if isProbing || failures.count > rules.intensity { return .park(retry: rules.parkRetry) }
    return .restart(after: wait(chance))
  }

  /// Says that a parked child is now tried.
  package mutating func probe() { isProbing = true }

  private func wait(_ chance: Double) -> Duration {
    guard failureCount > 1 else { return .zero }
    var wait = rules.backoffInitial
    for _ in 2..<max(failureCount, 2) where wait < rules.backoffMax {
      wait = wait * rules.backoffFactor
    }
    let factor: Double = 1 + rules.jitter * (2 * chance - 1)
    return min(min(wait, rules.backoffMax) * factor, rules.backoffMax)
  }
}
