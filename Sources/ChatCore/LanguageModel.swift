/// The assistant's voice.
package protocol LanguageModel: Sendable {
  /// What there is to say of it: whether it is on, and if not why.
  var assistant: Assistant { get }
  /// Asks for an answer. `hear` is given each piece as it comes and is waited for, so a slow
  /// listener slows the stream and nothing piles up. Cancelling the task drops the request at once
  /// and throws `CancellationError`.
  /// - Throws: `ModelFailure`; what `hear` was given before stands.
  func answer(
    _ request: ModelRequest, hear: @escaping @Sendable (ModelEvent) async -> Void
  ) async throws -> ModelAnswer
}

/// Who answers, as `hello` says it.
package struct Assistant: Hashable, Sendable {
  /// Which kind of assistant.
  package enum Kind: String, Sendable, CaseIterable {
    case claude, demo, off
  }

  package let kind: Kind
  package let model: String?
  /// Why it is off and how to turn it on; or what it is, where that is not plain.
  package let reason: String?

  package init(kind: Kind, model: String? = nil, reason: String? = nil) {
    self.kind = kind
    self.model = model
    self.reason = reason
  }

  package var isEnabled: Bool { kind != .off }
}

/// What the model is asked.
package struct ModelRequest: Sendable {
  /// Alternating, the first and the last the user's, none empty.
  package let turns: [Transcript.Turn]
  /// The thread's own system prompt; nil: the configuration's.
  package let system: String?
  /// The thread's own model; nil: the configuration's.
  package let model: String?

  package init(turns: [Transcript.Turn], system: String? = nil, model: String? = nil) {
    self.turns = turns
    self.system = system
    self.model = model
  }
}

/// Something that happens while the model answers.
package enum ModelEvent: Hashable, Sendable {
  /// A piece of text.
  case text(String)
  /// Nothing had come yet and it is tried again after `delay`.
  case retrying(attempt: Int, delay: Duration, reason: String)
}

/// The end of a whole answer.
package struct ModelAnswer: Hashable, Sendable {
  /// The model that answered, by its own word.
  package let model: String
  /// The API's stop reason: `end_turn`, `max_tokens`, …
  package let stopReason: String
  package let usage: Message.Usage?

  package init(model: String, stopReason: String, usage: Message.Usage? = nil) {
    self.model = model
    self.stopReason = stopReason
    self.usage = usage
  }
}

/// Why there is no whole answer, in words that a person can act upon.
package struct ModelFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// Whether an answer had begun: what came is kept, the message is `interrupted` and not `failed`.
  package let isInterruption: Bool
  package let reason: String

  package init(isInterruption: Bool, reason: String) {
    self.isInterruption = isInterruption
    self.reason = reason
  }

  package var description: String { reason }
}
