package import ChatCore
import Logging

extension ClaudeClient {
  /// The models that the server offers; the configured one alone, where it does not tell.
  package func models() async throws -> [ModelInfo] {
    let own = configuration.model
    do {
      let models = try await server.all()
      return models.isEmpty ? [ModelInfo(id: own)] : models
    } catch let error as ClaudeError {
      let reason = reason(error, own)
      logger.warning("no list of models", metadata: ["reason": "\(reason)"])
      throw ModelFailure(isInterruption: false, reason: reason)
    }
  }
}
