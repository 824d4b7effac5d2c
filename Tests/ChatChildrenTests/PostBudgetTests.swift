import Testing

@testable import ChatChildren

@Suite struct PostBudgetTests {
  private final class Taker {
    private var budget = PostBudget()

    func take(_ now: Duration) -> Bool { budget.take(now: now) }
  }

  private let taker = Taker()

  private func take(_ now: Duration) -> Bool { taker.take(now) }

  @Test func `so many at once, and then as many a minute`() {
    for _ in 0..<PostBudget.limit { #expect(take(.seconds(100))) }
    #expect(!take(.seconds(100)))
    #expect(!take(.seconds(101)))
    #expect(take(.seconds(102)))
    #expect(!take(.seconds(102)))
  }

  @Test func `what was not used is not saved up`() {
    #expect(take(.zero))
    let posted = (0..<1000).count { _ in take(.seconds(86_400)) }
    #expect(posted == PostBudget.limit)
  }

  @Test func `being refused costs nothing`() {
    for _ in 0..<PostBudget.limit { _ = take(.zero) }
    for tenth in 1...19 { #expect(!take(.milliseconds(100 * tenth))) }
    #expect(take(.seconds(2)))
  }
}
