import ChatCore
import Testing

@testable import ChatChildren

/// What several events come to: who has the last word, what a death certificate says, what counts.
@Suite struct ChildLifecycleStoryTests {
  typealias Event = ChildLifecycle.Event

  private let up: [Event] = [.start, .spawned(pid: 7), .ready]
  private let ended: [Event] = [.exited(.signalled("SIGTERM")), .gone]

  /// A life after these events.
  private func life(
    _ events: [Event], _ change: (inout Manifest) -> Void = { _ in }
  ) -> Life {
    var life = Life(change)
    for event in events { _ = life.handle(event) }
    return life
  }

  @Test(
    arguments: [
      ([.stop], "down"), ([.kill], "down"), ([.restart(force: false)], "launching"),
      ([.restart(force: true)], "launching"), ([.stop, .start], "launching"),
      ([.kill, .start], "launching"), ([.stop, .start, .stop], "down"),
      ([.restart(force: false), .stop], "down"), ([.restart(force: true), .kill], "down"),
      ([.stop, .kill, .restart(force: false)], "launching"),
      ([.stop, .timer, .timer, .start, .kill], "down"), ([.disconnected, .stop], "down"),
      ([.disconnected, .start], "launching"),
      ([.condemned(.protocol, reason: "x"), .stop], "down"),
      ([.condemned(.watchdog, reason: "x"), .kill], "down"),
      ([.startRefused(reason: "x"), .restart(force: true)], "launching"),
    ] as [([Event], String)])
  func `of several words of people's the last one counts`(words: [Event], phase: String) {
    for start in [Array(up.dropLast()), up, up + [.suspected]] {
      let life = life(start + words + ended)
      #expect(life.phase == phase)
      #expect(life.lifecycle.generation == (phase == "down" ? 1 : 2))
    }
  }

  @Test func `a word that comes while what it left is cleared up counts too`() {
    let reaping = up + [.exited(.exited(1))]
    #expect(life(reaping + [.stop, .gone]).phase == "down")
    #expect(life(reaping + [.kill, .gone]).phase == "down")
    #expect(life(reaping + [.stop, .start, .gone]).phase == "launching")
  }

  @Test func `a stop is a ladder, a step a timer`() {
    var life = life(up)
    #expect(life.handle(.stop) == [.sendShutdown, .setTimer(.seconds(5))])
    #expect(life.handle(.timer) == [.signal(.terminate), .setTimer(.seconds(5))])
    #expect(life.handle(.timer) == [.signal(.kill)])
    #expect(life.handle(.timer) == [])
    #expect(life.phase == "killing")
  }

  @Test func `the times of a manifest are those of its timers`() {
    var life = Life { manifest in
      manifest.readyTimeout = .seconds(1)
      manifest.drain = .seconds(2)
      manifest.term = .seconds(3)
    }
    #expect(life.handle(.start).contains(.setTimer(.seconds(1))))
    _ = life.handle(.spawned(pid: 7))
    _ = life.handle(.ready)
    #expect(life.handle(.stop).contains(.setTimer(.seconds(2))))
    #expect(life.handle(.timer).contains(.setTimer(.seconds(3))))
  }

  @Test func `a hung child is aborted first where a core is wanted, and killed then`() {
    var life = life(up) { $0.watchdog.core = true }
    let actions = life.handle(.condemned(.watchdog, reason: "silence"))
    #expect(actions == [.closeConnection, .signal(.abort), .setTimer(.seconds(5))])
    #expect(life.handle(.timer) == [.signal(.kill)])
    var other = self.life(up) { $0.watchdog.core = true }
    #expect(other.handle(.condemned(.protocol, reason: "x")).contains(.signal(.kill)))
  }

  @Test(
    arguments: [
      ([.exited(.exited(3)), .gone], .exit, nil),
      ([.exited(.signalled("SIGTERM")), .gone], .signal, nil),
      ([.stop, .exited(.exited(0)), .gone], .operator, nil),
      ([.kill, .exited(.signalled("SIGKILL")), .gone], .operator, nil),
      ([.restart(force: false), .exited(.exited(0)), .gone], .operator, nil),
      (
        [.condemned(.watchdog, reason: "silence"), .exited(.exited(0)), .gone], .watchdog, "silence"
      ),
      ([.condemned(.protocol, reason: "x"), .stop, .exited(.exited(0)), .gone], .protocol, "x"),
      ([.disconnected, .exited(.exited(0)), .gone], .exit, nil),
      (
        [.disconnected, .timer, .exited(.signalled("SIGTERM")), .gone], .protocol,
        "it closed its connection and did not exit"
      ),
      ([.wardenLost], .parent, "the warden ended"), ([.stop, .wardenLost], .operator, nil),
      ([.exited(.exited(3)), .wardenLost], .exit, nil),
    ] as [([Event], ChildExit.Cause, String?)])
  func `a certificate says why it ended`(
    events: [Event], cause: ChildExit.Cause, reason: String?
  ) throws {
    let life = life(up + events)
    let exit = try #require(life.lifecycle.lastExit)
    #expect(exit.cause == cause)
    #expect(exit.reason == reason)
    #expect((exit.code == nil) != (exit.signal == nil))
    #expect(exit.at == life.now.wall)
    #expect(exit.uptime == .seconds(up.count + events.count - 1))
  }

  @Test func `a kill is the person's, though the child was leaving by itself`() {
    for word: Event in [.kill, .restart(force: true)] {
      let life = life(up + [.disconnected, word, .exited(.signalled("SIGKILL")), .gone])
      #expect(life.lifecycle.lastExit?.cause == .operator)
      #expect(life.lifecycle.lastExit?.signal == "SIGKILL")
    }
  }

  @Test func `what had ended before the warden did is the policy's`() {
    for (code, phase) in [(Int32(78), "parked"), (0, "down"), (1, "launching")] {
      let life = life(up + [.exited(.exited(code)), .wardenLost]) {
        $0.restart.policy = .transient
      }
      #expect(life.phase == phase)
      #expect(life.lifecycle.restarts == (phase == "launching" ? 1 : 0))
    }
  }

  @Test func `a process that is not there has no number`() {
    let quiet: [[Event]] = [[], up + [.exited(.exited(1))], up + [.exited(.exited(78)), .gone]]
    for events in quiet { #expect(life(events + [.spawned(pid: 9)]).lifecycle.pid == nil) }
    #expect(life(up + [.spawned(pid: 9)]).lifecycle.pid == 7)
  }

  @Test func `a start that fails says so`() throws {
    let late = life([.start, .spawned(pid: 7), .timer] + ended).lifecycle.lastExit
    #expect(late?.cause == .startTimeout)
    #expect(late?.reason == "it was not ready 10 s after its start")
    let refused = life([.start, .spawned(pid: 7), .startRefused(reason: "no key")] + ended)
    #expect(refused.lifecycle.lastExit?.cause == .startTimeout)
    #expect(refused.lifecycle.lastExit?.reason == "no key")
    let missing = life([.start, .spawnFailed(reason: "no such program")]).lifecycle.lastExit
    #expect(missing?.cause == .exit && missing?.code == 127)
    #expect(missing?.reason == "no such program")
  }

  @Test(arguments: [(Int32(78), "parked"), (125, "parked"), (0, "launching"), (1, "launching")])
  func `one that refused to start and left with a word against restarts is not started again`(
    code: Int32, phase: String
  ) {
    let refused: [Event] = [.start, .spawned(pid: 7), .startRefused(reason: "no key")]
    let life = life(refused + [.exited(.exited(code)), .gone]) { $0.restart.policy = .transient }
    #expect(life.phase == phase)
    #expect(life.lifecycle.lastExit?.cause == .startTimeout)
  }

  @Test func `restarts are counted until a person starts it`() {
    var life = Life(generation: 41)
    _ = life.handle(.start)
    #expect(life.lifecycle.generation == 42 && life.lifecycle.restarts == 0)
    for count in 1...3 {
      for event in [.spawned(pid: 7)] + ended { _ = life.handle(event) }
      if case .backingOff = life.lifecycle.phase { _ = life.handle(.timer) }
      #expect(life.lifecycle.restarts == count && life.lifecycle.failures.at.count == count)
    }
    #expect(life.lifecycle.failures.at == life.lifecycle.failures.at.sorted())
    #expect(life.lifecycle.failures.at.last == life.lifecycle.lastExit?.at)
    #expect(life.lifecycle.generation == 45)
    for event in [.spawned(pid: 7), .restart(force: true)] + ended { _ = life.handle(event) }
    #expect(life.lifecycle.generation == 46 && life.lifecycle.restarts == 0)
    #expect(life.lifecycle.failures.at.isEmpty)
  }

  @Test func `a person's start begins the backoff anew`() {
    var life = life([.start, .spawned(pid: 7)] + ended + [.spawned(pid: 8)] + ended)
    #expect(life.phase == "backing off")
    for event in [.start, .spawned(pid: 9)] + ended { _ = life.handle(event) }
    #expect(life.phase == "launching")
  }

  @Test func `the next start is known while it waits for it`() throws {
    var life = life([.start, .spawned(pid: 7)] + ended + [.spawned(pid: 8)] + ended)
    #expect(life.lifecycle.state == .backingOff)
    #expect(life.lifecycle.nextStart == life.now.advanced(by: .milliseconds(250)))
    _ = life.handle(.timer)
    #expect(life.lifecycle.nextStart == nil)
    let events: [Event] = [.spawned(pid: 7), .exited(.exited(125)), .gone]
    for event in events { _ = life.handle(event) }
    #expect(life.lifecycle.state == .parked && life.lifecycle.nextStart == nil)
  }

  @Test func `a try of a parked child that fails parks it again`() {
    var life = Life { $0.restart.intensity = 0 }
    for event in [.start, .spawned(pid: 7)] + ended { _ = life.handle(event) }
    let first = life.lifecycle.nextStart
    #expect(first == life.now.advanced(by: .seconds(300)))
    _ = life.handle(.timer, after: .seconds(300))
    _ = life.handle(.spawned(pid: 8))
    _ = life.handle(.exited(.exited(1)))
    #expect(life.handle(.gone).last == .setTimer(.seconds(300)))
    #expect(life.lifecycle.nextStart == life.now.advanced(by: .seconds(300)))
  }

  @Test(
    arguments: [
      (Manifest.Restart.Policy.permanent, 0, "launching"), (.transient, 0, "down"),
      (.transient, 1, "launching"), (.temporary, 1, "down"), (.permanent, 78, "parked"),
    ] as [(Manifest.Restart.Policy, Int32, String)])
  func `the manifest's policy decides after an exit`(
    policy: Manifest.Restart.Policy, code: Int32, phase: String
  ) {
    let events = up + [.exited(.exited(code)), .gone]
    #expect(life(events) { $0.restart.policy = policy }.phase == phase)
  }

  @Test func `an exit code counts only where the child chose it`() {
    let events = up + [.condemned(.protocol, reason: "x"), .exited(.exited(78)), .gone]
    #expect(life(events).phase == "launching")
  }

  @Test func `a message can wait for a child that is coming`() {
    let coming: [[Event]] = [
      [.start], [.start, .spawned(pid: 7)], up + [.restart(force: false)], up + [.stop, .start],
      up + [.exited(.exited(1))],
    ]
    for events in coming { #expect(life(events).lifecycle.isComing) }
    let others: [[Event]] = [
      [], up, up + [.stop], up + [.disconnected], up + [.condemned(.protocol, reason: "x")],
      up + [.restart(force: true), .stop],
    ]
    for events in others { #expect(!life(events).lifecycle.isComing) }
  }
}
