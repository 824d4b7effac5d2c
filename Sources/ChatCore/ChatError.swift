/// Why the core could not do what was asked, in terms of what the asker can do about it.
package enum ChatError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A field of the request is not as expected.
  case invalid(field: String, expected: String)
  /// There is no such thing: `what` names the kind and the name.
  case notFound(what: String)
  /// It can't be done now; `reason` says why and what would help.
  case conflict(reason: String)
  /// The disk, the database or chatd itself is in no state to do it.
  case unavailable(reason: String)

  package var description: String {
    switch self {
    case .invalid(let field, let expected): "\(field): expected \(expected)"
    case .notFound(let what): "there is no \(what)"
    case .conflict(let reason), .unavailable(let reason): reason
    }
  }

  /// A stable name for programs.
  package var code: String {
    switch self {
    case .invalid: "invalid"
    case .notFound: "not_found"
    case .conflict: "conflict"
    case .unavailable: "unavailable"
    }
  }
}
