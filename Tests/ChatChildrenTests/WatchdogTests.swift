import ChatCore
import Testing

@testable import ChatChildren

@Suite struct WatchdogTests {
  /// A watchdog and a clock; ticks come every 5 s unless said otherwise.
  private struct Trial {
    var watchdog: Watchdog
    var now = Duration.seconds(100)

    init(_ change: (inout Manifest.Watchdog) -> Void = { _ in }) {
      var rules = Manifest.Watchdog()
      change(&rules)
      watchdog = Watchdog(rules, now: now)
    }

    mutating func tick(
      isBusy: Bool = false, isStarved: Bool = false, after gap: Duration = .seconds(5)
    ) -> Watchdog.Step {
      now += gap
      return watchdog.tick(isBusy: isBusy, isStarved: isStarved, now: now)
    }

    mutating func heard() -> Bool { watchdog.heard() }
  }

  @Test func `a silent child is suspect after three pings and ended after six`() {
    var trial = Trial()
    let steps = (1...8).map { _ in trial.tick() }
    #expect(
      steps == [
        .ping, .ping, .ping, .suspect, .suspect, .suspect, .end(missed: 6), .end(missed: 7),
      ])
  }

  @Test func `a child that is heard now and then is only pinged`() {
    var trial = Trial()
    for _ in 0..<10 {
      #expect(trial.tick() == .ping)
      #expect(trial.tick() == .ping)
      #expect(trial.tick() == .ping)
      #expect(trial.heard() == false)
    }
  }

  @Test func `a suspect that is heard again is none, and begins from nothing`() {
    var trial = Trial()
    for _ in 0..<3 { _ = trial.tick() }
    #expect(trial.tick() == .suspect)
    #expect(trial.heard() == true)
    #expect(trial.heard() == false)
    let steps = (1...4).map { _ in trial.tick() }
    #expect(steps == [.ping, .ping, .ping, .suspect])
  }

  @Test func `a busy child is not pinged and misses nothing`() {
    var trial = Trial()
    for _ in 0..<100 { #expect(trial.tick(isBusy: true) == .nothing) }
    #expect(trial.tick() == .ping)
    for _ in 0..<100 { #expect(trial.tick(isBusy: true) == .nothing) }
    // The ping of before is not held against it.
    #expect(trial.tick() == .ping)
    #expect(trial.tick() == .ping)
  }

  @Test func `work does not wipe out what was missed before`() {
    var trial = Trial()
    for _ in 0..<4 { _ = trial.tick() }
    #expect(trial.tick(isBusy: true) == .nothing)
    #expect(trial.tick() == .suspect)
  }

  @Test func `while chatd itself was starved nothing counts as missed`() {
    var trial = Trial()
    #expect(trial.tick() == .ping)
    for _ in 0..<6 { #expect(trial.tick(after: .milliseconds(7501)) == .ping) }
    let steps = (1...3).map { _ in trial.tick(after: .milliseconds(7500)) }
    #expect(steps == [.ping, .ping, .suspect])
  }

  @Test func `while the machine was starved nothing counts either, but not for ever`() {
    var trial = Trial()
    #expect(trial.tick() == .ping)
    for _ in 0..<6 { #expect(trial.tick(isStarved: true) == .ping) }
    let steps = (1...6).map { _ in trial.tick(isStarved: true) }
    #expect(steps == [.ping, .ping, .suspect, .suspect, .suspect, .end(missed: 6)])
  }

  @Test func `a child that was heard is excused anew`() {
    var trial = Trial()
    for _ in 0..<5 {
      for _ in 0..<7 { #expect(trial.tick(isStarved: true) == .ping) }
      #expect(trial.heard() == false)
    }
  }

  @Test func `the manifest's numbers count`() {
    var trial = Trial { rules in
      rules.interval = .milliseconds(10)
      rules.suspectAfter = 1
      rules.killAfter = 1
    }
    #expect(trial.tick(after: .milliseconds(10)) == .ping)
    #expect(trial.tick(after: .milliseconds(10)) == .end(missed: 1))
  }
}
