import ChatCore
import ChildProtocol

/// What an event of a streamed answer tells. Events that are not known are `other`: the API may add
/// some at any time, and blocks and their pieces too. These are told by the number of the block,
/// nil where the server gives none.
enum ClaudeStreamEvent: Hashable, Sendable {
  case start(model: String?, Message.Usage)
  /// A block begins, with what it has from the beginning.
  case blockStart(JSON, index: Int? = nil)
  /// A piece of text; thinking and tool calls are not text.
  case text(String, index: Int? = nil)
  /// Any other piece of a block.
  case blockDelta(JSON, index: Int? = nil)
  case blockStop(index: Int? = nil)
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
    if event.name ?? Self.deltaName == Self.deltaName, let delta = TextDelta(event.data) {
      self = .text(delta.text, index: delta.index)
      return
    }
    self = try Self.parsed(event)
  }

  /// Reads an event by way of the JSON that it is.
  static func parsed(_ event: EventStreamDecoder.Event) throws(ClaudeError) -> ClaudeStreamEvent {
    guard let json = try? JSON(parsing: event.data) else { return try unreadable(event) }
    switch event.name ?? json["type"]?.string {
    case "message_start":
      let message = json["message"]
      return .start(model: Excerpt.of(message?["model"]), Message.Usage(message?["usage"]))
    case "content_block_start":
      return .blockStart(json["content_block"] ?? [:], index: index(json))
    case deltaName: return delta(json["delta"] ?? [:], index(json))
    case "content_block_stop": return .blockStop(index: index(json))
    case "message_delta":
      let delta = json["delta"]
      return .end(
        stopReason: Excerpt.of(delta?["stop_reason"], limit: Excerpt.nameByteLimit),
        explanation: Excerpt.of(
          delta?["stop_details"]?["explanation"], limit: Excerpt.sentenceByteLimit),
        Message.Usage(json["usage"]))
    case "message_stop": return .stop
    case "error":
      return Self.error(json["error"])
    default: return .other
    }
  }

  private static let deltaName = "content_block_delta"

  private static let known: Set = [
    "message_start", "content_block_start", deltaName, "content_block_stop", "message_delta",
    "message_stop", "error",
  ]

  /// An error by its type, or by its code where that alone tells that waiting is of no use.
  private static func error(_ error: JSON?) -> ClaudeStreamEvent {
    let isSpendLimit = error?["details"]?["error_code"]?.string == ServerRefusal.spendLimit
    let type = Excerpt.of(error?["type"], limit: Excerpt.nameByteLimit) ?? "error"
    return .error(
      type: isSpendLimit ? ServerRefusal.spendLimit : type,
      message: Excerpt.of(error?["message"], limit: Excerpt.sentenceByteLimit)
        ?? "an error without a message")
  }

  private static func index(_ json: JSON) -> Int? {
    json["index"]?.int.flatMap { Int(exactly: $0) }
  }

  private static func delta(_ delta: JSON, _ index: Int?) -> ClaudeStreamEvent {
    guard delta["type"]?.string == "text_delta", let text = delta["text"]?.string, !text.isEmpty
    else { return .blockDelta(delta, index: index) }
    return .text(text, index: index)
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
