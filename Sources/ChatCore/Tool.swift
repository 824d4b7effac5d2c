package import ChildProtocol

/// A tool that a child offers, in MCP's words.
package struct Tool: Hashable, Sendable {
  /// Whether a person is asked before it is called.
  package enum Approval: String, CaseIterable, Sendable {
    case ask, auto, never
  }

  package let child: ChildID
  package let name: String
  package var description: String
  /// A JSON Schema of its arguments.
  package var inputSchema: JSON
  /// MCP's hints, as `readOnlyHint`; nil: none were given.
  package var annotations: JSON?
  package var approval: Approval

  package init(
    child: ChildID, name: String, description: String, inputSchema: JSON, annotations: JSON?,
    approval: Approval
  ) {
    self.child = child
    self.name = name
    self.description = description
    self.inputSchema = inputSchema
    self.annotations = annotations
    self.approval = approval
  }

  /// Writes the tool as `GET /api/tools` shows it.
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("child_id", child.text)
      $0.field("name", name)
      $0.field("description", description)
      $0.field("inputSchema", inputSchema)
      $0.field("annotations", annotations)
      $0.field("approve", approval.rawValue)
    }
  }
}

/// What came of calling a tool.
package struct ToolOutcome: Hashable, Sendable {
  /// `done`, `failed`, `timedOut` or `refused`.
  package let status: ToolCall.Status
  /// Why it is not `done`, in words.
  package let reason: String?
  /// MCP's content blocks.
  package let content: JSON
  package private(set) var latency = Duration.zero

  package init(_ status: ToolCall.Status, _ reason: String? = nil, _ content: JSON = .array([])) {
    self.status = status
    self.reason = reason
    self.content = content
  }

  /// The same with the time that it took.
  package func taking(_ latency: Duration) -> ToolOutcome {
    var outcome = self
    outcome.latency = latency
    return outcome
  }
}

/// The children's tools.
package protocol ChildTools: Sendable {
  /// Every tool of a child that is ready, in order of the children's names, then as they were
  /// declared.
  func tools() async -> [Tool]
  /// Calls a tool of a child. Returns at the child's `timeout_ms` at the latest, put off by its
  /// partials to `timeout_max_ms`; a tool of which the manifest says never is refused. Nobody is
  /// asked: that is the caller's to do.
  func call(_ name: String, of child: ChildID, arguments: JSON) async -> ToolOutcome
}
