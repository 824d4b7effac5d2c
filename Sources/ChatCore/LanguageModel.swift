package import ChildProtocol

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
  /// The models that it can answer with.
  /// - Throws: `ModelFailure`.
  func models() async throws -> [ModelInfo]
}

extension LanguageModel {
  /// The one that it answers with, where it knows of no other.
  package func models() async throws -> [ModelInfo] {
    assistant.model.map { [ModelInfo(id: $0)] } ?? []
  }
}

/// A model as its server describes it.
package struct ModelInfo: Hashable, Sendable {
  package let id: String
  /// Its name for people.
  package var name: String?
  /// The most tokens of a request.
  package var maxInputTokens: Int64?
  /// The most tokens of an answer.
  package var maxTokens: Int64?

  package init(
    id: String, name: String? = nil, maxInputTokens: Int64? = nil, maxTokens: Int64? = nil
  ) {
    self.id = id
    self.name = name
    self.maxInputTokens = maxInputTokens
    self.maxTokens = maxTokens
  }
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
  /// The most tokens of the answer in this thread; nil: the configuration's.
  package let maxTokens: Int64?
  /// The tools that are offered, sorted by child and name: the same list for all requests of a
  /// turn, since prompt caches depend on it.
  package let tools: [Tool]
  /// Whether the model may call them: not in the request that no round can follow.
  package let mayCall: Bool
  /// The entry from which the answer before this one has read; nil: from the first.
  package let from: EntryID?

  package init(
    turns: [Transcript.Turn], system: String? = nil, model: String? = nil,
    maxTokens: Int64? = nil, tools: [Tool] = [], mayCall: Bool = true, from: EntryID? = nil
  ) {
    self.turns = turns
    self.system = system
    self.model = model
    self.maxTokens = maxTokens
    self.tools = tools
    self.mayCall = mayCall
    self.from = from
  }
}

/// Something that happens while the model answers.
package enum ModelEvent: Hashable, Sendable {
  /// A piece of text.
  case text(String)
  /// What it has cost by now, all of it so far.
  case usage(Message.Usage)
  /// The turns before the one that begins with this entry were left out, since all together were
  /// too long. Told before any text.
  case leftOut(before: EntryID)
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
  /// What the server wants to have back word for word with the next request: `Message.kept`.
  package let kept: JSON?
  /// The calls that it ends with, in their order; only with the stop reason `tool_use`.
  package let calls: [ModelCall]

  package init(
    model: String, stopReason: String, usage: Message.Usage? = nil, kept: JSON? = nil,
    calls: [ModelCall] = []
  ) {
    self.model = model
    self.stopReason = stopReason
    self.usage = usage
    self.kept = kept
    self.calls = calls
  }
}

/// A call of a tool that the model wants to have made.
package struct ModelCall: Hashable, Sendable {
  /// `unknown` where the model named a tool that was not offered.
  package let child: ChildID
  package let tool: String
  /// Nothing, where they are more than a call may have.
  package let arguments: JSON
  /// Why it can't be made; nil: it can.
  package let problem: String?

  /// What the name of a tool that can't be called is cut to, in scalars.
  private static let nameLength = 128

  /// A call with arguments as the model gave them. Where a child's frame or the log could not bear
  /// them there is a problem.
  package init(child: ChildID, tool: String, arguments: JSON, problem: String? = nil) {
    let fault = ToolCall.fault(in: arguments).map { "its arguments are not \($0)" }
    self.child = child
    self.arguments = fault == nil ? arguments : [:]
    self.problem = problem ?? fault
    let cut = String.UnicodeScalarView(tool.unicodeScalars.prefix(Self.nameLength))
    self.tool = self.problem == nil ? tool : String(cut)
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
