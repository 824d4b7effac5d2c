import ChatCore
import TestSupport
import Testing

@testable import ChatChildren

/// A thousand lives of random events against a model of the world outside: the process there is,
/// the one timer, and what a person said last.
@Suite struct ChildLifecycleModelTests {
  @Test(arguments: 0..<20) func `whatever happens the promises hold`(batch: UInt64) throws {
    for seed in 0..<50 {
      var world = World(seed: batch * 50 + UInt64(seed))
      for _ in 0..<200 { try world.step() }
      try world.end()
    }
  }
}

/// What is outside the lifecycle, and what must hold between the two.
private struct World {
  typealias Event = ChildLifecycle.Event

  /// The process as the warden knows it.
  enum Process {
    case none, asked, running, exited
  }

  private let seed: UInt64
  private var random: SeededGenerator
  private var life: Life
  private var process = Process.none
  private var pid: Int32?
  private var isTimerSet = false
  private var isStopped = true
  private var buried: Set<Int64> = []
  private var history: [Event] = []

  init(seed: UInt64) {
    self.seed = seed
    var random = SeededGenerator(seed: seed)
    life = Life(generation: 7) { manifest in
      manifest.restart.policy =
        Manifest.Restart.Policy.allCases.randomElement(using: &random)
        ?? .permanent
      manifest.restart.intensity = .random(in: 0...6, using: &random)
      manifest.restart.parkRetry = Bool.random(using: &random) ? .seconds(9) : nil
      manifest.restart.resetAfter = .seconds(.random(in: 1...20, using: &random))
      manifest.watchdog.core = .random(using: &random)
    }
    self.random = random
  }

  /// Whatever may come next, with what people and children do more often than what the warden does.
  private mutating func candidates() -> [Event] {
    var events: [Event] = [
      .start, .stop, .kill, .restart(force: false), .restart(force: true), .suspected,
      .recovered, .condemned(.watchdog, reason: "hung"),
      .condemned(.protocol, reason: "broken"), .disconnected,
    ]
    if isTimerSet { events += [.timer, .timer] }
    switch process {
    // Its pipes may end after what looked like their end.
    case .none: events.append(.gone)
    case .asked: events += [.spawned(pid: 100), .spawned(pid: 100), .spawnFailed(reason: "no")]
    case .running:
      events += [.ready, .ready, .ready, .startRefused(reason: "no")]
      events += [0, 1, 78].map { .exited(.exited($0)) } + [.exited(.signalled("X"))]
    case .exited: events += Array(repeating: .gone, count: 6)
    }
    if Int.random(in: 0..<20, using: &random) == 0 { events.append(.wardenLost) }
    if Int.random(in: 0..<8, using: &random) == 0 {
      let version = "\(Int.random(in: 0..<3, using: &random))"
      events.append(.adopt(Life.manifest { $0.version = version }))
    }
    return events
  }

  mutating func step() throws {
    guard let event = candidates().randomElement(using: &random) else { return }
    try handle(event)
  }

  /// A person's stop, and then nothing but what has to come.
  mutating func end() throws {
    try handle(.stop)
    for _ in 0..<20 where life.lifecycle.phase != .down {
      switch process {
      case .asked: try handle(.spawned(pid: 100))
      case .running: try handle(isTimerSet ? .timer : .exited(.signalled("SIGKILL")))
      case .exited: try handle(.gone)
      case .none: break
      }
    }
    try promise(life.lifecycle.phase == .down && process == .none, "a stop leads down")
  }

  private mutating func handle(_ event: Event) throws {
    history.append(event)
    if event == .timer { isTimerSet = false }
    var hasEnded = false
    switch event {
    case .start, .restart: isStopped = false
    case .stop, .kill: isStopped = true
    case .spawned(let number): (process, pid) = (.running, number)
    case .exited: (process, pid) = (.exited, nil)
    case .spawnFailed: hasEnded = true
    case .gone: hasEnded = process == .exited
    case .wardenLost: hasEnded = process != .none
    default: break
    }
    if hasEnded { (process, pid) = (.none, nil) }
    if Int.random(in: 0..<10, using: &random) == 0 {
      life.stepClock(by: .seconds(.random(in: -90_000...90_000, using: &random)))
    }
    let before = life.visible
    let gap = Duration.milliseconds(.random(in: 1...4000, using: &random))
    let chance = Double.random(in: 0...1, using: &random)
    let actions = life.handle(event, after: gap, chance: chance)
    try follow(actions, hasEnded: hasEnded, from: before)
    try compare(with: before, launchCount: actions.count { $0 == .launch })
  }

  /// Does what the actions say, and holds them to what they may say.
  private mutating func follow(
    _ actions: [ChildLifecycle.Action], hasEnded: Bool, from before: Life.Visible
  ) throws {
    var burials: [Int64] = []
    for action in actions {
      switch action {
      case .launch:
        try promise(process == .none, "at most one process")
        try promise(!isStopped, "a person's stop outranks the policy")
        process = .asked
      case .signal:
        try promise(process == .asked || process == .running, "signals are for what runs")
      case .setTimer: isTimerSet = true
      case .clearTimer: isTimerSet = false
      case .bury(_, let generation):
        try promise(burials.isEmpty && process == .none, "buried once it is gone")
        try promise(
          actions.contains { if case .failRequests = $0 { true } else { false } },
          "requests have their outcome before the burial")
        burials.append(generation)
      default: break
      }
    }
    try promise(burials == (hasEnded ? [before.generation] : []), "every generation is buried")
    for generation in burials {
      try promise(buried.insert(generation).inserted, "no generation is buried twice")
    }
  }

  private func compare(with before: Life.Visible, launchCount: Int) throws {
    let lifecycle = life.lifecycle
    try promise(
      lifecycle.generation == before.generation + Int64(launchCount) && launchCount <= 1,
      "generations count launches")
    let hasMoved = lifecycle.state != before.state || launchCount > 0
    try promise(
      lifecycle.since == (hasMoved ? life.now : before.since), "since when it is in its state")
    try promise(lifecycle.pid == pid, "the pid is that of the process there is")
    try promise(isTimerSet == isTimerWanted, "a timer runs where one is waited for")
    switch lifecycle.phase {
    case .down, .backingOff, .parked:
      try promise(process == .none, "no process that nobody looks after")
    case .launching: try promise(process == .asked || process == .running, "one is on its way")
    case .up, .ending: try promise(process != .none, "a process is there")
    }
    if isStopped {
      let isOnItsWay = if case .ending = lifecycle.phase { true } else { false }
      try promise(lifecycle.phase == .down || isOnItsWay, "a person's stop leads down")
    }
  }

  private var isTimerWanted: Bool {
    switch life.lifecycle.phase {
    case .down, .up: false
    case .launching, .backingOff: true
    case .parked(let until): until != nil
    case .ending(let stage): stage < .killing
    }
  }

  private func promise(_ holds: Bool, _ words: Comment) throws {
    guard !holds else { return }
    let last = history.suffix(8).map { "\($0)" }.joined(separator: ", ")
    Issue.record("\(words.rawValue): \(life.phase), seed \(seed), after \(last)")
    throw Broken()
  }

  private struct Broken: Error {}
}
