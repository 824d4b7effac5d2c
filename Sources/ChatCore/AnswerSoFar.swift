/// What an answer has come to: a chain of the assistant's messages with rounds of calls between
/// them, each behind the one before.
///
/// Pure. It is read from the path on disk, so that one that was broken off goes on where it was.
struct AnswerSoFar {
  /// How many rounds it has had, and how often it was gone on with after the server's own pause.
  private(set) var rounds = 0
  private(set) var pauses = 0
  /// Its last message; nil: none was begun.
  private(set) var last: Message?
  /// The last round, if nothing follows it yet.
  private(set) var round: ToolRound?
  /// The calls that the last message ends with. They are known to the run that has heard them.
  private(set) var calls: [ModelCall] = []
  /// The person's message that it answers, where there is one.
  private(set) var user: EntryID?
  /// Its messages, by any of which it is meant.
  private(set) var spoken: Set<EntryID> = []
  /// Whether its calls were taken from an earlier run's word: then what they were isn't known.
  private var isTakenUp = false

  /// What is to be done next.
  enum Step {
    /// A message is to be begun behind all there is.
    case begin
    /// The last message is on disk and nothing is written of it.
    case write(Message)
    /// What it asks for is to be called.
    case call([ModelCall], Message)
    /// What is called in a round has not all come to its end.
    case finish(ToolRound)
    /// It is whole, or as whole as it gets.
    case end

    var finishesRound: Bool { if case .finish = self { true } else { false } }
  }

  /// Nothing yet.
  init() {}

  /// What `path`, oldest entry first, has of the answer to `message`; or of the answer that
  /// `message` is a part of, with the rounds before it.
  init(_ path: [Entry], behind message: EntryID) {
    guard let place = path.firstIndex(where: { $0.id == message }) else { return }
    let said = path[place].message
    let start =
      said?.role == .assistant
      ? path[..<place].lastIndex { $0.message?.role == .user }.map { $0 + 1 } ?? 0 : place + 1
    user = path[..<start].last { $0.message?.isPersons == true }?.id
    for entry in path[start...] {
      switch entry {
      case .message(let message) where message.role == .assistant: begin(message)
      case .toolRound(let round) where round.answers(last): begin(round)
      case .message, .rollup, .toolRound: continue
      }
    }
    isTakenUp = true
  }

  /// A message was begun, or an earlier run had begun it.
  mutating func begin(_ message: Message) {
    if last?.isPaused == true && round == nil { pauses += 1 }
    (last, round, calls, isTakenUp) = (message, nil, [], false)
    spoken.insert(message.id)
  }

  /// The last message has ended, with these calls.
  mutating func end(_ message: Message, _ calls: [ModelCall]) {
    (last, self.calls, isTakenUp) = (message, calls, false)
  }

  /// Its calls have got a round.
  mutating func begin(_ round: ToolRound) {
    (self.round, calls) = (round, [])
    rounds += 1
  }

  /// All calls of its round have come to their end.
  mutating func end(_ round: ToolRound) { self.round = round }

  /// What is to be done next, where it may have `limit` rounds.
  ///
  /// An answer that a person stops ends with a message that says so, behind the calls that were not
  /// made too: there it can be gone on with.
  func next(limit: Int, isStopped: Bool) -> Step {
    guard let last else { return .begin }
    if let round { return round.isOver ? .begin : .finish(round) }
    if last.status == .streaming { return .write(last) }
    if last.isPaused { return pauses == 0 && !isStopped ? .begin : .end }
    guard last.asksForCalls, rounds < limit else { return .end }
    // What an earlier run did not come to was never called, and the model is told so.
    if isTakenUp { return .begin }
    guard !calls.isEmpty else { return .end }
    return isStopped ? .begin : .call(calls, last)
  }
}

extension ToolRound {
  /// Whether every call has come to its end.
  var isOver: Bool { calls.allSatisfy { ![.waiting, .running].contains($0.status) } }
}
