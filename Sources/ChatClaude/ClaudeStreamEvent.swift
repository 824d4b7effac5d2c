import ChatCore
import ChildProtocol

/// What an event of a streamed answer tells. Events, blocks and deltas that are not known are
/// `other`: the API may add some at any time.
enum ClaudeStreamEvent: Hashable, Sendable {
  case start(model: String?, Message.Usage)
  /// A piece of text; thinking and tool calls are not text.
  case text(String)
  /// `explanation` says why the model refused, where it did and says so.
  case end(stopReason: String?, explanation: String?, Message.Usage)
  case stop
  case error(type: String, message: String)
  case other

  /// Reads an event.
  /// - Throws: `ClaudeError.unreadable` where a known event has data that can't be read.
  init(_ event: EventStreamDecoder.Event) throws(ClaudeError) {
    if let name = event.name, !Self.known.contains(name) {
      self = .other
      return
    }
    guard let json = try? JSON(parsing: event.data) else {
      self = try Self.unreadable(event)
      return
    }
    switch event.name ?? json["type"]?.string {
    case "message_start":
      let message = json["message"]
      self = .start(model: message?["model"]?.string, Message.Usage(message?["usage"]))
    case "content_block_start":
      self = Self.text(json["content_block"], of: "text")
    case "content_block_delta":
      self = Self.text(json["delta"], of: "text_delta")
    case "message_delta":
      let delta = json["delta"]
      self = .end(
        stopReason: delta?["stop_reason"]?.string,
        explanation: delta?["stop_details"]?["explanation"]?.string,
        Message.Usage(json["usage"]))
    case "message_stop": self = .stop
    case "error":
      let error = json["error"]
      self = .error(
        type: error?["type"]?.string ?? "error",
        message: error?["message"]?.string ?? "an error without a message")
    default: self = .other
    }
  }

  private static let known: Set = [
    "message_start", "content_block_start", "content_block_delta", "message_delta",
    "message_stop", "error",
  ]

  private static func text(_ json: JSON?, of type: String) -> ClaudeStreamEvent {
    guard json?["type"]?.string == type, let text = json?["text"]?.string, !text.isEmpty else {
      return .other
    }
    return .text(text)
  }

  /// An event whose data is not JSON: a nameless one is another dialect's (`[DONE]`), an error
  /// needs no JSON to be one.
  private static func unreadable(
    _ event: EventStreamDecoder.Event
  ) throws(ClaudeError) -> ClaudeStreamEvent {
    guard let name = event.name else { return .other }
    let excerpt = Excerpt.of(event.data)
    guard name == "error" else { throw .unreadable("the event \(name) is not JSON: \(excerpt)") }
    return .error(type: "error", message: excerpt)
  }
}

extension Message.Usage {
  /// The counts that a `usage` object has.
  init(_ json: JSON?) {
    self.init(
      inputTokens: json?["input_tokens"]?.int, outputTokens: json?["output_tokens"]?.int,
      cacheCreationInputTokens: json?["cache_creation_input_tokens"]?.int,
      cacheReadInputTokens: json?["cache_read_input_tokens"]?.int)
  }

  /// Takes over what `later` says: counts are cumulative, the last one holds.
  mutating func update(_ later: Message.Usage) {
    inputTokens = later.inputTokens ?? inputTokens
    outputTokens = later.outputTokens ?? outputTokens
    cacheCreationInputTokens = later.cacheCreationInputTokens ?? cacheCreationInputTokens
    cacheReadInputTokens = later.cacheReadInputTokens ?? cacheReadInputTokens
  }
}
