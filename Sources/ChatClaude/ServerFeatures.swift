import ChatCore
import Synchronization

/// What a server was found to lack and to limit, for as long as chatd runs.
final class ServerFeatures: Sendable {
  private struct State {
    var countsTokens = true
    var lacks: Set<OptionalField> = []
    var contexts: [String: Int64] = [:]
    var maxTokens: [String: Int64] = [:]
    var withoutThinking: Set<EntryID> = []
    var refusedTools: Set<Tool> = []
  }

  private let state = Mutex(State())

  /// Whether `POST /v1/messages/count_tokens` is there.
  var countsTokens: Bool { state.withLock { $0.countsTokens } }

  /// The fields that it does not take.
  var lacks: Set<OptionalField> { state.withLock { $0.lacks } }

  /// How much a model can read and write, as a refusal told.
  func context(of model: String) -> Int64? { state.withLock { $0.contexts[model] } }

  /// How much it can write, as a refusal told.
  func maxTokens(of model: String) -> Int64? { state.withLock { $0.maxTokens[model] } }

  /// Whether it takes thoughts of earlier answers in the thread that begins with `entry`.
  func takesThinking(from entry: EntryID?) -> Bool {
    guard let entry else { return true }
    return state.withLock { !$0.withoutThinking.contains(entry) }
  }

  /// The names by which those of `tools` would be offered that it refuses, as they are declared now.
  func refusedNames(among tools: [Tool]) -> Set<String> {
    let refused = state.withLock { $0.refusedTools }
    guard !refused.isEmpty else { return [] }
    return Set(tools.filter(refused.contains).map { ToolName.of($0.child, $0.name) })
  }

  /// It refuses a tool; each request would be refused once for each.
  func refuses(_ tool: Tool) {
    state.withLock { state in
      // Of a child that declares new ones for ever.
      if state.refusedTools.count >= 1000 { state.refusedTools = [] }
      state.refusedTools.insert(tool)
    }
  }

  /// It does not count tokens.
  /// - Returns: whether that is news.
  func lacksCount() -> Bool {
    state.withLock { state in
      defer { state.countsTokens = false }
      return state.countsTokens
    }
  }

  /// It does not take these fields.
  /// - Returns: those of them that are news.
  func lacks(_ fields: Set<OptionalField>) -> Set<OptionalField> {
    state.withLock { state in
      defer { state.lacks.formUnion(fields) }
      return fields.subtracting(state.lacks)
    }
  }

  /// A model reads and writes no more than that.
  func limit(_ model: String, context: Int64) {
    state.withLock { $0.contexts[model] = context }
  }

  /// A model writes no more than that.
  func limit(_ model: String, maxTokens: Int64) {
    state.withLock { $0.maxTokens[model] = maxTokens }
  }

  /// It refuses thoughts of earlier answers in the thread that begins with `entry`; each request
  /// would be refused once.
  func refusesThinking(from entry: EntryID?) {
    guard let entry else { return }
    _ = state.withLock { $0.withoutThinking.insert(entry) }
  }
}
