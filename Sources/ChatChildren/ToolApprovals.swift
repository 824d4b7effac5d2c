import ChatCore
import ChildProtocol

/// What a person wants to be remembered of a child's tools.
///
/// A word counts for a tool as it was declared when it was said: one that comes back with another
/// description, schema or other hints may do something else, and its words are taken for none.
struct ToolApprovals: Equatable {
  private struct Word: Equatable {
    let approval: Tool.Approval
    let definition: JSON
  }

  private var words: [String: Word] = [:]

  /// Reads what is kept of a child; what can't be understood was never said.
  init(_ json: JSON? = nil) {
    for member in json?.members ?? [] {
      guard let approval = member.value["approve"]?.string.flatMap(Tool.Approval.init(rawValue:)),
        let definition = member.value["of"]
      else { continue }
      words[member.key] = Word(approval: approval, definition: definition)
    }
  }

  /// What is to be kept; nil: nothing.
  var json: JSON? {
    guard !words.isEmpty else { return nil }
    return .object(
      words.sorted { $0.key < $1.key }.map { name, word in
        JSON.Member(
          name, ["approve": .string(word.approval.rawValue), "of": word.definition])
      })
  }

  /// The tool with what holds of it: a person's word, unless the manifest says never.
  func applied(to tool: Tool) -> Tool {
    guard tool.approval != .never, let word = words[tool.name],
      word.definition == Self.definition(of: tool)
    else { return tool }
    var tool = tool
    (tool.approval, tool.isRemembered) = (word.approval, true)
    return tool
  }

  /// Remembers a word about one of the `declared` tools. Words about others are kept, in case these
  /// come back, unless there are more than a child may have tools.
  mutating func remember(_ approval: Tool.Approval, for tool: Tool, declared: [Tool]) {
    words[tool.name] = Word(approval: approval, definition: Self.definition(of: tool))
    guard words.count > Child.toolLimit else { return }
    let names = Set(declared.map(\.name))
    words = words.filter { names.contains($0.key) }
  }

  /// - Returns: whether there was something to be forgotten.
  mutating func forget(_ tool: String) -> Bool { words.removeValue(forKey: tool) != nil }

  private static func definition(of tool: Tool) -> JSON {
    [
      "description": .string(tool.description), "inputSchema": tool.inputSchema,
      "annotations": tool.annotations ?? .null,
    ]
  }
}
