import ChatCore
import ChildProtocol

/// What came of a call, as the API takes it: a `tool_result`.
enum ToolResultContent {
  /// All text of a call: more would fill the model's window.
  static let textByteLimit = 100 << 10
  /// All images of a call, as base64: the API's own bound is 5 MB for one.
  static let imageByteLimit = 5_000_000

  /// The result of `call` for the `tool_use` with this identifier.
  static func block(_ call: ToolCall, for id: String) -> JSON {
    let isError = call.status != .done
    var blocks = isError ? [text(reason(call))] : []
    blocks += content(call.content, allowsImages: !isError)
    if blocks.isEmpty { blocks.append(text("(no output)")) }
    return block(id, blocks, isError: isError)
  }

  /// The result that is made up for a call that was never made.
  static func missing(for id: String) -> JSON {
    block(id, [text("this was not called: the answer ended first")], isError: true)
  }

  /// What came of a call that the model did not make: its child's words in the user's turn, which
  /// can't pose as anybody else's.
  static func words(_ call: ToolCall) -> String {
    let content = block(call, for: "")["content"]?.array ?? []
    let text = content.map { $0["text"]?.string ?? "[an image, not shown here]" }
      .joined(separator: "\n")
    let parts = [call.child.text, call.tool, text].map { $0.escapedForModel(quotes: true) }
    return "<actor id=\"\(parts[0])\" tool=\"\(parts[1])\">\(parts[2])</actor>"
  }

  private static func block(_ id: String, _ content: [JSON], isError: Bool) -> JSON {
    var members: [JSON.Member] = [
      .init("type", "tool_result"), .init("tool_use_id", .string(id)),
      .init("content", .array(content)),
    ]
    if isError { members.append(.init("is_error", true)) }
    return .object(members)
  }

  /// MCP's blocks as the API's; images only where they may stand: not beside an error.
  private static func content(_ json: JSON, allowsImages: Bool) -> [JSON] {
    var (texts, images) = (Budget(textByteLimit), Budget(imageByteLimit))
    var blocks: [JSON] = []
    for block in json.array ?? [json] {
      if let image = image(block) {
        let isTaken = allowsImages && images.take(image.data.utf8.count) == image.data.utf8.count
        blocks.append(isTaken ? image.json : text("[\(image.type), not shown here]"))
        continue
      }
      let words = words(block).cleanForModel
      guard !words.isBlank else { continue }
      let count = words.utf8.count
      let beginning = words.prefix(utf8Count: texts.take(count))
      if beginning.utf8.count == count {
        blocks.append(text(words))
      } else {
        let cut = "[cut: \(beginning.utf8.count) of \(count) bytes]"
        blocks.append(text(beginning.isEmpty ? cut : "\(beginning)\n\(cut)"))
      }
    }
    return blocks
  }

  private static func words(_ block: JSON) -> String {
    if block["type"] == "text", let text = block["text"]?.string { return text }
    return block.isNull ? "" : block.text
  }

  private static func reason(_ call: ToolCall) -> String {
    let reason = (call.reason ?? "").cleanForModel
    if !reason.isBlank { return String(reason.prefix(utf8Count: 4 << 10)) }
    return switch call.status {
    case .waiting: "nobody has allowed this yet"
    case .running: "this has not ended yet"
    case .timedOut: "this took too long"
    case .refused: "this was refused"
    case .failed, .done: "this failed"
    }
  }

  private static func text(_ text: String) -> JSON { ["type": "text", "text": .string(text)] }
}

extension ToolResultContent {
  /// How much more may be taken.
  private struct Budget {
    private var left: Int

    init(_ limit: Int) { left = limit }

    /// - Returns: how much of `count` is taken.
    mutating func take(_ count: Int) -> Int {
      let taken = min(count, left)
      left -= taken
      return taken
    }
  }

  private struct Image {
    let type: String
    let data: String

    var json: JSON {
      [
        "type": "image",
        "source": ["type": "base64", "media_type": .string(type), "data": .string(data)],
      ]
    }
  }

  /// How the files of a type begin, in base64. The API refuses a picture that is not what it is
  /// called, and with it all of the thread.
  private static let beginnings = [
    ("image/png", "iVBORw0KGg"), ("image/jpeg", "/9j/"), ("image/gif", "R0lGOD"),
    ("image/webp", "UklGR"),
  ]

  /// The picture that a block holds; nil: none, or none that the API takes.
  private static func image(_ block: JSON) -> Image? {
    guard block["type"] == "image", let data = block["data"]?.string,
      let (type, _) = beginnings.first(where: { data.hasPrefix($0.1) }), isBase64(data)
    else { return nil }
    return Image(type: type, data: data)
  }

  private static func isBase64(_ text: String) -> Bool {
    let bytes = text.utf8
    guard bytes.count % 4 == 0 else { return false }
    let padding = bytes.suffix(2).reduce(0) { $0 + ($1 == UInt8(ascii: "=") ? 1 : 0) }
    return bytes.dropLast(padding).allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
        true
      default: false
      }
    }
  }
}
