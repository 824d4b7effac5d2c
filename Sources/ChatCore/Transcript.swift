import ChildProtocol

/// A path of entries as turns for the model.
///
/// Pure, and it only grows: what an earlier request held is the beginning of every later one. A
/// response belongs to the first of the user's turns whose answer was begun after it came
/// (identifiers sort by time), so a late reply comes with a later turn and rewrites nothing. An
/// answer that calls tools goes on behind their results, and nothing but these stands there: what
/// comes late meanwhile waits for the next turn that somebody begins. Turns alternate, begin and
/// end with the user's, and none is empty.
package struct Transcript: Hashable, Sendable {
  package private(set) var turns: [Turn] = []
  /// The entry with which they begin, where what stands before it is left out.
  package private(set) var from: EntryID?

  /// The turns of `path`, oldest entry first. An answer without anything in it is left out: what
  /// was said before and after it makes one turn. Where the path ends with an answer, so do the
  /// turns, unless a late reply has come after it or it ends with calls.
  ///
  /// `answer` is the one that these turns are for, where it has been begun: what came after that is
  /// left to later turns. The turns before the one that begins with `from` are left out; where no
  /// turn that could open a transcript begins there, none is.
  package init(_ path: [Entry], for answer: EntryID? = nil, from: EntryID? = nil) {
    var segment: [Entry] = []
    var carried: [ChildResponse] = []
    var before: Message?
    for (place, entry) in path.enumerated() {
      guard let message = entry.message, message.role == .assistant else {
        segment.append(entry)
        continue
      }
      carried = addSegment(segment, behind: before, carried: carried, answeredBy: message.id)
      segment = []
      before = message
      let next = path.indices.contains(place + 1) ? path[place + 1].toolRound : nil
      let calls = next.flatMap { $0.answers(message) ? $0.calls : nil } ?? []
      if !turns.isEmpty { add(.answer(Answer(message, calls: calls)), of: message.id) }
    }
    _ = addSegment(segment, behind: before, carried: carried, answeredBy: answer)
    leaveOut(before: from)
  }

  private mutating func leaveOut(before entry: EntryID?) {
    guard let entry, let place = turns.firstIndex(where: { $0.entry == entry }),
      turns[place].isOpening
    else { return }
    turns.removeFirst(place)
    from = entry
  }

  /// Adds what stands between two answers: the results of what the first one called, what earlier
  /// turns could not be told, and what was said.
  /// - Returns: the responses that came after `answer` was begun, and all where that one only goes
  ///   on.
  private mutating func addSegment(
    _ segment: [Entry], behind before: Message?, carried: [ChildResponse],
    answeredBy answer: EntryID?
  ) -> [ChildResponse] {
    let round = segment.first?.toolRound.flatMap { $0.answers(before) ? $0 : nil }
    let said = round == nil ? segment : Array(segment.dropFirst())
    addResults(of: round, behind: before, isGoingOn: segment.isEmpty && answer != nil)
    let isPaused = before?.isPaused == true || before?.asksForCalls == true
    if said.isEmpty, round != nil || (isPaused && answer != nil) { return carried }
    var left: [ChildResponse] = []
    func isTold(_ response: ChildResponse) -> Bool {
      guard let answer, response.messageID > answer else { return true }
      left.append(response)
      return false
    }
    let earlier = carried.filter(isTold).sorted { $0.messageID < $1.messageID }
    for response in earlier {
      add(.text(Self.words(of: response)), of: said.first?.id ?? response.messageID)
    }
    for entry in said {
      switch entry {
      case .message(let message): add(.text(Self.words(of: message)), of: message.id)
      case .rollup(let rollup):
        for response in rollup.responses.filter(isTold) {
          add(.text(Self.words(of: response)), of: rollup.id)
        }
      case .toolRound(let round):
        for call in round.calls { add(.text(Self.words(of: call)), of: round.id) }
      }
    }
    return left
  }

  /// Adds what came of the calls of the answer before. Where it went on without them they were
  /// never made, and a turn that says so keeps the two answers apart.
  private mutating func addResults(
    of round: ToolRound?, behind before: Message?, isGoingOn: Bool
  ) {
    guard turns.last?.role == .assistant, let before else { return }
    if let round {
      add(.results(round.calls), of: round.id)
    } else if before.asksForCalls && isGoingOn {
      add(.results([]), of: before.id)
    }
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

  /// What came of a call that a person made.
  private static func words(of call: ToolCall) -> String {
    let blocks = (call.content.array ?? []).map { $0["text"]?.string ?? $0.text }
    let reason = call.status == .done ? nil : call.reason ?? call.status.rawValue
    let text = ([reason].compactMap(\.self) + blocks).joined(separator: "\n")
    return actor(call.child, text.isBlank ? "(no output)" : text, tool: call.tool)
  }

  /// A child's words, which can't pose as anybody else's: what would open or close a mark is
  /// escaped.
  private static func actor(_ child: ChildID, _ text: String, tool: String? = nil) -> String {
    let escaped = text.escapedForModel()
    let mark = tool.map { " tool=\"\($0.escapedForModel(quotes: true))\"" } ?? ""
    return escaped.isBlank ? "" : "<actor id=\"\(child)\"\(mark)>\(escaped)</actor>"
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

  /// The text, cleaned, in which nothing opens or closes a mark; with `quotes` not the value of an
  /// attribute either. By scalars: a quote is one whatever combines with it.
  package func escapedForModel(quotes: Bool = false) -> String {
    var escaped = ""
    for scalar in cleanForModel.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case "\"" where quotes: escaped += "&quot;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// Whether there is nothing to read in it: no more than white space and control characters, which
  /// the model is not shown.
  package var isBlank: Bool {
    unicodeScalars.allSatisfy {
      $0.properties.isWhitespace || $0.properties.generalCategory == .control
    }
  }
}
