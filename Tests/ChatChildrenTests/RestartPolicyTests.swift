import ChatCore
import Testing

@testable import ChatChildren

@Suite struct RestartPolicyTests {
  private typealias Decision = RestartPolicy.Decision

  /// A policy and a clock that runs only where a test says so.
  private struct Trial {
    var policy: RestartPolicy
    var now = Duration.seconds(1000)

    init(_ change: (inout Manifest.Restart) -> Void = { _ in }) {
      var rules = Manifest.Restart()
      change(&rules)
      policy = RestartPolicy(rules)
    }

    /// The decision on a failure, `chance` of one half being no jitter.
    mutating func fail(
      _ code: Int32? = 1, after gap: Duration = .seconds(1), ready: Duration? = nil,
      chance: Double = 0.5
    ) -> Decision {
      now += gap
      return policy.decide(exitCode: code, readyFor: ready, now: now, chance: chance)
    }
  }

  @Test func `failures in a row have the waits of the type's table`() {
    var trial = Trial()
    let decisions = (1...7).map { _ in trial.fail() }
    #expect(
      decisions == [
        .restart(after: .zero), .restart(after: .milliseconds(250)),
        .restart(after: .milliseconds(500)), .restart(after: .seconds(1)),
        .restart(after: .seconds(2)), .park(retry: .seconds(300)), .park(retry: .seconds(300)),
      ])
  }

  @Test func `waits grow to their limit and stay there`() {
    var trial = Trial { rules in
      rules.intensity = 1000
      rules.backoffInitial = .seconds(1)
      rules.backoffFactor = 3
      rules.backoffMax = .seconds(10)
    }
    let waits = (1...100).map { _ in trial.fail() }
    #expect(
      Array(waits.prefix(6)) == [0, 1, 3, 9, 10, 10].map { .restart(after: .seconds($0)) })
    #expect(waits.dropFirst(5).allSatisfy { $0 == .restart(after: .seconds(10)) })
  }

  @Test func `a factor of one keeps the wait as it is`() {
    var trial = Trial { $0.backoffFactor = 1 }
    _ = trial.fail()
    for _ in 0..<4 { #expect(trial.fail() == .restart(after: .milliseconds(250))) }
  }

  @Test func `the first wait is no longer than the longest`() {
    var trial = Trial { $0.backoffInitial = .seconds(60) }
    _ = trial.fail()
    #expect(trial.fail() == .restart(after: .seconds(30)))
  }

  @Test(arguments: [(0.0, 200), (0.25, 225), (0.5, 250), (0.75, 275), (1.0, 300)])
  func `jitter moves a wait by its part at most`(chance: Double, milliseconds: Int) throws {
    var trial = Trial()
    #expect(trial.fail(chance: chance) == .restart(after: .zero))
    guard case .restart(let wait) = trial.fail(chance: chance) else {
      Issue.record("expected a restart")
      return
    }
    let off = wait - .milliseconds(milliseconds)
    #expect(off > .microseconds(-1) && off < .microseconds(1))
  }

  @Test func `no jitter puts a wait over the longest`() {
    for chance in [0.0, 0.3, 0.5, 0.9, 1.0] {
      var trial = Trial { $0.intensity = 1000 }
      for _ in 0..<40 {
        guard case .restart(let wait) = trial.fail(chance: chance) else {
          Issue.record("expected a restart")
          return
        }
        #expect(wait >= .zero && wait <= .seconds(30))
      }
    }
  }

  @Test func `without jitter chance plays no part`() {
    for chance in [0.0, 1.0] {
      var trial = Trial { $0.jitter = 0 }
      _ = trial.fail(chance: chance)
      #expect(trial.fail(chance: chance) == .restart(after: .milliseconds(250)))
    }
  }

  @Test func `having been ready for long enough starts the backoff anew`() {
    var trial = Trial { $0.intensity = 1000 }
    for _ in 0..<4 { _ = trial.fail() }
    #expect(trial.fail(ready: .milliseconds(59_999)) == .restart(after: .seconds(2)))
    #expect(trial.fail(ready: .seconds(60)) == .restart(after: .zero))
    #expect(trial.fail() == .restart(after: .milliseconds(250)))
  }

  @Test func `failures count for their period, readiness or not`() {
    var trial = Trial { rules in
      rules.resetAfter = .seconds(1)
      rules.intensity = 2
    }
    for _ in 0..<2 { #expect(trial.fail(ready: .seconds(5)) == .restart(after: .zero)) }
    #expect(trial.fail(ready: .seconds(5)) == .park(retry: .seconds(300)))
  }

  @Test func `failures that are far enough apart never park it`() {
    var trial = Trial { $0.intensity = 1 }
    for _ in 0..<20 {
      guard case .restart = trial.fail(after: .seconds(60)) else {
        Issue.record("expected a restart")
        return
      }
    }
    #expect(trial.fail(after: .milliseconds(59_999)) == .park(retry: .seconds(300)))
  }

  @Test func `an intensity of nothing parks at the first failure`() {
    var trial = Trial { $0.intensity = 0 }
    #expect(trial.fail() == .park(retry: .seconds(300)))
  }

  @Test func `without a retry it stays parked`() {
    var trial = Trial { rules in
      rules.intensity = 0
      rules.parkRetry = nil
    }
    #expect(trial.fail() == .park(retry: nil))
  }

  @Test func `a parked child that fails its try is parked at once`() {
    var trial = Trial { $0.intensity = 1 }
    _ = trial.fail()
    #expect(trial.fail() == .park(retry: .seconds(300)))
    for _ in 0..<3 {
      trial.policy.probe()
      #expect(trial.fail(after: .seconds(300)) == .park(retry: .seconds(300)))
      #expect(trial.fail(after: .seconds(300), ready: .seconds(59)) == .park(retry: .seconds(300)))
    }
    trial.policy.probe()
    #expect(trial.fail(after: .seconds(300), ready: .seconds(60)) == .restart(after: .zero))
    #expect(trial.fail(after: .seconds(61)) == .restart(after: .milliseconds(250)))
  }

  @Test(arguments: Manifest.Restart.Policy.allCases)
  func `some exit codes mean not to restart, whatever the policy`(
    policy: Manifest.Restart.Policy
  ) {
    for code: Int32 in [78, 125] {
      var trial = Trial { $0.policy = policy }
      #expect(trial.fail(code) == .park(retry: nil))
      #expect(trial.fail(code, ready: .seconds(3600)) == .park(retry: nil))
    }
    var other = Trial { $0.neverOn = [0, 3] }
    #expect(other.fail(3) == .park(retry: nil))
    #expect(other.fail(0) == .park(retry: nil))
    #expect(other.fail(78) == .restart(after: .zero))
  }

  @Test(
    arguments: [
      (Manifest.Restart.Policy.permanent, 0, true), (.permanent, 1, true), (.permanent, nil, true),
      (.transient, 0, false), (.transient, 1, true), (.transient, nil, true),
      (.temporary, 0, false), (.temporary, 1, false), (.temporary, nil, false),
    ] as [(Manifest.Restart.Policy, Int32?, Bool)])
  func `the policy says after which ends it is started again`(
    policy: Manifest.Restart.Policy, code: Int32?, isRestarted: Bool
  ) {
    var trial = Trial { $0.policy = policy }
    let expected = isRestarted ? Decision.restart(after: .zero) : .stop
    #expect(trial.fail(code) == expected)
    #expect(trial.fail(code, ready: .seconds(100)) == expected)
  }
}
