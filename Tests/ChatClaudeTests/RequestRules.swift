import ChatCore
import ChildProtocol

/// What the Messages API demands of a request, as far as it is known: the first rule that a body
/// breaks.
///
/// Thoughts are signed here with `MODEL/FROM`, what the request asks and where it begins.
struct RequestRules {
  struct Breach: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
  }

  /// The signature that thoughts must have.
  let signature: String
  private var identifiers: Set<String> = []
  private var asked: [String] = []
  private var tools: Set<String> = []

  init(model: String, from: EntryID?) { signature = Self.signature(model, from) }

  static func signature(_ model: String, _ from: EntryID?) -> String {
    "\(model)/\(from?.text ?? "")"
  }

  /// - Throws: `Breach`.
  mutating func check(_ body: [UInt8]) throws {
    // Some levels fewer than the parsers of servers take.
    let body = try JSON(parsing: body, depthLimit: 100)
    try checkValues(body)
    try checkTools(body["tools"]?.array ?? [])
    let count = body.breakpointCount
    guard count <= 4 else { throw Breach("\(count) breakpoints") }
    let messages = body["messages"]?.array ?? []
    guard messages.last?["role"] == "user" else { throw Breach("the last is not the user's") }
    for (place, message) in messages.enumerated() {
      let role = place % 2 == 0 ? "user" : "assistant"
      guard message["role"]?.string == role else {
        throw Breach("message \(place) is not \(role)'s")
      }
      guard let blocks = message["content"]?.array, !blocks.isEmpty else {
        throw Breach("message \(place) is empty")
      }
      try checkResults(blocks, place)
      for block in blocks { try check(block, role) }
      if ["thinking", "redacted_thinking"].contains(blocks.last?["type"]?.string) {
        throw Breach("message \(place) ends with a thought")
      }
    }
  }

  /// No control characters, no number out of bounds.
  private func checkValues(_ json: JSON) throws {
    switch json {
    case .string(let text): try checkText(text)
    case .number(let digits):
      guard json.double != nil else { throw Breach("the number \(digits)") }
    case .array(let elements): for element in elements { try checkValues(element) }
    case .object(let members):
      // What a server signed goes back as it came.
      if ["thinking", "redacted_thinking"].contains(json["type"]?.string) { return }
      for member in members {
        try checkText(member.key)
        try checkValues(member.value)
      }
    default: break
    }
  }

  private func checkText(_ text: String) throws {
    guard text == text.cleanForModel else {
      throw Breach("control characters in \(text.debugDescription)")
    }
  }

  private mutating func checkTools(_ declared: [JSON]) throws {
    for tool in declared {
      let name = tool["name"]?.string ?? ""
      guard Self.isName(name, 64), tools.insert(name).inserted else { throw Breach("tool \(name)") }
      guard tool["input_schema"]?["type"] == "object", tool["input_schema"]?["oneOf"] == nil else {
        throw Breach("schema of \(name)")
      }
    }
  }

  /// Every call of the message before is answered, once, ahead of everything else.
  private mutating func checkResults(_ blocks: [JSON], _ place: Int) throws {
    let isResult = { (block: JSON) in block["type"] == "tool_result" }
    let results = blocks.prefix(while: isResult).map { $0["tool_use_id"]?.string ?? "" }
    guard results.sorted() == asked.sorted() else {
      throw Breach("message \(place) answers \(results), asked were \(asked)")
    }
    guard blocks.count(where: isResult) == results.count else {
      throw Breach("message \(place) has a result behind something else")
    }
    asked = []
  }

  private mutating func check(_ block: JSON, _ role: String) throws {
    switch (role, block["type"]?.string) {
    case (_, "text"):
      guard let text = block["text"]?.string, !text.isBlank else { throw Breach("blank text") }
    case ("user", "tool_result"): try checkResult(block)
    case ("assistant", "tool_use"): try checkCall(block)
    case ("assistant", "thinking"), ("assistant", "redacted_thinking"):
      guard (block["signature"] ?? block["data"])?.string == signature else {
        throw Breach("a thought that is signed \(block.text), not \(signature)")
      }
      guard block["cache_control"] == nil else { throw Breach("a breakpoint on a thought") }
    case ("assistant", "fallback"), ("assistant", "compaction"): break
    case (_, let type): throw Breach("\(type ?? "nothing") from the \(role)")
    }
  }

  private mutating func checkCall(_ block: JSON) throws {
    guard let id = block["id"]?.string, Self.isName(id, .max), identifiers.insert(id).inserted
    else {
      throw Breach("the call's identifier in \(block.text)")
    }
    guard let name = block["name"]?.string, Self.isName(name, 64), tools.contains(name) else {
      throw Breach("the call's name in \(block.text)")
    }
    guard block["input"]?.members != nil else { throw Breach("the input in \(block.text)") }
    asked.append(id)
  }

  private func checkResult(_ block: JSON) throws {
    let content = block["content"]?.array ?? []
    let isError = block["is_error"] == true
    guard !content.isEmpty else { throw Breach("a result without content") }
    for part in content {
      switch part["type"] {
      case "text":
        guard part["text"]?.string?.isBlank == false else { throw Breach("a blank result") }
      case "image" where !isError: break
      default: throw Breach("\(part.text) in a result, error: \(isError)")
      }
    }
  }

  private static func isName(_ text: String, _ limit: Int) -> Bool {
    (1...limit).contains(text.utf8.count) && text.wholeMatch(of: /[a-zA-Z0-9_\-]+/) != nil
  }
}

extension JSON {
  fileprivate var breakpointCount: Int {
    switch self {
    case .array(let elements): elements.reduce(0) { $0 + $1.breakpointCount }
    case .object(let members):
      members.reduce(0) { $0 + ($1.key == "cache_control" ? 1 : $1.value.breakpointCount) }
    default: 0
    }
  }
}
