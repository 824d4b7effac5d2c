package import ChatCore
package import ChildProtocol

/// How often a child ended while it held a message. One that ended it twice is poison and is not
/// given to it again. A value, kept on disk as JSON.
package struct CrashCounts: Hashable, Sendable {
  /// Ends over the same message that make it poison.
  package static let limit = 2
  /// Messages remembered; the oldest is forgotten.
  private static let messageLimit = 64

  private var counts: [EntryID: Int] = [:]

  /// No crashes so far.
  package init() {}

  /// What `json` holds; anything else than that is passed over.
  package init(_ json: JSON?) {
    for member in json?.members ?? [] {
      if let count = member.value.int, count > 0 {
        counts[EntryID(member.key)] = Int(clamping: count)
      }
    }
  }

  /// As it is kept: `{"MESSAGE":2}`.
  package var json: JSON {
    .object(
      counts.sorted { $0.key < $1.key }.map { JSON.Member($0.key.text, .number("\($0.value)")) })
  }

  /// Whether a message has ended the child too often to be given to it again.
  package func isPoison(_ message: EntryID) -> Bool { counts[message, default: 0] >= Self.limit }

  /// The child ended while it held `messages`.
  package mutating func crashed(over messages: [EntryID]) {
    for message in messages { counts[message, default: 0] += 1 }
    // Identifiers sort by time.
    for oldest in counts.keys.sorted().prefix(max(0, counts.count - Self.messageLimit)) {
      counts[oldest] = nil
    }
  }

  /// It answered, so it was not that message after all.
  package mutating func answered(_ message: EntryID) { counts[message] = nil }
}
