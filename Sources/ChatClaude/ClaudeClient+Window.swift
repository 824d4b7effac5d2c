import ChatCore
import ChildProtocol
import Logging

extension ClaudeClient {
  /// As much as may be asked without a look at what the model can read: hardly one reads less.
  private static let plainTokens = 16_384
  /// As often as the tokens of one question are counted.
  private static let countLimit = 3

  /// A question that the model can read, as far as is known: the oldest turns are left out where
  /// all are too many.
  /// - Throws: `ClaudeError.messageTooLong`, or what stops the count: `CancellationError`.
  func fitted(_ question: Question) async throws -> Question {
    var question = question
    await limit(&question)
    let guess = Int(Double(question.byteCount) / ContextWindow.bytesPerToken)
    guard let context = await context(of: question.model, guess) else { return question }
    question.maxTokens = ContextWindow.maxTokens(question.maxTokens, in: context)
    let budget = Int(context - question.maxTokens)
    guard guess > budget / 2 else { return question }
    for _ in 0..<Self.countLimit {
      let asked = question.asked
      let byteCount = asked.body.count
      let counted = try await count(asked)
      let count = counted ?? Int(Double(byteCount) / ContextWindow.bytesPerToken)
      guard count > budget else { break }
      let bytesPerToken = counted.map { Double(byteCount) / Double($0) }
      let isCut = question.cut(
        toFit: budget, byteCount: byteCount,
        bytesPerToken: bytesPerToken ?? ContextWindow.bytesPerToken)
      guard isCut else { throw ClaudeError.messageTooLong }
      if counted == nil { break }
    }
    return question
  }

  /// Holds the answer to what its model can write, where that is known by now.
  private func limit(_ question: inout Question) async {
    let limits = [
      features.maxTokens(of: question.model), await server.known(question.model)?.maxTokens,
    ]
    question.maxTokens = limits.compactMap(\.self).reduce(question.maxTokens, min)
  }

  /// How much a model can read and write; nil: nobody said, or it can hardly matter.
  private func context(of model: String, _ guess: Int) async -> Int64? {
    if let told = configuration.contextTokens ?? features.context(of: model) { return told }
    guard guess > Self.plainTokens else { return nil }
    return await server.info(model)?.maxInputTokens
  }

  /// The tokens of a request as its server counts them; nil where it does not.
  private func count(_ asked: ClaudeRequest) async throws -> Int? {
    guard features.countsTokens else { return nil }
    do {
      var writer = JSONWriter(capacity: 16 << 10)
      writer.object {
        $0.field("model", asked.model)
        asked.writePrompt(to: &$0)
      }
      var request = try configuration.request("/v1/messages/count_tokens", body: writer.bytes)
      request.idleTimeout = min(request.idleTimeout, .seconds(15))
      request.totalTimeout = request.idleTimeout
      let count = try await transport.json(request, byteLimit: 64 << 10)["input_tokens"]?.int
      return count.flatMap { $0 > 0 ? Int($0) : nil }
    } catch let error as ClaudeError {
      if error.isLack, features.lacksCount() {
        logger.notice("the server does not count tokens: they are estimated")
      }
      return nil
    }
  }
}
