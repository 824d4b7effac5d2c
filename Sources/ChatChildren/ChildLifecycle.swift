package import ChatCore

/// How a process ended, as the warden saw it.
package enum ProcessEnd: Hashable, Sendable {
  case exited(Int32)
  /// The signal's name.
  case signalled(String)
}

/// One child's life: states × events → actions. Pure: it is told the time and the chance, and says
/// what to do.
///
/// At most one process at a time: the next generation is launched only once everything of the one
/// before is gone.
package struct ChildLifecycle: Sendable {
  /// Where it stands.
  package enum Phase: Hashable, Sendable {
    /// No process, none wanted by the policy. Exits: launching (a person's start).
    case down
    /// Asked for or running, not ready yet. Exits: up (it answered `initialize`), ending.
    case launching
    /// It takes messages; a suspect one does not, until it is heard again. Exits: ending.
    case up(isSuspect: Bool)
    /// On its way out. Exits, once everything of it is gone: down, launching, backingOff, parked.
    case ending(Stage)
    /// Exits: launching (the wait is over, a person's start), down (a person's stop).
    case backingOff(until: Moment)
    /// Failed too often. Exits: launching (a try, a person's start), down (a person's stop).
    case parked(until: Moment?)
  }

  /// How far the end has come; each is harder than the one before.
  package enum Stage: Int, Comparable, Sendable {
    /// It closed its connection; its exit should follow.
    case disconnected
    /// `shutdown` was sent.
    case draining
    /// SIGTERM was sent, or SIGABRT for a core.
    case terminating
    /// SIGKILL was sent to the whole tree.
    case killing
    /// The process has ended; what it had started is being ended.
    case reaping
    package static func < (a: Stage, b: Stage) -> Bool { a.rawValue < b.rawValue }
  }

  /// What happens to it.
  package enum Event: Hashable, Sendable {
    /// A person's words, or autostart's.
    case start, stop, kill
    case restart(force: Bool)
    case spawned(pid: Int32)
    case spawnFailed(reason: String)
    case ready
    /// It answered `initialize` with an error.
    case startRefused(reason: String)
    /// It missed pings, or was heard again.
    case suspected, recovered
    /// It is to be ended for what it did or left undone.
    case condemned(ChildExit.Cause, reason: String)
    /// The stream from it ended.
    case disconnected
    case exited(ProcessEnd)
    /// Nothing of it is left, and its last lines are read.
    case gone
    case timer
    /// The warden died, and chatd ended what was below it.
    case wardenLost
  }

  /// What is to be done.
  package enum Action: Hashable, Sendable {
    case launch
    case sendShutdown
    case signal(Signal)
    /// Replaces the one timer there is.
    case setTimer(Duration)
    case clearTimer
    case closeConnection
    /// What it was asked gets its outcome: `crashed`, with this reason.
    case failRequests(reason: String)
    /// That generation is over: how it ended is to be kept and shown.
    case bury(ChildExit, generation: Int64)
  }

  /// A signal of chatd's.
  package enum Signal: Hashable, Sendable {
    /// SIGTERM or SIGABRT to the process group.
    case terminate, abort
    /// SIGKILL to the whole tree.
    case kill
  }

  /// What follows once it is gone.
  private enum Sequel { case policy, down, again }

  package private(set) var phase = Phase.down
  /// When it came into this state.
  package private(set) var since: Moment
  package private(set) var pid: Int32?
  package private(set) var generation: Int64
  /// Starts after failures since a person last started it.
  package private(set) var restarts = 0
  package private(set) var lastExit: ChildExit?
  private let manifest: Manifest
  private var policy: RestartPolicy
  private var sequel = Sequel.policy
  private var launchedAt: Moment
  private var readyAt: Moment?
  private var condemnation: (cause: ChildExit.Cause, reason: String?)?
  private var end: ProcessEnd?

  /// A child that is down and whose last generation was `generation`.
  package init(manifest: Manifest, generation: Int64, now: Moment) {
    self.manifest = manifest
    self.generation = generation
    since = now
    launchedAt = now
    policy = RestartPolicy(manifest.restart)
  }

  /// What the contract calls its state.
  package var state: ChildStatus.State {
    switch phase {
    case .down: .stopped
    case .launching: .starting
    case .up(let isSuspect): isSuspect ? .suspect : .ready
    case .ending: .stopping
    case .backingOff: .backingOff
    case .parked: .parked
    }
  }

  /// When it will be started, where that is known.
  package var nextStart: Moment? {
    switch phase {
    case .backingOff(let until): until
    case .parked(let until): until
    default: nil
    }
  }

  /// Whether a message can wait for it: it will be ready soon, if all goes well.
  package var isComing: Bool {
    switch phase {
    case .launching: true
    case .ending(let stage): sequel == .again || (sequel == .policy && stage == .reaping)
    default: false
    }
  }

  /// Takes an event in; one that means nothing in this phase changes nothing.
  package mutating func handle(_ event: Event, now: Moment, chance: Double) -> [Action] {
    let before = state
    var actions: [Action] = []
    switch event {
    case .start: actions = start(now)
    case .stop: actions = leave(.down, by: .operator, gently: true, now)
    case .kill: actions = leave(.down, by: .operator, gently: false, now)
    case .restart(let force): actions = restart(gently: !force, now)
    case .spawned(let pid): self.pid = pid
    case .spawnFailed(let reason): actions = spawnFailed(reason, now, chance)
    case .ready: actions = becomeReady(now)
    case .startRefused(let reason):
      if phase == .launching { actions = condemn(.startTimeout, reason, with: .terminate, now) }
    case .suspected: if case .up = phase { phase = .up(isSuspect: true) }
    case .recovered: if case .up = phase { phase = .up(isSuspect: false) }
    case .condemned(let cause, let reason):
      let signal: Signal = cause == .watchdog && manifest.watchdog.core ? .abort : .kill
      if isRunning { actions = condemn(cause, reason, with: signal, now) }
    case .disconnected: actions = disconnected(now)
    case .exited(let end): actions = exited(end, now)
    case .gone: actions = gone(now, chance)
    case .timer: actions = timer(now)
    case .wardenLost: actions = wardenLost(now, chance)
    }
    if state != before { since = now }
    return actions
  }
}

extension ChildLifecycle {
  private var isRunning: Bool {
    switch phase {
    case .launching, .up: true
    default: false
    }
  }

  private mutating func start(_ now: Moment) -> [Action] {
    switch phase {
    case .down, .backingOff, .parked: return [.clearTimer] + launch(now, byPerson: true)
    case .launching, .up: return []
    case .ending:
      sequel = .again
      return []
    }
  }

  private mutating func restart(gently: Bool, _ now: Moment) -> [Action] {
    switch phase {
    case .down, .backingOff, .parked: start(now)
    case .launching, .up, .ending: leave(.again, by: .operator, gently: gently, now)
    }
  }

  private mutating func launch(_ now: Moment, byPerson: Bool) -> [Action] {
    if byPerson {
      policy = RestartPolicy(manifest.restart)
      restarts = 0
    } else {
      restarts += 1
    }
    phase = .launching
    since = now
    generation += 1
    launchedAt = now
    readyAt = nil
    pid = nil
    end = nil
    condemnation = nil
    sequel = .policy
    return [.launch, .setTimer(manifest.readyTimeout)]
  }

  private mutating func becomeReady(_ now: Moment) -> [Action] {
    guard phase == .launching else { return [] }
    phase = .up(isSuspect: false)
    readyAt = now
    return [.clearTimer]
  }

  /// A person wants it down, or down and up again.
  private mutating func leave(
    _ sequel: Sequel, by cause: ChildExit.Cause, gently: Bool, _ now: Moment
  ) -> [Action] {
    switch phase {
    case .down: return []
    case .backingOff, .parked:
      phase = .down
      return [.clearTimer]
    case .ending(let stage):
      self.sequel = sequel
      guard !gently, stage < .killing else { return [] }
    case .launching, .up:
      self.sequel = sequel
      condemnation = (cause, nil)
    }
    if !gently {
      phase = .ending(.killing)
      return [.clearTimer, .signal(.kill)]
    }
    if case .up = phase {
      phase = .ending(.draining)
      return [.sendShutdown, .setTimer(manifest.drain)]
    }
    phase = .ending(.terminating)
    return [.signal(.terminate), .setTimer(manifest.term)]
  }

  private mutating func condemn(
    _ cause: ChildExit.Cause, _ reason: String, with signal: Signal, _ now: Moment
  ) -> [Action] {
    condemnation = (cause, reason)
    phase = .ending(signal == .kill ? .killing : .terminating)
    let timer: Action = signal == .kill ? .clearTimer : .setTimer(manifest.term)
    return [.closeConnection, .signal(signal), timer]
  }

  private mutating func disconnected(_ now: Moment) -> [Action] {
    switch phase {
    case .launching, .up:
      phase = .ending(.disconnected)
      return [.closeConnection, .setTimer(manifest.term)]
    default: return []
    }
  }

  private mutating func timer(_ now: Moment) -> [Action] {
    switch phase {
    case .down, .up: return []
    case .launching:
      let reason = "it was not ready \(manifest.readyTimeout.words) after its start"
      return condemn(.startTimeout, reason, with: .kill, now)
    case .backingOff: return launch(now, byPerson: false)
    case .parked:
      policy.probe()
      return launch(now, byPerson: false)
    case .ending(.disconnected):
      condemnation = condemnation ?? (.protocol, "it closed its connection and did not exit")
      phase = .ending(.terminating)
      return [
        .failRequests(reason: "it closed its connection"), .signal(.terminate),
        .setTimer(manifest.term),
      ]
    case .ending(.draining):
      phase = .ending(.terminating)
      return [.signal(.terminate), .setTimer(manifest.term)]
    case .ending(.terminating):
      phase = .ending(.killing)
      return [.signal(.kill)]
    case .ending: return []
    }
  }

  private mutating func spawnFailed(
    _ reason: String, _ now: Moment, _ chance: Double
  ) -> [Action] {
    switch phase {
    case .launching, .ending: break
    default: return []
    }
    // 127 is what a shell says of a command that it can't start.
    condemnation = (sequel == .policy ? .exit : .operator, reason)
    end = .exited(127)
    return [.clearTimer] + gone(now, chance)
  }

  private mutating func exited(_ end: ProcessEnd, _ now: Moment) -> [Action] {
    switch phase {
    case .launching, .up, .ending: break
    default: return []
    }
    self.end = end
    pid = nil
    phase = .ending(.reaping)
    let exit = certificate(now)
    return [.clearTimer, .closeConnection, .failRequests(reason: exit.words)]
  }

  private mutating func gone(_ now: Moment, _ chance: Double) -> [Action] {
    guard end != nil else { return [] }
    let exit = certificate(now)
    lastExit = exit
    pid = nil
    let readyFor = readyAt.map { now.steady - $0.steady }
    let bury: [Action] = [.failRequests(reason: exit.words), .bury(exit, generation: generation)]
    end = nil
    switch sequel {
    case .down:
      phase = .down
      return bury
    case .again: return bury + launch(now, byPerson: true)
    case .policy: break
    }
    switch policy.decide(
      exitCode: exit.cause == .exit ? exit.code : nil, readyFor: readyFor, now: now.steady,
      chance: chance)
    {
    case .restart(let wait) where wait == .zero: return bury + launch(now, byPerson: false)
    case .restart(let wait):
      phase = .backingOff(until: now.advanced(by: wait))
      return bury + [.setTimer(wait)]
    case .park(let retry):
      phase = .parked(until: retry.map { now.advanced(by: $0) })
      return bury + (retry.map { [.setTimer($0)] } ?? [])
    case .stop:
      phase = .down
      return bury
    }
  }

  /// A warden's death is no fault of the child's: it comes back unless somebody wanted it down.
  private mutating func wardenLost(_ now: Moment, _ chance: Double) -> [Action] {
    switch phase {
    case .down, .backingOff, .parked: return []
    case .launching, .up, .ending: break
    }
    if sequel == .policy { sequel = .again }
    if end == nil && condemnation == nil { condemnation = (.parent, "the warden ended") }
    end = end ?? .signalled("SIGKILL")
    return [.clearTimer, .closeConnection] + gone(now, chance)
  }

  private func certificate(_ now: Moment) -> ChildExit {
    var exit = ChildExit(
      cause: .exit, reason: condemnation?.reason, at: now.wall,
      uptime: now.steady - launchedAt.steady)
    switch end {
    case .exited(let code): exit.code = code
    case .signalled(let name):
      exit.cause = .signal
      exit.signal = name
    case nil: break
    }
    if let condemnation { exit.cause = condemnation.cause }
    return exit
  }
}
