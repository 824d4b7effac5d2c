import ChatCore
import ChildProtocol
import NIOCore

/// A request that somebody makes of a child through chatd: another child, or whoever uses its tools.
/// It has exactly one outcome. Isolated to the supervisor.
final class Call {
  /// What became of it.
  enum Outcome {
    /// The child's answer, an error of its own included.
    case answered(Result<JSON, RPCFailure>)
    case timedOut(after: Duration)
    /// It ended first.
    case crashed(reason: String)
    /// It was never asked.
    case refused(reason: String)
    /// Whoever had asked for it wants it no more.
    case stopped
  }

  /// What is asked for.
  enum Request {
    case actor(from: ChildID, body: JSON)
    case tool(name: String, arguments: JSON)
  }

  /// How many a child may hold of others.
  static let limit = 64

  /// By which it can be stopped; nil: it can't.
  let number: Int?
  let callee: ChildID
  /// The child that waits for it; nil: none does.
  let caller: ChildID?
  let startedAt = Moment.now.steady
  /// When it is `timedOut`; partials put it off.
  var deadline: Duration
  /// Until then the child may still be at work on it, and is not pinged.
  let hardDeadline: Duration
  var timer: Scheduled<Void>?
  private let rules: Manifest.Messages
  private var finish: ((Outcome) -> Void)?

  /// A call of a child that `rules` are those of; `finish` is called once.
  init(
    of callee: ChildID, by caller: ChildID?, rules: Manifest.Messages,
    number: Int? = nil, finish: @escaping (Outcome) -> Void
  ) {
    self.number = number
    self.callee = callee
    self.caller = caller
    self.rules = rules
    self.finish = finish
    deadline = startedAt + rules.timeout
    hardDeadline = startedAt + rules.timeoutMax
  }

  /// Whether nobody waits for it any more.
  var isOver: Bool { finish == nil }

  /// Says what became of it; what comes after the first time is not heard.
  func end(_ outcome: Outcome) {
    let finish = finish
    self.finish = nil
    finish?(outcome)
  }

  /// Something came of it: its deadline is put off.
  func putOff() { deadline = min(Moment.now.steady + rules.timeout, hardDeadline) }
}
