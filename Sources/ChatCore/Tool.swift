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
  /// The one that counts: a person's word, where one is kept and the manifest does not say never.
  package var approval: Approval
  /// Whether a person's word is kept.
  package var isRemembered: Bool

  package init(
    child: ChildID, name: String, description: String, inputSchema: JSON, annotations: JSON?,
    approval: Approval, isRemembered: Bool = false
  ) {
    self.child = child
    self.name = name
    self.description = description
    self.inputSchema = inputSchema
    self.annotations = annotations
    self.approval = approval
    self.isRemembered = isRemembered
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
      $0.field("remembered", isRemembered)
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
  /// Every tool of a child that is ready, in order of the children's names, then of their own.
  func tools() async -> [Tool]
  /// Calls a tool of a child. Returns at the child's `timeout_ms` at the latest, put off by its
  /// partials to `timeout_max_ms`; a tool of which the manifest says never is refused. Nobody is
  /// asked: that is the caller's to do. When the task is cancelled it returns at once, as `failed`,
  /// and the child is told.
  func call(_ name: String, of child: ChildID, arguments: JSON) async -> ToolOutcome
  /// Keeps a person's word about a tool, as the child declares it now, over restarts; nil: forgets
  /// it. Returns once it is on disk. A tool that becomes another has no word any more.
  /// - Throws: `ChatError.notFound` for a child or a tool that is not there, `.unavailable` where it
  ///   can't be stored.
  func remember(_ approval: Tool.Approval?, for tool: String, of child: ChildID) async throws
}
