/// How much a child may post of its own accord: so many at once, and as many a minute. A value.
struct PostBudget {
  /// At once, and a minute.
  static let limit = 30

  private var left = Double(limit)
  private var filledAt: Duration?

  /// Takes one, if there is one left.
  mutating func take(now: Duration) -> Bool {
    if let filledAt {
      left = min(Double(Self.limit), left + (now - filledAt) / .seconds(60) * Double(Self.limit))
    }
    filledAt = now
    guard left >= 1 else { return false }
    left -= 1
    return true
  }
}
