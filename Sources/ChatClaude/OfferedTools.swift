import ChatCore
import ChildProtocol

/// The children's tools as the model is offered them, by name.
struct OfferedTools: Hashable, Sendable {
  static let descriptionByteLimit = 8 << 10
  /// All of them together: what is more is left out.
  static let byteLimit = 512 << 10

  /// What the server is sent, sorted by name.
  private(set) var declarations: [JSON] = []
  /// What there was no room for.
  private(set) var leftOut: [Tool] = []
  private var tools: [String: Tool] = [:]

  /// - Parameters:
  ///   - used: the names of the tools that earlier turns call. One that nobody offers any more is
  ///     declared all the same, since some servers take no call of a tool that they don't know.
  ///   - refused: the names of those that the server does not take.
  init(_ tools: [Tool], used: [String] = [], refused: Set<String> = []) {
    var declared: [String: JSON] = [:]
    var byteCount = 0
    for tool in tools {
      let name = ToolName.of(tool.child, tool.name)
      guard !refused.contains(name), declared[name] == nil else { continue }
      let json = Self.declaration(of: tool, name)
      let count = json.bytes.count
      guard byteCount + count <= Self.byteLimit else {
        leftOut.append(tool)
        continue
      }
      byteCount += count
      declared[name] = json
      self.tools[name] = tool
    }
    for name in used where declared[name] == nil {
      declared[name] = [
        "name": .string(name), "description": "Not available now.",
        "input_schema": ["type": "object"],
      ]
    }
    declarations = declared.sorted { $0.key < $1.key }.map(\.value)
  }

  var isEmpty: Bool { declarations.isEmpty }

  /// Whether none of those that are declared can be called.
  var areGone: Bool { tools.isEmpty }

  /// The name of the tool that a refusal calls `tools.N`; nil: there is no such one.
  func name(at index: Int) -> String? {
    declarations.indices.contains(index) ? declarations[index]["name"]?.string : nil
  }

  /// The call that the model means.
  func call(_ call: AnswerContent.Call) -> ModelCall {
    guard let tool = tools[call.name] else {
      return ModelCall(
        child: ChildID("unknown"), tool: call.name, arguments: call.input,
        problem: "no tool of this name is offered")
    }
    return ModelCall(
      child: tool.child, tool: tool.name, arguments: call.input,
      problem: call.isBroken ? "its arguments are not a JSON object" : nil)
  }

  /// Writes the `tools` of a request.
  func write(to writer: inout JSONWriter) {
    writer.array { for declaration in declarations { $0.value(declaration) } }
  }

  private static func declaration(of tool: Tool, _ name: String) -> JSON {
    let description = "Tool of the program \(tool.child): " + tool.description.cleanForModel
    return [
      "name": .string(name),
      "description": .string(String(description.prefix(utf8Count: descriptionByteLimit))),
      "input_schema": schema(tool.inputSchema),
    ]
  }

  /// A schema as the API takes it: of an object, without alternatives at its top.
  private static func schema(_ schema: JSON) -> JSON {
    guard case .object(let members) = schema.cleanForModel else { return ["type": "object"] }
    var object = JSON.object(members.filter { !["oneOf", "anyOf", "allOf"].contains($0.key) })
    object.set("type", "object")
    return object
  }
}
