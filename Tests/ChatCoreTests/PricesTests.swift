import ChatCore
import Testing

@Suite struct PricesTests {
  private let prices = Prices(input: 4, output: 20, cacheRead: 0.4, cacheWrite: 5)

  private func cost(_ prices: Prices, _ counts: Int64?...) -> Int64? {
    prices.costMicroUSD(
      Message.Usage(
        inputTokens: counts[0], outputTokens: counts[1], cacheCreationInputTokens: counts[2],
        cacheReadInputTokens: counts[3]))
  }

  @Test func `Each kind of token has its price`() {
    #expect(cost(prices, 1_000_000, 0, nil, nil) == 4_000_000)
    #expect(cost(prices, 0, 1_000_000, nil, nil) == 20_000_000)
    #expect(cost(prices, 0, 0, 1_000_000, 0) == 5_000_000)
    #expect(cost(prices, 0, 0, 0, 1_000_000) == 400_000)
    #expect(cost(prices, 11, 6, 100, 1000) == 1064)
  }

  @Test func `A fraction is rounded`() {
    #expect(cost(prices, 0, 0, 0, 1) == 0)
    #expect(cost(prices, 0, 0, 0, 2) == 1)
  }

  @Test func `What the server did not count has no price`() {
    #expect(cost(prices, nil, 6, nil, nil) == nil)
    #expect(cost(prices, 11, nil, nil, nil) == nil)
  }

  @Test func `A long request may cost more, with its answer`() {
    var prices = Prices(input: 0.1, output: 0.5, cacheRead: 0.01, cacheWrite: 0.125)
    prices.aboveTokens = 100_000
    prices.aboveFactor = 5
    #expect(cost(prices, 100_000, 1000, 0, 0) == 10_500)
    #expect(cost(prices, 100_001, 1000, 0, 0) == 52_501)
    // What was found in the cache was read, too.
    #expect(cost(prices, 1, 0, 0, 100_000) == 5001)
  }

  @Test func `Numbers out of bounds are no reason to end`() {
    #expect(cost(prices, .max, .max, .max, .max) == nil)
    #expect(cost(prices, .min, -1, -1, -1) == 0)
  }
}
