import ChatCore
import ChildProtocol

/// What is asked for one answer, as it stands after what the server would not take.
struct Question: Sendable {
  /// What may be changed about a question, once each.
  enum Revision: Hashable, Sendable {
    case window, maxTokens, thinking, fields
    case tool(String)
  }

  let request: ModelRequest
  let configuration: ClaudeConfiguration
  /// The first of its turns that is sent.
  private(set) var first = 0
  var features = ClaudeRequest.Features()
  var maxTokens: Int64
  /// Fields that were left out on suspicion.
  var suspected: Set<OptionalField> = []
  private var revisions: Set<Revision> = []

  init(_ request: ModelRequest, _ configuration: ClaudeConfiguration) {
    self.request = request
    self.configuration = configuration
    maxTokens = request.maxTokens ?? configuration.maxTokens
  }

  var model: String { request.model ?? configuration.model }

  /// The entry that the transcript begins with.
  var start: EntryID? { request.turns.first?.entry }

  /// The entry before which turns are left out; nil: none is, or the entry has no name.
  var leftOutBefore: EntryID? { first > 0 ? request.turns[first].entry : nil }

  /// The request as it is sent.
  var asked: ClaudeRequest {
    let limited = ModelRequest(
      turns: request.turns, system: request.system, model: request.model, maxTokens: maxTokens,
      tools: request.tools, mayCall: request.mayCall, from: request.from)
    return ClaudeRequest(
      limited, configuration, turns: Array(request.turns[first...]), features: features)
  }

  /// About as many bytes as are sent.
  var byteCount: Int { turnByteCount + (request.system?.utf8.count ?? 0) + toolByteCount }

  private var turnByteCount: Int { request.turns[first...].reduce(0) { $0 + $1.byteCount } }
  private var toolByteCount: Int {
    request.tools.reduce(0) { $0 + $1.description.utf8.count + $1.inputSchema.bytes.count + 128 }
  }

  /// Notes a revision.
  /// - Returns: whether it is the first of its kind.
  mutating func revise(_ revision: Revision) -> Bool { revisions.insert(revision).inserted }

  /// Leaves out more of the oldest turns.
  /// - Parameters:
  ///   - budget: tokens for all that is sent.
  ///   - byteCount: how long all that is sent is now.
  /// - Returns: whether there was one to leave out after which the rest fits.
  mutating func cut(toFit budget: Int, byteCount: Int, bytesPerToken: Double) -> Bool {
    let turns = Array(request.turns[first...])
    // System prompt, tools and what JSON adds.
    let overhead = Double(max(0, byteCount - turnByteCount)) / bytesPerToken
    for share in [ContextWindow.share, ContextWindow.fullShare] {
      let room = Int(Double(budget) * share - overhead)
      // At least one goes: that they are too long is told, not guessed.
      if let index = ContextWindow.cut(
        Array(turns.dropFirst()), toFit: room, bytesPerToken: bytesPerToken)
      {
        first += index + 1
        return true
      }
    }
    return false
  }
}
