import ChatCore

/// Whether a streamed answer is whole, and what it came to.
///
/// Pure. An answer is whole once a stop reason was told, whatever becomes of the stream afterwards;
/// without one, no end of the stream makes it so.
struct ClaudeStream: Sendable {
  /// Nothing more is to come.
  private(set) var isOver = false
  private(set) var stopReason: String?
  private var hasText = false
  private var model: String?
  private var usage = Message.Usage()
  private var explanation: String?

  /// Takes an event.
  /// - Returns: the text in it, if there is some.
  /// - Throws: `ClaudeError.broken` for an `error` event, unless the answer was whole before.
  mutating func receive(_ event: ClaudeStreamEvent) throws(ClaudeError) -> String? {
    guard !isOver else { return nil }
    switch event {
    case .start(let model, let usage):
      self.model = model ?? self.model
      self.usage.update(usage)
    case .text(let text):
      hasText = true
      return text
    case .end(let stopReason, let explanation, let usage):
      self.stopReason = stopReason ?? self.stopReason
      self.explanation = explanation ?? self.explanation
      self.usage.update(usage)
    case .stop: isOver = true
    case .error(let type, let message):
      guard stopReason != nil else { throw .broken(type: type, message: message) }
      isOver = true
    case .other: break
    }
    return nil
  }

  /// The answer, once the stream has ended or broken off; `request` is what was asked.
  /// - Throws: `ClaudeError` where it is not whole, or where there is not a word in it and that
  ///   needs an explanation.
  func answer(to request: ClaudeRequest) throws(ClaudeError) -> ModelAnswer {
    guard let stopReason else { throw .cutOff }
    if !hasText {
      switch stopReason {
      case "refusal": throw .refused(explanation)
      case "model_context_window_exceeded": throw .contextExceeded
      case "max_tokens": throw .nothingWithinLimit(request.maxTokens)
      default: break
      }
    }
    return ModelAnswer(
      model: model ?? request.model, stopReason: stopReason,
      usage: usage == Message.Usage() ? nil : usage)
  }
}
