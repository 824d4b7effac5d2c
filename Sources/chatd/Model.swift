import ChatClaude
import ChatCore
import Foundation
import Logging

/// Which assistant answers, from configuration, environment and key file (contract §2).
enum Model {
  /// Makes the assistant. Where Anthropic's server would have to answer without a key it is off, and
  /// says how to turn it on.
  static func make(_ config: Config, environment: [String: String]) throws -> any LanguageModel {
    switch config.assistant {
    case .off: return OffModel(reason: "The assistant was turned off with --assistant off.")
    case .demo: return DemoModel()
    case .claude, nil:
      var claude = config.claude
      if let base = environment["ANTHROPIC_BASE_URL"], !base.isEmpty { claude.baseURL = base }
      claude.credential = credential(config, environment)
      // Servers of one's own may need no key; whether this one does, it says itself.
      guard claude.credential != .none || !claude.isAnthropic else { return OffModel() }
      if let model = config.model { claude.model = model }
      if let maxTokens = config.maxTokens { claude.maxTokens = Int64(maxTokens) }
      claude.system = config.system
      return try ClaudeClient(configuration: claude, logger: Logger(label: "claude"))
    }
  }

  /// The first there is: a key from the environment, a token from there, the key file.
  private static func credential(
    _ config: Config, _ environment: [String: String]
  ) -> ClaudeConfiguration.Credential {
    func word(_ text: String?) -> String? {
      let word = text?.trimmingCharacters(in: .whitespacesAndNewlines)
      return word?.isEmpty == false ? word : nil
    }
    if let key = word(environment["ANTHROPIC_API_KEY"]) { return .apiKey(key) }
    if let token = word(environment["ANTHROPIC_AUTH_TOKEN"]) { return .bearer(token) }
    let file = config.assets.appendingPathComponent("api-key.txt")
    return word(try? String(contentsOf: file, encoding: .utf8)).map { .apiKey($0) } ?? .none
  }
}
