package import ChildProtocol

/// What all the assistant's answers of a thread came to, on every branch of it: all that was paid.
package struct ThreadUsage: Hashable, Sendable {
  /// Those of which the model's server told the tokens.
  package var answers: Int64 = 0
  package var inputTokens: Int64 = 0
  package var outputTokens: Int64 = 0
  package var cacheCreationInputTokens: Int64 = 0
  package var cacheReadInputTokens: Int64 = 0
  /// Of those of which it is known; nil: of none.
  package var costMicroUSD: Int64?
  /// The answers of which it is not.
  package var unpriced: Int64 = 0

  package init() {}

  /// Adds an answer. Sums that an integer can't hold stay at its limit.
  package mutating func add(_ usage: Message.Usage) {
    func sum(_ a: Int64, _ b: Int64?) -> Int64 {
      let (sum, isOver) = a.addingReportingOverflow(b ?? 0)
      return isOver ? .max : sum
    }
    answers += 1
    inputTokens = sum(inputTokens, usage.inputTokens)
    outputTokens = sum(outputTokens, usage.outputTokens)
    cacheCreationInputTokens = sum(cacheCreationInputTokens, usage.cacheCreationInputTokens)
    cacheReadInputTokens = sum(cacheReadInputTokens, usage.cacheReadInputTokens)
    if let cost = usage.costMicroUSD {
      costMicroUSD = sum(costMicroUSD ?? 0, cost)
    } else {
      unpriced += 1
    }
  }
  /// Writes it as `GET /api/threads/ID/usage` shows it.
  package func write(of thread: ThreadID, to writer: inout JSONWriter) {
    writer.object {
      $0.field("thread", thread.text)
      $0.field("answers", answers)
      $0.field("input_tokens", inputTokens)
      $0.field("output_tokens", outputTokens)
      $0.field("cache_creation_input_tokens", cacheCreationInputTokens)
      $0.field("cache_read_input_tokens", cacheReadInputTokens)
      $0.field("cost_micro_usd", costMicroUSD)
      $0.field("unpriced", unpriced)
    }
  }
}
