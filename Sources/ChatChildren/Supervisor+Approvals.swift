package import ChatCore
import ChildProtocol

/// What people want to be remembered of the children's tools.
extension Supervisor {
  package func remember(
    _ approval: Tool.Approval?, for tool: String, of id: ChildID
  ) async throws {
    // One after the other: each is made of what the one before has left.
    while isRemembering { await withCheckedContinuation { rememberers.append($0) } }
    isRemembering = true
    defer {
      isRemembering = false
      if !rememberers.isEmpty { rememberers.removeFirst().resume() }
    }
    let new = try approvals(of: id, with: approval, for: tool)
    do {
      try await records.keep(id, .init(approvals: new.json ?? .null))
    } catch let error as ChatError {
      throw error
    } catch {
      throw ChatError.unavailable(reason: "what is remembered of \(id) was not stored: \(error)")
    }
    // It may have gone, or come back as another, while the disk was at it.
    children[id]?.approvals = new
    forgotten[id]?.approvals = new.json
  }

  private func approvals(
    of id: ChildID, with approval: Tool.Approval?, for name: String
  ) throws -> ToolApprovals {
    guard let child = children[id] else { throw ChatError.notFound(what: "child \"\(id)\"") }
    var approvals = child.approvals
    let tool = child.tools.first { $0.name == name }
    let isKnown: Bool
    if let approval {
      isKnown = tool != nil
      if let tool { approvals.remember(approval, for: tool, declared: child.tools) }
    } else {
      // It may be one that the child does not declare any more.
      isKnown = approvals.forget(name) || tool != nil
    }
    guard isKnown else { throw ChatError.notFound(what: "tool \"\(name)\" of \(id)") }
    return approvals
  }
}
