/// A field of a request that makes it better and that some servers don't take.
enum OptionalField: String, Sendable, CaseIterable {
  case cacheControl = "cache_control"
  case toolChoice = "tool_choice"

  /// Those that a body has. In its texts quotes are escaped, so a name between plain ones is a key.
  static func sent(in body: [UInt8]) -> Set<OptionalField> {
    let text = String(decoding: body, as: UTF8.self)
    return Set(allCases.filter { text.contains("\"\($0.rawValue)\":") })
  }

  /// Those that may be the reason for a refusal: the ones that it names, or all that were sent where
  /// a server other than Anthropic's names none.
  static func suspected(
    in refusal: ServerRefusal, sent: Set<OptionalField>, isAnthropic: Bool
  ) -> Set<OptionalField> {
    guard [400, 422].contains(refusal.status) else { return [] }
    let named = sent.filter { refusal.message.contains($0.rawValue) }
    if !named.isEmpty { return named }
    // A page is a proxy's, and who advises to try again has no quarrel with a field.
    guard refusal.type != nil, refusal.advice.shouldRetry == nil else { return [] }
    return isAnthropic ? [] : sent
  }
}
