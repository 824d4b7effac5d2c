package import ChildProtocol

/// One round of the assistant's calls to children's tools.
package struct ToolRound: Hashable, Sendable {
  package let id: EntryID
  package var parent: EntryID?
  package let thread: ThreadID
  /// The number of its last change; 0 until it is stored.
  package var seq: Int64 = 0
  package let createdAt: Timestamp
  /// The user's message whose turn it is.
  package let originalMessageID: EntryID
  package var calls: [ToolCall]

  package init(
    id: EntryID, parent: EntryID, thread: ThreadID, createdAt: Timestamp,
    originalMessageID: EntryID, calls: [ToolCall]
  ) {
    self.id = id
    self.parent = parent
    self.thread = thread
    self.createdAt = createdAt
    self.originalMessageID = originalMessageID
    self.calls = calls
  }
}

/// One call of one tool.
package struct ToolCall: Hashable, Sendable {
  /// How far it has come.
  package enum Status: String, Sendable, CaseIterable {
    /// For a person's approval.
    case waiting
    case running, done, failed
    case timedOut = "timed_out"
    case refused
  }

  /// chatd's identifier of the call. Results are paired with the model's calls by their order: some
  /// servers give each call the same identifier.
  package let callID: String
  package let child: ChildID
  package let tool: String
  package let arguments: JSON
  package var status: Status
  package var reason: String?
  /// MCP's content blocks.
  package var content: JSON
  package var latency: Duration

  package init(
    callID: String, child: ChildID, tool: String, arguments: JSON, status: Status,
    reason: String? = nil, content: JSON = .array([]), latency: Duration = .zero
  ) {
    self.callID = callID
    self.child = child
    self.tool = tool
    self.arguments = arguments
    self.status = status
    self.reason = reason
    self.content = content
    self.latency = latency
  }
}

extension ToolCall {
  /// The most that a call may have for its arguments: what a child's frame and an entry of the log
  /// bear, with room for what stands around it.
  package static let argumentsLimit = (byteCount: 1 << 20, depth: 100)

  /// What `arguments` are not that they have to be; nil: they can be called with and kept.
  package static func fault(in arguments: JSON) -> String? {
    if arguments.isNested(deeperThan: argumentsLimit.depth) {
      return "nested at most \(argumentsLimit.depth) deep"
    }
    guard arguments.bytes.count > argumentsLimit.byteCount else { return nil }
    return "at most \(argumentsLimit.byteCount) bytes long"
  }
}

extension JSON {
  fileprivate func isNested(deeperThan limit: Int) -> Bool {
    switch self {
    case .null, .bool, .number, .string: false
    case .array(let elements):
      limit == 0 || elements.contains { $0.isNested(deeperThan: limit - 1) }
    case .object(let members):
      limit == 0 || members.contains { $0.value.isNested(deeperThan: limit - 1) }
    }
  }
}

extension ToolRound {
  /// Whether a person called the tool, and not the assistant.
  package var isPersons: Bool { calls.count == 1 && calls[0].callID == id.text }

  /// Whether these are the calls that a message of the assistant's ends with, which it stands
  /// behind.
  package func answers(_ message: Message?) -> Bool {
    message?.asksForCalls == true && !isPersons
  }
}

extension Message {
  /// Whether it is an answer that ends with calls of tools.
  var asksForCalls: Bool {
    role == .assistant && status == .complete && stopReason == "tool_use"
  }

  /// Whether it is an answer that the model's server broke off to have it gone on with.
  var isPaused: Bool {
    role == .assistant && status == .complete && stopReason == "pause_turn"
  }
}
