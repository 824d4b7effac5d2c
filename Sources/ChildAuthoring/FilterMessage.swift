import ChildProtocol

/// A message that the adapter holds, as the program will get it.
struct FilterMessage: Hashable, Sendable {
  /// The request's id.
  let id: JSON
  /// What is written to the program's standard input.
  let input: [UInt8]
  /// Variables for a process of its own, `NAME` and value, without the deadline.
  let variables: [String: String]
  /// How long chatd waits for an answer, and for each partial; nil: no end was given.
  let patience: Duration?
  /// When that is over.
  private(set) var deadline: ContinuousClock.Instant?

  /// A year: beyond any wait that is meant.
  private static let longestMS: Int64 = 365 * 24 * 3600 * 1000

  /// Reads the params of a `message` request.
  /// - Throws: `RPCFailure` with code −32602 where there is no content.
  init(
    id: JSON, params: JSON, mode: FilterOptions.Mode, now: ContinuousClock.Instant
  ) throws(RPCFailure) {
    guard let message = params["message"], let content = message["content"]?.string else {
      throw RPCFailure(
        code: RPCFailure.invalidParams, message: "message.content: expected a string")
    }
    self.id = id
    patience = params["deadline_ms"]?.int.map { .milliseconds(min(max(0, $0), Self.longestMS)) }
    deadline = patience.map { now + $0 }
    if mode == .lines {
      input = params.bytes + [UInt8(ascii: "\n")]
      variables = [:]
    } else {
      input = Array(content.utf8)
      variables = [
        "CHATD_MESSAGE_ID": message["id"]?.string ?? "",
        "CHATD_THREAD": message["thread"]?.string ?? "",
        "CHATD_ROLE": message["role"]?.string ?? "",
      ]
    }
  }

  /// The variables for a process that starts at `now`: the deadline is what is left of it.
  func variables(startingAt now: ContinuousClock.Instant) -> [String: String] {
    guard let deadline else { return variables }
    let left = max(.zero, deadline - now)
    return variables.merging(["CHATD_DEADLINE_MS": String(left.filterMilliseconds)]) { $1 }
  }

  /// Begins the wait anew: a partial has been sent.
  mutating func prolong(from now: ContinuousClock.Instant) {
    deadline = patience.map { now + $0 }
  }

  /// The wait in words.
  var patienceWords: String { "\((patience ?? .zero).filterMilliseconds) ms" }
}

extension Duration {
  /// In milliseconds, rounded up: a wait of this many is over when the duration is.
  var filterMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
  }
}
