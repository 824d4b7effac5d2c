package import ChatCore

/// An assistant for a first look: it needs no key and no network, says so, and streams as Claude
/// would.
package struct DemoModel: LanguageModel {
  private let pace: Duration
  private let clock: any Clock<Duration>

  /// - Parameters:
  ///   - pace: the time between two words.
  ///   - clock: what the pace goes by.
  package init(pace: Duration = .milliseconds(30), clock: any Clock<Duration> = ContinuousClock()) {
    self.pace = pace
    self.clock = clock
  }

  package var assistant: Assistant {
    Assistant(
      kind: .demo, model: "demo",
      reason: """
        This is a demonstration: a few lines inside chatd, without a model or a network. With \
        ANTHROPIC_API_KEY set, or the key in assets/api-key.txt, Claude answers here.
        """)
  }

  package func answer(
    _ request: ModelRequest, hear: @escaping @Sendable (ModelEvent) async -> Void
  ) async throws -> ModelAnswer {
    let turn = request.turns.last { $0.role == .user }
    for (index, word) in DemoAnswer(to: turn?.text ?? "").words.enumerated() {
      if index > 0 { try await clock.sleep(for: pace) }
      try Task.checkCancellation()
      await hear(.text(word))
    }
    return ModelAnswer(model: "demo", stopReason: "end_turn")
  }
}
