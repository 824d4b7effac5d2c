import ChatCore
import ChildProtocol

/// What of an answer goes back to the server word for word: `Message.kept`.
///
/// Thoughts are signed, for one model and one conversation: where the model is another, or the
/// conversation begins elsewhere, they are left out. That depends on nothing else, so what was sent
/// once is sent again.
struct KeptAnswer: Hashable, Sendable {
  /// The model that was asked, by the name that was asked for.
  let model: String
  /// The entry from which it read; nil: from the first.
  let from: EntryID?
  /// The API's content blocks.
  let content: [JSON]

  init(model: String, from: EntryID?, content: [JSON]) {
    self.model = model
    self.from = from
    self.content = content
  }

  /// Reads what was kept; nil where it is something else.
  init?(_ json: JSON) {
    guard let model = json["model"]?.string, let content = json["content"]?.array else {
      return nil
    }
    self.init(model: model, from: json["from"]?.string.map { EntryID($0) }, content: content)
  }

  var json: JSON {
    [
      "model": .string(model), "from": from.map { .string($0.text) } ?? .null,
      "content": .array(content),
    ]
  }

  /// The blocks that a request to `model` may hold, of a conversation that begins with `from`.
  func blocks(for model: String, from: EntryID?, sendsThinking: Bool = true) -> [JSON] {
    let keepsThinking = sendsThinking && model == self.model && from == self.from
    var blocks = content.compactMap { Self.sendable($0, keepsThinking: keepsThinking) }
    // The API refuses a message that ends with a thought.
    while let last = blocks.last, Self.isThinking(last) { blocks.removeLast() }
    return blocks
  }

  static func isThinking(_ block: JSON) -> Bool {
    block["type"] == "thinking" || block["type"] == "redacted_thinking"
  }

  /// The block as it may be sent; nil where the API takes none such from the assistant.
  private static func sendable(_ block: JSON, keepsThinking: Bool) -> JSON? {
    switch block["type"]?.string {
    case nil, "tool_result", "image", "document": return nil
    case "thinking", "redacted_thinking":
      guard keepsThinking else { return nil }
      return block
    case "text":
      guard let text = block["text"]?.string, !text.isBlank else { return nil }
      return block.cleanForModel
    default: return block.cleanForModel
    }
  }
}
