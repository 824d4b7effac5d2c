import ChatCore

@testable import ChatChildren

/// A child's lifecycle and a clock that goes on by a second with each event.
struct Life {
  var lifecycle: ChildLifecycle
  private(set) var now = Moment(wall: Timestamp(milliseconds: 1_000_000), steady: .seconds(50))

  /// A child that is down and has had `generation` generations.
  init(generation: Int64 = 0, _ change: (inout Manifest) -> Void = { _ in }) {
    lifecycle = ChildLifecycle(
      manifest: Self.manifest(change), generation: generation, now: now)
  }

  /// A manifest without jitter.
  static func manifest(_ change: (inout Manifest) -> Void) -> Manifest {
    var manifest = Manifest(id: ChildID("echo"), folder: "/")
    manifest.restart.jitter = 0
    change(&manifest)
    return manifest
  }

  /// Hands an event over, `gap` after the one before.
  mutating func handle(
    _ event: ChildLifecycle.Event, after gap: Duration = .seconds(1), chance: Double = 0.5
  ) -> [ChildLifecycle.Action] {
    now = now.advanced(by: gap)
    return lifecycle.handle(event, now: now, chance: chance)
  }

  /// The clock for people is put right, or wrong; the steady one knows nothing of it.
  mutating func stepClock(by step: Duration) { now.wall = now.wall.advanced(by: step) }

  /// The phase in a word.
  var phase: String {
    switch lifecycle.phase {
    case .down: "down"
    case .launching: "launching"
    case .up(let isSuspect): isSuspect ? "suspect" : "up"
    case .ending(let stage): "\(stage)"
    case .backingOff: "backing off"
    case .parked: "parked"
    }
  }

  /// Everything that can be seen of it.
  var visible: Visible {
    Visible(
      phase: lifecycle.phase, state: lifecycle.state, since: lifecycle.since, pid: lifecycle.pid,
      generation: lifecycle.generation, restarts: lifecycle.restarts,
      lastExit: lifecycle.lastExit, nextStart: lifecycle.nextStart)
  }

  struct Visible: Equatable {
    let phase: ChildLifecycle.Phase
    let state: ChildStatus.State
    let since: Moment
    let pid: Int32?
    let generation: Int64
    let restarts: Int
    let lastExit: ChildExit?
    let nextStart: Moment?
  }
}
