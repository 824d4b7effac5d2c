import Synchronization

/// A clock that never waits: it remembers for how long it should have.
final class TestClock: Clock {
  typealias Duration = Swift.Duration

  struct Instant: InstantProtocol {
    var offset: Swift.Duration

    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
  }

  /// Whether it stands still: a sleep ends only when it is cancelled.
  private let standsStill: Bool
  private let state = Mutex<(now: Duration, sleeps: [Duration])>((.zero, []))

  init(standsStill: Bool = false) { self.standsStill = standsStill }

  var now: Instant { Instant(offset: state.withLock { $0.now }) }
  let minimumResolution = Duration.nanoseconds(1)

  /// What was asked of it so far.
  var sleeps: [Duration] { state.withLock { $0.sleeps } }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    state.withLock { state in
      state.sleeps.append(deadline.offset - state.now)
      state.now = deadline.offset
    }
    if standsStill {
      let (never, _) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingNewest(1))
      for await _ in never {}
    }
    try Task.checkCancellation()
  }
}
