package import ChatCore

/// No assistant: what there is where nothing was set up.
package struct OffModel: LanguageModel {
  /// How to change that, for people.
  package static let defaultReason = """
    The assistant is off. To turn it on, set ANTHROPIC_API_KEY or put the key into \
    assets/api-key.txt, and start chatd again; or start it with --assistant demo to see the whole \
    job without a key.
    """

  package let assistant: Assistant

  /// An assistant that is off for `reason`.
  package init(reason: String = Self.defaultReason) {
    assistant = Assistant(kind: .off, reason: reason)
  }

  package func answer(
    _ request: ModelRequest, hear: @escaping @Sendable (ModelEvent) async -> Void
  ) async throws -> ModelAnswer {
    throw ModelFailure(isInterruption: false, reason: assistant.reason ?? Self.defaultReason)
  }
}
