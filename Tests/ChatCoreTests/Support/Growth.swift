import ChatCore

/// What is wrong with requests of one thread, in the order in which they were made; nil: nothing.
///
/// Each one's turns alternate, begin and end with the user's, and say something; results stand first
/// in theirs. Each is the beginning of the next, turn by turn; the last turn may go on in the next,
/// where what stood between was an answer without text.
func growthFault(of requests: [[Transcript.Turn]]) -> String? {
  for (number, turns) in requests.enumerated() {
    let roles = turns.indices.map { $0 % 2 == 0 ? Message.Role.user : .assistant }
    guard turns.map(\.role) == roles, turns.last?.role == .user else {
      return "request \(number) has the roles \(turns.map(\.role))"
    }
    if turns.contains(where: { $0.parts.isEmpty || $0.parts.contains(where: \.isEmpty) }) {
      return "request \(number) has a blank turn"
    }
    if turns.contains(where: { $0.parts.dropFirst().contains(where: \.isResults) }) {
      return "request \(number) has results behind words"
    }
  }
  for (number, (earlier, later)) in zip(requests, requests.dropFirst()).enumerated() {
    guard let last = earlier.last, later.count >= earlier.count,
      Array(later.prefix(earlier.count - 1)) == Array(earlier.dropLast())
    else { return "request \(number + 1) does not begin with the one before" }
    let grown = later[earlier.count - 1]
    let isGrown = later.count == earlier.count && grown.words.hasPrefix(last.words + "\n\n")
    guard grown.role == .user, grown.words == last.words || isGrown else {
      return "request \(number + 1) has \(grown.words) where there was \(last.words)"
    }
  }
  return nil
}

extension Transcript.Part {
  var isResults: Bool { if case .results = self { true } else { false } }
}

extension Transcript.Turn {
  /// All that is in it, results too.
  fileprivate var words: String {
    parts.map { part in
      switch part {
      case .text(let text): text
      case .answer(let answer): "\(answer)"
      case .results(let calls): "results: \(calls)"
      }
    }.joined(separator: "\n\n")
  }
}
