package import ChildProtocol

/// A tool to be called.
package struct ToolRequest: Hashable, Sendable {
  package let child: ChildID
  package let tool: String
  package let arguments: JSON

  package init(child: ChildID, tool: String, arguments: JSON) {
    self.child = child
    self.tool = tool
    self.arguments = arguments
  }
}

extension Conversation {
  /// How far back the message is looked for that a call belongs to.
  private static let lookBack = 16

  /// Calls a tool for a person and appends the round. It holds the thread meanwhile, as a turn does:
  /// the child's deadline bounds that.
  /// - Throws: `ChatError.conflict` where nothing was said yet, `.unavailable` where it can't be
  ///   stored.
  func call(_ request: ToolRequest) async throws(ChatError) -> Entry {
    let id = EntryID.next(at: around.now())
    return try await betweenTurns(id) { () async throws(ChatError) in
      let original = try await self.lastMessage()
      guard let head = self.thread.head else {
        throw .conflict(reason: "nothing was said in thread \(self.id) yet")
      }
      let outcome = await self.around.tools.call(
        request.tool, of: request.child, arguments: request.arguments)
      return try await self.append(
        .toolRound(
          ToolRound(
            id: id, parent: head, thread: self.id, createdAt: self.around.now(),
            originalMessageID: original, calls: [ToolCall(id.text, request, outcome)])))
    }
  }

  /// The person's message that was said last, else any.
  private func lastMessage() async throws(ChatError) -> EntryID {
    do {
      let page = try await around.reader.page(of: id, before: nil, limit: Self.lookBack)
      let messages = page.entries.compactMap(\.message)
      if let message = messages.last(where: { $0.role == .user }) ?? messages.last {
        return message.id
      }
    } catch {
      throw ChatError(reading: error)
    }
    throw .conflict(reason: "nothing was said in thread \(id) yet")
  }
}

extension ToolCall {
  /// A call that has come to its end.
  init(_ callID: String, _ request: ToolRequest, _ outcome: ToolOutcome) {
    self.init(
      callID: callID, child: request.child, tool: request.tool, arguments: request.arguments,
      status: outcome.status, reason: outcome.reason, content: outcome.content,
      latency: outcome.latency)
  }
}
