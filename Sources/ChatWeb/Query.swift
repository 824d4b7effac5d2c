import ChatCore
import Foundation
import Hummingbird

/// The parameters behind a path, each read with what was expected of it. Those that nobody asks for
/// are ignored.
struct Query: Sendable {
  private let parameters: [String: String]

  init(_ request: Request) {
    let pairs = (request.uri.query ?? "").split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (Self.decoded(parts[0]), parts.count > 1 ? Self.decoded(parts[1]) : "")
    }
    parameters = Dictionary(pairs, uniquingKeysWith: { $1 })
  }

  /// A text; an empty one counts as absent.
  func text(_ name: String) -> String? { parameters[name].flatMap { $0.isEmpty ? nil : $0 } }

  /// A whole number within `range`.
  func number(_ name: String, in range: ClosedRange<Int>) throws(ChatError) -> Int? {
    guard let text = text(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw .invalid(
        field: name,
        expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A moment.
  func time(_ name: String) throws(ChatError) -> Timestamp? {
    guard let text = text(name) else { return nil }
    guard let time = Timestamp(text) else {
      throw .invalid(field: name, expected: "a time of the form 2026-11-23T10:00:00.123Z")
    }
    return time
  }

  /// Whether something is asked for: `true`, or `1`.
  func truth(_ name: String) throws(ChatError) -> Bool {
    switch text(name) {
    case "true", "1": true
    case nil, "false", "0": false
    default: throw .invalid(field: name, expected: "true or false")
    }
  }

  private static func decoded(_ text: Substring) -> String {
    let spaced = String(text.replacing("+", with: " "))
    return spaced.removingPercentEncoding ?? spaced
  }
}
