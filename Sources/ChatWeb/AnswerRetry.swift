import ChatCore
import ChildProtocol

/// An answer that the model's server could not give and is asked for again.
struct AnswerRetry: Hashable, Sendable {
  /// 1 for the first time that it is asked again.
  let attempt: Int
  /// When it is asked.
  let at: Timestamp
  /// Why it could not be given, in words for people.
  let reason: String

  /// Writes the members of an object that is begun.
  func writeMembers(to writer: inout JSONWriter) {
    writer.field("attempt", Int64(attempt))
    writer.field("at", at.description)
    writer.field("reason", reason)
  }
}
