import Testing

@testable import ChatCore

@Suite struct ThreadUsageTests {
  @Test func `A thread's sum keeps apart what has no price, and stays at its limit`() {
    var sum = ThreadUsage()
    #expect(sum.costMicroUSD == nil)
    sum.add(Message.Usage(inputTokens: .max, outputTokens: 2, cacheReadInputTokens: 4))
    #expect(sum.costMicroUSD == nil && sum.unpriced == 1)
    sum.add(Message.Usage(inputTokens: 1, cacheCreationInputTokens: 3, costMicroUSD: 9))
    #expect(sum.answers == 2 && sum.unpriced == 1 && sum.costMicroUSD == 9)
    #expect(sum.inputTokens == .max && sum.outputTokens == 2)
    #expect(sum.cacheCreationInputTokens == 3 && sum.cacheReadInputTokens == 4)
  }
}
