import ChatCore
import ChildProtocol

/// How much of a conversation a model can read. Pure.
enum ContextWindow {
  /// Bytes of a token, where the server does not count: fewer than most texts have, so that a guess
  /// is rather too high than too low.
  static let bytesPerToken = 3.0
  /// How much of the window is filled after a cut: the next answers begin at the same turn, so that
  /// prompt caches live.
  static let share = 0.6
  /// How much of it is filled where one turn is as long as that.
  static let fullShare = 0.95

  /// The first of the turns that are kept, for as many as possible to fit: one that a transcript may
  /// begin with, so never half a turn; nil: not even the last of these fits with what follows it.
  /// - Parameter budget: tokens.
  static func cut(
    _ turns: [Transcript.Turn], toFit budget: Int, bytesPerToken: Double
  ) -> Int? {
    var count = 0.0
    var first: Int?
    for index in turns.indices.reversed() {
      count += Double(turns[index].byteCount) / bytesPerToken
      guard count <= Double(budget) else { break }
      if turns[index].isOpening { first = index }
    }
    return first
  }

  /// How long an answer may be: half the window, where the limit that was set would fill it.
  static func maxTokens(_ wanted: Int64, in context: Int64) -> Int64 {
    max(1, min(wanted, context / 2))
  }
}

extension Transcript.Turn {
  /// About as many bytes as it has in a request.
  var byteCount: Int { parts.reduce(64) { $0 + $1.byteCount } }
}

extension Transcript.Part {
  fileprivate var byteCount: Int {
    switch self {
    case .text(let text): text.utf8.count
    case .answer(let answer):
      max(
        answer.text.utf8.count + answer.calls.reduce(0) { $0 + $1.arguments.bytes.count + 128 },
        answer.kept?.bytes.count ?? 0)
    case .results(let calls):
      calls.reduce(0) { $0 + $1.content.bytes.count + ($1.reason?.utf8.count ?? 0) + 128 }
    }
  }
}
