import ChatCore
import ChildProtocol

/// Whether a streamed answer is whole, and what it came to.
///
/// Pure. An answer is whole once a stop reason was told, whatever becomes of the stream afterwards;
/// without one, no end of the stream makes it so.
struct ClaudeStream: Sendable {
  /// Nothing more is to come.
  private(set) var isOver = false
  private(set) var stopReason: String?
  /// Whether a piece of the answer came, of whatever kind: it is being paid for.
  private(set) var hasBegun = false
  /// What it has cost by now.
  private(set) var usage = Message.Usage()
  private var hasText = false
  private var content = AnswerContent()
  private var model: String?
  private var explanation: String?

  /// Takes an event.
  /// - Returns: the text in it, if there is some.
  /// - Throws: `ClaudeError.broken` for an `error` event, unless the answer was whole before;
  ///   `.unreadable` where it is too long.
  mutating func receive(_ event: ClaudeStreamEvent) throws(ClaudeError) -> String? {
    guard !isOver else { return nil }
    switch event {
    case .start(let model, let usage):
      self.model = model ?? self.model
      self.usage.update(usage)
    case .blockStart(let block, let index):
      try content.start(index, block)
      return begin(block)
    case .text(let text, let index):
      try content.add(index, text: text)
      hasBegun = true
      hasText = true
      return text
    case .blockDelta(let delta, let index):
      hasBegun = true
      try content.add(index, delta)
    case .blockStop(let index): content.stop(index)
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

  /// Takes the beginning of a block; most have nothing in them yet.
  /// - Returns: the text in it, if there is some.
  private mutating func begin(_ block: JSON) -> String? {
    guard block["type"] == "text" else {
      let isEmpty = block["type"] == "thinking" && (block["thinking"] ?? "") == ""
      hasBegun = hasBegun || !isEmpty
      return nil
    }
    guard let text = block["text"]?.string, !text.isEmpty else { return nil }
    hasBegun = true
    hasText = true
    return text
  }

  /// The answer, once the stream has ended or broken off; `request` is what was asked.
  /// - Throws: `ClaudeError` where it is not whole, or where there is not a word in it and that
  ///   needs an explanation.
  func answer(to request: ClaudeRequest) throws(ClaudeError) -> ModelAnswer {
    guard let stopReason else { throw .cutOff }
    let calls = content.calls
    if !hasText, calls.isEmpty {
      switch stopReason {
      case "refusal": throw .refused(explanation)
      case "model_context_window_exceeded": throw .contextExceeded
      case "max_tokens": throw .nothingWithinLimit(request.maxTokens)
      default: break
      }
    }
    return ModelAnswer(
      model: model ?? request.model, stopReason: stopReason,
      usage: usage == Message.Usage() ? nil : usage,
      kept: content.kept.map {
        KeptAnswer(model: request.model, from: request.from, content: $0).json
      },
      calls: stopReason == "tool_use" ? calls.map(request.tools.call) : [])
  }
}
