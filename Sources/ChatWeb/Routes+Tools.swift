import ChatCore
import ChildProtocol
import Hummingbird

extension Routes {
  /// Adds what can be done with the children's tools.
  func addTools(_ router: Router<Context>) {
    resource(
      router, "/api/tools",
      [
        .get: { _, _ in
          let tools = await api.children.tools()
          return Self.json { $0.list("tools", tools) { $0.write(to: &$1) } }
        }
      ])
    resource(
      router, "/api/tools/call",
      [
        .post: { request, _ in
          let fields = try await fields(request)
          let entry = try await api.conversations.call(
            try ToolRequest(fields), in: try fields.text("thread").map { ThreadID($0) } ?? .main)
          return Self.json(.ok) { entry.write(to: &$0) }
        }
      ])
    resource(
      router, "/api/tools/forget",
      [
        .post: { request, _ in
          let fields = try await fields(request)
          let child = ChildID(try fields.requiredText("child_id"))
          let name = try fields.requiredText("tool")
          guard let tool = try await api.forget(name, of: child) else {
            return Self.json {
              $0.field("child_id", child.text)
              $0.field("name", name)
              $0.field("remembered", false)
            }
          }
          return Self.json(.ok, tool.write)
        }
      ])
  }
}

extension ToolRequest {
  /// Reads the call that a client asks for.
  fileprivate init(_ fields: Fields) throws(ChatError) {
    let arguments = fields.any("arguments") ?? [:]
    guard arguments.members != nil else {
      throw .invalid(field: "arguments", expected: "an object, got \(arguments.kind)")
    }
    if let expected = ToolCall.fault(in: arguments) {
      throw .invalid(field: "arguments", expected: expected)
    }
    self.init(
      child: ChildID(try fields.requiredText("child_id")),
      tool: try fields.requiredText("tool"), arguments: arguments)
  }
}
