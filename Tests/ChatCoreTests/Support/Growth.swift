import ChatCore

/// What is wrong with requests of one thread, in the order in which they were made; nil: nothing.
///
/// Each one's turns alternate, begin and end with the user's, and say something. Each is the
/// beginning of the next, turn by turn; the last turn may go on in the next, where what stood
/// between was an answer without text.
func growthFault(of requests: [[Transcript.Turn]]) -> String? {
  for (number, turns) in requests.enumerated() {
    let roles = turns.indices.map { $0 % 2 == 0 ? Message.Role.user : .assistant }
    guard turns.map(\.role) == roles, turns.last?.role == .user else {
      return "request \(number) has the roles \(turns.map(\.role))"
    }
    if turns.contains(where: \.text.isBlank) { return "request \(number) has a blank turn" }
  }
  for (number, (earlier, later)) in zip(requests, requests.dropFirst()).enumerated() {
    guard let last = earlier.last, later.count >= earlier.count,
      Array(later.prefix(earlier.count - 1)) == Array(earlier.dropLast())
    else { return "request \(number + 1) does not begin with the one before" }
    let grown = later[earlier.count - 1]
    let isGrown = later.count == earlier.count && grown.text.hasPrefix(last.text + "\n\n")
    guard grown.role == .user, grown.text == last.text || isGrown else {
      return "request \(number + 1) has \(grown.text) where there was \(last.text)"
    }
  }
  return nil
}
