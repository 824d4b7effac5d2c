import ChatCore
import ChildProtocol

/// What of an entry is found by a search.
extension Entry {
  /// What was said, and by which child; nil: by whoever the message is from.
  var sayings: [(child: ChildID?, text: String)] {
    switch self {
    case .message(let message): [(nil, message.content)]
    case .rollup(let rollup):
      rollup.responses.compactMap { response in response.text.map { (response.child, $0) } }
    case .toolRound(let round):
      round.calls.flatMap { call in
        (call.content.array ?? []).compactMap { block in
          block["text"]?.string.map { (call.child, $0) }
        }
      }
    }
  }

  /// The sayings as one text, a line break between each two.
  var searchText: String { sayings.map(\.text).joined(separator: "\n") }

  /// The text, where SQLite does not get the same from the entry's JSON; nil: it does, or there is
  /// none.
  var textColumn: String? {
    let text = searchText
    let isInBody = message != nil && !text.utf8.contains(0)
    return isInBody || text.isEmpty ? nil : text.column
  }

  /// Where each saying stands in the text as the database has it, in bytes; empty where that is
  /// another text.
  func stretches(textByteCount: Int) -> [(child: ChildID?, bytes: Range<Int>)] {
    var start = 0
    let stretches = sayings.map { saying in
      let end = start + saying.text.column.utf8.count
      defer { start = end + 1 }
      return (child: saying.child, bytes: start..<end)
    }
    return stretches.last?.bytes.upperBound == textByteCount ? stretches : []
  }
}
