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
    /// Its manifest has changed: what runs is stopped gently and started with the new one.
    case adopt(Manifest)
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
    /// From now on the new manifest holds.
    case adopted
    /// The new manifest's first start failed: the one before it holds again, and is started.
    case rolledBack(ChildExit, rejected: Manifest)
  }

  /// A signal of chatd's.
  package enum Signal: Hashable, Sendable {
    /// SIGTERM or SIGABRT to the process group.
    case terminate, abort
    /// SIGKILL to the whole tree.
    case kill
  }

  /// What follows once it is gone.
  enum Sequel { case policy, down, again }

  package internal(set) var phase = Phase.down
  /// When it came into this state.
  package internal(set) var since: Moment
  package internal(set) var pid: Int32?
  package internal(set) var generation: Int64
  /// Starts after failures since a person last started it.
  package internal(set) var restarts = 0
  package internal(set) var lastExit: ChildExit?
  /// The manifest that holds.
  package internal(set) var manifest: Manifest
  /// One that takes its place once nothing of the generation that runs is left.
  var pending: Manifest?
  /// The one that worked, until the new one has once been ready.
  var fallback: Manifest?
  var policy: RestartPolicy
  var sequel = Sequel.policy
  var launchedAt: Moment
  var readyAt: Moment?
  var condemnation: (cause: ChildExit.Cause, reason: String?)?
  var end: ProcessEnd?

  /// A child that is down and whose last generation was `generation`.
  package init(manifest: Manifest, generation: Int64, now: Moment) {
    self.manifest = manifest
    self.generation = generation
    since = now
    launchedAt = now
    policy = RestartPolicy(manifest.restart)
  }

  /// The failures that its policy counts.
  package var failures: ChildStatus.Failures {
    ChildStatus.Failures(
      at: policy.failures.map { since.advanced(by: $0 - since.steady).wall },
      most: policy.rules.intensity, period: policy.rules.period)
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

  /// The newest manifest that it knows of, which may not hold yet.
  package var latest: Manifest { pending ?? manifest }

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
    case .spawned(let pid): actions = spawned(pid)
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
    case .adopt(let manifest): actions = adopt(manifest, now)
    }
    if state != before { since = now }
    return actions
  }
}
