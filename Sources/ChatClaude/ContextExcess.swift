/// What a server says where a request is longer than its model can read. Pure.
struct ContextExcess: Hashable, Sendable {
  /// How long the request was, in tokens, where that was said.
  var tokens: Int64?
  /// How long it and its answer may be, where that was said: nowhere else do some servers tell.
  var limit: Int64?

  /// Nil: `error` is another one.
  init?(_ error: ClaudeError) {
    switch error {
    case .contextExceeded: break
    case .status(let refusal) where refusal.status == 413: break
    case .status(let refusal) where refusal.type == "exceed_context_size_error": break  // llama.cpp
    case .status(let refusal) where [400, 422].contains(refusal.status):
      guard self.read(refusal.message) else { return nil }
    default: return nil
    }
  }

  /// Reads the API's two sentences, and vLLM's. Words alone tell: neither type nor code does.
  private mutating func read(_ message: String) -> Bool {
    if let match = message.firstMatch(of: /prompt is too long: (\d+) tokens > (\d+) maximum/) {
      (tokens, limit) = (Int64(match.1), Int64(match.2))
    } else if let match = message.firstMatch(of: /exceed context limit: (\d+) \+ \d+ > (\d+)/) {
      (tokens, limit) = (Int64(match.1), Int64(match.2))
    } else if let match = message.firstMatch(of: /maximum context length is (\d+) tokens/) {
      limit = Int64(match.1)
    }
    return limit.map { $0 > 0 } ?? false
  }
}
