/// What a model's tokens cost.
package struct Prices: Hashable, Sendable {
  /// US dollars for a million tokens each.
  package var input: Double
  package var output: Double
  package var cacheRead: Double
  package var cacheWrite: Double
  /// The longest request, in tokens read, to which these prices apply; nil: all.
  package var aboveTokens: Int64?
  /// By how much a longer request costs more, its answer included.
  package var aboveFactor: Double

  package init(
    input: Double, output: Double, cacheRead: Double, cacheWrite: Double,
    aboveTokens: Int64? = nil, aboveFactor: Double = 1
  ) {
    self.input = input
    self.output = output
    self.cacheRead = cacheRead
    self.cacheWrite = cacheWrite
    self.aboveTokens = aboveTokens
    self.aboveFactor = aboveFactor
  }

  /// What `usage` costs, in millionths of a US dollar; nil where the server did not say what was
  /// read or written, since a part would pass for the whole.
  package func costMicroUSD(_ usage: Message.Usage) -> Int64? {
    guard let input = usage.inputTokens, let output = usage.outputTokens else { return nil }
    let (new, kept, found, written) = (
      Double(max(0, input)), Double(max(0, usage.cacheCreationInputTokens ?? 0)),
      Double(max(0, usage.cacheReadInputTokens ?? 0)), Double(max(0, output))
    )
    // Dollars for a million tokens are millionths of a dollar for one.
    var cost =
      new * self.input + kept * cacheWrite + found * cacheRead + written * self.output
    if let aboveTokens, new + kept + found > Double(aboveTokens) { cost *= aboveFactor }
    return Int64(exactly: cost.rounded())
  }
}
