import ChildProtocol

/// A path of entries as turns for the model.
///
/// Pure, and it only grows: what an earlier request held is the beginning of every later one. A
/// response belongs to the first of the user's turns whose answer was begun after it came
/// (identifiers sort by time), so a late reply comes with a later turn and rewrites nothing. Turns
/// alternate, begin and end with the user's, and none is empty.
package struct Transcript: Hashable, Sendable {
  package private(set) var turns: [Turn] = []

  /// The turns of `path`, oldest entry first. An answer without text is left out: what was said
  /// before and after it makes one turn. Where the path ends with an answer, so do the turns,
  /// unless a late reply has come after it.
  ///
  /// `answer` is the one that these turns are for, where it has been begun: what came after that is
  /// left to later turns.
  package init(_ path: [Entry], for answer: EntryID? = nil) {
    var segment: [Entry] = []
    var carried: [ChildResponse] = []
    for entry in path {
      guard let answer = entry.message, answer.role == .assistant else {
        segment.append(entry)
        continue
      }
      carried = addSegment(segment, carried: carried, answeredBy: answer.id)
      segment = []
      if !turns.isEmpty { add(.answer(Answer(answer)), of: answer.id) }
    }
    _ = addSegment(segment, carried: carried, answeredBy: answer)
  }

  /// Adds what stands between two answers, first what earlier turns could not be told.
  /// - Returns: the responses that came after `answer` was begun.
  private mutating func addSegment(
    _ segment: [Entry], carried: [ChildResponse], answeredBy answer: EntryID?
  ) -> [ChildResponse] {
    var left: [ChildResponse] = []
    func isTold(_ response: ChildResponse) -> Bool {
      guard let answer, response.messageID > answer else { return true }
      left.append(response)
      return false
    }
    let earlier = carried.filter(isTold).sorted { $0.messageID < $1.messageID }
    for response in earlier { add(.text(Self.words(of: response)), of: response.messageID) }
    for entry in segment {
      switch entry {
      case .message(let message): add(.text(Self.words(of: message)), of: message.id)
      case .rollup(let rollup):
        for response in rollup.responses.filter(isTold) {
          add(.text(Self.words(of: response)), of: rollup.id)
        }
      case .toolRound: continue
      }
    }
    return left
  }

  private mutating func add(_ part: Part, of entry: EntryID) {
    guard !part.isEmpty else { return }
    if turns.last?.role == part.role {
      turns[turns.count - 1].parts.append(part)
    } else {
      turns.append(Turn(role: part.role, entry: entry, parts: [part]))
    }
  }

  private static func words(of message: Message) -> String {
    guard let author = message.author else { return message.content.cleanForModel }
    return actor(author, message.content)
  }

  private static func words(of response: ChildResponse) -> String {
    guard response.status == .replied else { return "" }
    let text = response.text.flatMap { $0.isBlank ? nil : $0 }
    return (text ?? response.data?.text).map { actor(response.child, $0) } ?? ""
  }

  /// A child's words, which can't pose as anybody else's: what would open or close a mark is
  /// escaped.
  private static func actor(_ child: ChildID, _ text: String) -> String {
    var escaped = ""
    for scalar in text.cleanForModel.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped.isBlank ? "" : "<actor id=\"\(child)\">\(escaped)</actor>"
  }
}

extension String {
  /// The text without control characters, which servers refuse or garble; line breaks and tabs
  /// stay.
  package var cleanForModel: String {
    func isKept(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.generalCategory != .control || "\n\r\t".unicodeScalars.contains(scalar)
    }
    guard !unicodeScalars.allSatisfy(isKept) else { return self }
    return String(UnicodeScalarView(unicodeScalars.filter(isKept)))
  }

  /// Whether there is nothing to read in it: no more than white space and control characters, which
  /// the model is not shown.
  package var isBlank: Bool {
    unicodeScalars.allSatisfy {
      $0.properties.isWhitespace || $0.properties.generalCategory == .control
    }
  }
}
