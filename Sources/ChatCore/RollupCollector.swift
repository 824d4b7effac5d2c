/// Gathers what the children asked about one message answered, and knows when that is a rollup.
///
/// Exactly one outcome for each child asked: the first counts, except that an answer takes the
/// place of a `timed_out` (then it is `late`). Children that are not waited for don't hold up
/// completion.
package struct RollupCollector: Sendable {
  /// What a recorded response means.
  package enum Effect: Hashable, Sendable {
    /// Stored; others are still waited for.
    case recorded
    /// Stored, and it was the last one waited for.
    case completed
    /// The rollup was closed before: this is what has to take the earlier response's place in it.
    case late(ChildResponse)
    /// The child was not asked, or has its outcome already.
    case ignored
  }

  private var outcomes: [ChildID: ChildResponse] = [:]
  private var unanswered: Set<ChildID>
  private var awaited: Set<ChildID>
  private var isClosed = false

  /// A collector for the children `asked`, of whom `awaited` are waited for.
  package init(asked: Set<ChildID>, awaited: Set<ChildID>) {
    self.unanswered = asked
    self.awaited = awaited.intersection(asked)
  }

  /// Whether nobody is waited for any more.
  package var isComplete: Bool { awaited.isEmpty }

  /// The children without any outcome yet, in order of their names.
  package var pending: [ChildID] { unanswered.sorted() }

  /// The outcomes so far, in order of the children's names.
  package var responses: [ChildResponse] { outcomes.values.sorted { $0.child < $1.child } }

  /// Takes a child's outcome.
  package mutating func record(_ response: ChildResponse) -> Effect {
    if unanswered.remove(response.child) != nil {
      outcomes[response.child] = response
      guard awaited.remove(response.child) != nil, awaited.isEmpty, !isClosed else {
        return isClosed ? .late(markLate(response)) : .recorded
      }
      return .completed
    }
    guard outcomes[response.child]?.status == .timedOut, response.status != .timedOut else {
      return .ignored
    }
    let late = markLate(response)
    return isClosed ? .late(late) : .recorded
  }

  /// Ends the gathering: whoever has no outcome gets what `placeholder` makes, and what comes now
  /// is late.
  /// - Returns: every outcome, in order of the children's names.
  package mutating func close(_ placeholder: (ChildID) -> ChildResponse) -> [ChildResponse] {
    for child in unanswered { outcomes[child] = placeholder(child) }
    unanswered = []
    awaited = []
    isClosed = true
    return responses
  }

  private mutating func markLate(_ response: ChildResponse) -> ChildResponse {
    var late = response
    late.late = true
    outcomes[response.child] = late
    return late
  }
}
