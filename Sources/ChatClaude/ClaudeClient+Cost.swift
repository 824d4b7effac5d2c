import ChatCore

extension ClaudeClient {
  /// The event, with what it cost by now where a price is known.
  func priced(_ event: ModelEvent, _ model: String) -> ModelEvent {
    guard case .usage(let usage) = event else { return event }
    return .usage(priced(usage, model))
  }

  /// The answer, with what it cost where a price is known: that of the model as it was asked for,
  /// else as it calls itself, since a name may stand for a dated one.
  func priced(_ answer: ModelAnswer, _ model: String) -> ModelAnswer {
    ModelAnswer(
      model: answer.model, stopReason: answer.stopReason,
      usage: answer.usage.map { priced($0, model, or: answer.model) }, kept: answer.kept,
      calls: answer.calls)
  }

  private func priced(
    _ usage: Message.Usage, _ model: String, or other: String? = nil
  ) -> Message.Usage {
    var usage = usage
    let prices = configuration.prices[model] ?? other.flatMap { configuration.prices[$0] }
    usage.costMicroUSD = prices?.costMicroUSD(usage)
    return usage
  }
}
