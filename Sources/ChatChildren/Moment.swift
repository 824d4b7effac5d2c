package import ChatCore

/// A point in time on two clocks: one for people, one that never steps.
package struct Moment: Hashable, Sendable {
  /// The wall clock.
  package var wall: Timestamp
  /// Since some fixed point; differences are what counts.
  package var steady: Duration

  package init(wall: Timestamp, steady: Duration) {
    self.wall = wall
    self.steady = steady
  }

  /// Now.
  package static var now: Moment {
    Moment(wall: .now, steady: origin.duration(to: .now))
  }

  private static let origin = ContinuousClock.now

  /// The point `duration` later.
  package func advanced(by duration: Duration) -> Moment {
    Moment(wall: wall.advanced(by: duration), steady: steady + duration)
  }
}
