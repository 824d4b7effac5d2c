import ChatCore
import ChildProtocol
import Hummingbird

extension Routes {
  /// Adds what there is to be known of the assistant's models.
  func addModels(_ router: Router<Context>) {
    resource(
      router, "/api/models",
      [
        .get: { _, _ in
          let assistant = api.assistant()
          let models = try await assistant.isEnabled ? api.models() : []
          return Self.json {
            $0.list("models", models) { $0.write(to: &$1) }
            $0.field("default", assistant.isEnabled ? assistant.model : nil)
          }
        }
      ])
  }
}

extension ModelInfo {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id)
      $0.field("name", name)
      $0.field("max_input_tokens", maxInputTokens)
      $0.field("max_tokens", maxTokens)
    }
  }
}
