import ChildProtocol

/// A rule of the contract that every good child keeps, and how it is tried.
struct ConformanceRule: Sendable {
  /// What a child has to do at least, for the rule to be tried.
  enum Need: Hashable, Sendable {
    case pings, messages, tools
  }

  let id: String
  let title: String
  let section: String
  var needs: Set<Need> = []
  /// What breaks this rule though another one was tried.
  var breaches: Set<RigBreach.Kind> = []
  /// Throws `Failed` or `Skipped`, or `AuthoringError` where nothing could be tried.
  let attempt: @Sendable (ConformanceTrial) throws -> Void

  /// It does not keep the rule.
  struct Failed: Error {
    let expected: String
    let got: String
  }

  /// The rule does not concern it, or could not be tried.
  struct Skipped: Error {
    let reason: String
  }

  /// Every rule, in the order in which they are told.
  static let all =
    beginnings + requests + texts + timings + endings + powers + judgedByAll

  /// The finding for this rule.
  func finding(_ outcome: Finding.Outcome, _ transcript: RigTranscript? = nil) -> Finding {
    Finding(
      rule: id, title: title, section: section, outcome: outcome,
      transcript: transcript?.entries ?? [])
  }
}
