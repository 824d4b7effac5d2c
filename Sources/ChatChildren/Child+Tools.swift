import ChatCore
import ChildProtocol

/// The tools that the child declares.
extension Child {
  /// More are not taken.
  static let toolLimit = 128

  /// Takes over what it declares with its answer to `initialize`. What is no tool is left out, and
  /// its log says so.
  func declare(_ declared: [JSON]) {
    tools = []
    for json in declared.prefix(Self.toolLimit) {
      guard let name = json["name"]?.string, Self.isToolName(name) else {
        say("a tool was left out: expected a \"name\" of up to 128 letters, digits and any of _-./")
        continue
      }
      guard !tools.contains(where: { $0.name == name }) else {
        say("tool \(name) was left out: there is one of that name")
        continue
      }
      let schema = json["inputSchema"] ?? ["type": "object"]
      guard schema.members != nil else {
        say("tool \(name) was left out: expected an object as \"inputSchema\"")
        continue
      }
      tools.append(
        Tool(
          child: id, name: name, description: json["description"]?.string ?? "",
          inputSchema: schema, annotations: json["annotations"], approval: approval(of: name)))
    }
    if declared.count > Self.toolLimit {
      say("\(declared.count - Self.toolLimit) tools were left out: \(Self.toolLimit) is the most")
    }
  }

  private func approval(of tool: String) -> Tool.Approval {
    if manifest.tools.never.contains(tool) { return .never }
    return manifest.tools.auto.contains(tool) ? .auto : manifest.tools.approve
  }

  /// What MCP allows as a tool's name.
  private static func isToolName(_ name: String) -> Bool {
    (1...128).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
          UInt8(ascii: "."), UInt8(ascii: "/"):
          true
        default: false
        }
      }
  }
}
