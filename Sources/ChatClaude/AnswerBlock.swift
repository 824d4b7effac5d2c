import ChildProtocol

/// One block of a streamed answer: as it was begun, and what came to it.
struct AnswerBlock: Sendable {
  /// Its number within the answer.
  let index: Int
  /// Whether its end was told.
  var isEnded = false

  private var begun: JSON
  private let type: String
  /// Text, or a thought, or a call's arguments, piece by piece.
  private var text = ""
  private var citations: [JSON] = []
  /// Whether something came that can't be put into it.
  private var isDamaged: Bool

  init(index: Int, begun: JSON) {
    self.index = index
    self.begun = begun
    type = begun["type"]?.string ?? ""
    isDamaged = type.isEmpty
  }

  mutating func add(text more: String) {
    if type == "text" { text += more } else { isDamaged = true }
  }

  /// Takes a piece; one of a kind that is not known makes the block useless.
  mutating func add(_ delta: JSON) {
    switch (delta["type"]?.string, type) {
    case ("text_delta", "text"): text += delta["text"]?.string ?? ""
    case ("thinking_delta", "thinking"): text += delta["thinking"]?.string ?? ""
    case ("signature_delta", "thinking"): begun.set("signature", delta["signature"] ?? "")
    case ("citations_delta", "text"): if let more = delta["citation"] { citations.append(more) }
    case ("compaction_delta", "compaction"):
      for member in delta.members ?? [] where member.key != "type" {
        begun.set(member.key, member.value)
      }
    case ("input_json_delta", _) where begun["input"] != nil || type == "tool_use":
      text += delta["partial_json"]?.string ?? ""
    default: isDamaged = true
    }
  }

  /// The whole block; nil where it can't be sent back.
  var kept: JSON? {
    guard !isDamaged else { return nil }
    var block = begun
    switch type {
    case "text":
      let text = (begun["text"]?.string ?? "") + text
      guard !text.isEmpty else { return nil }
      block.set("text", .string(text))
      if !citations.isEmpty {
        block.set("citations", .array((begun["citations"]?.array ?? []) + citations))
      }
    case "thinking":
      guard isEnded else { return nil }
      block.set("thinking", .string((begun["thinking"]?.string ?? "") + text))
    default:
      guard isEnded || (text.isEmpty && begun["input"] == nil && type != "tool_use") else {
        return nil
      }
      if begun["input"] != nil || type == "tool_use" { block.set("input", input.json) }
    }
    return block
  }

  /// The call that it is; nil: it is none, or its arguments were cut off.
  var call: AnswerContent.Call? {
    guard type == "tool_use", kept != nil else { return nil }
    let input = input
    return AnswerContent.Call(
      name: begun["name"]?.string ?? "", input: input.json, isBroken: input.isBroken)
  }

  /// The arguments. A call without any may come with an empty piece, and some servers give them
  /// with the block's beginning.
  private var input: (json: JSON, isBroken: Bool) {
    if text.isEmpty {
      switch begun["input"] {
      case nil, .null: return ([:], false)
      case .object(let members)?: return (.object(members), false)
      case .some(let other): return (["INVALID_JSON": .string(other.text)], true)
      }
    }
    guard let json = try? JSON(parsing: text.utf8), case .object = json else {
      return (["INVALID_JSON": .string(text)], true)
    }
    return (json, false)
  }
}

extension JSON {
  /// Sets a member of an object, in its place where there is one; what is no object stays.
  mutating func set(_ key: String, _ value: JSON) {
    guard case .object(var members) = self else { return }
    if let place = members.lastIndex(where: { $0.key == key }) {
      members[place].value = value
    } else {
      members.append(Member(key, value))
    }
    self = .object(members)
  }
}
