import ChatClaude
import ChatCore
import Foundation
import Logging

/// Which assistant answers, from configuration, environment and key file (contract §2).
enum Model {
  /// Makes the assistant; where there is no key it is off, and says how to turn it on.
  static func make(_ config: Config, environment: [String: String]) throws -> any LanguageModel {
    let key = key(config, environment)
    switch config.assistant {
    case .off: return OffModel(reason: "The assistant was turned off with --assistant off.")
    case .demo: return DemoModel()
    case .claude, nil:
      guard let key else { return OffModel() }
      var claude = ClaudeConfiguration(credential: .apiKey(key))
      if let base = environment["ANTHROPIC_BASE_URL"], !base.isEmpty { claude.baseURL = base }
      if let model = config.model { claude.model = model }
      if let maxTokens = config.maxTokens { claude.maxTokens = Int64(maxTokens) }
      claude.system = config.system
      return try ClaudeClient(configuration: claude, logger: Logger(label: "claude"))
    }
  }

  private static func key(_ config: Config, _ environment: [String: String]) -> String? {
    let file = config.assets.appendingPathComponent("api-key.txt")
    let kept = try? String(contentsOf: file, encoding: .utf8)
    return [environment["ANTHROPIC_API_KEY"], kept].lazy
      .compactMap { $0?.trimmingCharacters(in: .whitespacesAndNewlines) }.first { !$0.isEmpty }
  }
}
