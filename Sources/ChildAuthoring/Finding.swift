package import ChildProtocol

/// What became of one rule of the conformance.
package struct Finding: Sendable {
  /// Whether the child keeps it.
  package enum Outcome: Hashable, Sendable {
    case passed
    case failed(expected: String, got: String)
    /// It could not be told, or does not concern this child.
    case skipped(reason: String)
  }

  /// The rule's name, `half-close`.
  package let rule: String
  /// What the rule says, as "it …".
  package let title: String
  /// The heading's anchor in children/README.md that explains it, without the `#`.
  package let section: String
  package let outcome: Outcome
  /// Of the try that failed; else empty.
  package let transcript: [RigTranscript.Entry]

  package var isFailure: Bool { if case .failed = outcome { true } else { false } }

  /// The finding in one line: `ok  ID  TITLE`, `FAILED  ID  TITLE (children/README.md#…): expected
  /// …; got …` or `skipped  ID  TITLE: REASON`.
  package var line: String {
    switch outcome {
    case .passed: "ok       \(rule)  \(title)"
    case .failed(let expected, let got):
      "FAILED   \(rule)  \(title) (children/README.md#\(section)): expected \(expected); got \(got)"
    case .skipped(let reason): "skipped  \(rule)  \(title): \(reason)"
    }
  }

  /// The finding as an object: `{"rule", "title", "section", "outcome"}`, and `expected`, `got` and
  /// `transcript` where it failed, `reason` where it was skipped.
  package var json: JSON {
    var members: [JSON.Member] = [
      .init("rule", .string(rule)), .init("title", .string(title)),
      .init("section", .string("children/README.md#" + section)),
    ]
    switch outcome {
    case .passed: members.append(.init("outcome", "passed"))
    case .failed(let expected, let got):
      members += [
        .init("outcome", "failed"), .init("expected", .string(expected)),
        .init("got", .string(got)), .init("transcript", .array(transcript.map(\.json))),
      ]
    case .skipped(let reason):
      members += [.init("outcome", "skipped"), .init("reason", .string(reason))]
    }
    return .object(members)
  }
}
