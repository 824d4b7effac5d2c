package import ChatCore
package import ChildProtocol
import NIOCore

/// Children that ask one another.
extension Supervisor {
  /// Passes on what a child asks of another one, or refuses it.
  func pass(
    _ body: JSON, to callee: ChildID, from caller: ChildID,
    finish: @escaping @Sendable (Call.Outcome) -> Void
  ) {
    guard children[caller]?.manifest.permissions.call.contains(callee) == true else {
      return finish(
        .refused(
          reason: "actor/call: the manifest's [permissions] call does not name \"\(callee)\""))
    }
    guard let child = children[callee] else {
      return finish(.refused(reason: "there is no child \"\(callee)\""))
    }
    if let chain = chain(from: callee, to: caller) {
      let words = chain.map(\.text).joined(separator: ", which waits for ")
      return finish(.refused(reason: "the call would come back: \(words)"))
    }
    child.take(
      Call(of: callee, by: caller, rules: child.manifest.messages, finish: finish),
      .actor(from: caller, body: body))
  }

  /// The children by which one waits for another, both included; nil where it does not.
  private func chain(from first: ChildID, to last: ChildID) -> [ChildID]? {
    if first == last { return [first] }
    var paths = [[first]]
    var seen: Set<ChildID> = [first]
    while let path = paths.popLast(), let end = path.last {
      for child in children.values where isAwaited(child, by: end) && !seen.contains(child.id) {
        if child.id == last { return path + [last] }
        seen.insert(child.id)
        paths.append(path + [child.id])
      }
    }
    return nil
  }

  private func isAwaited(_ child: Child, by caller: ChildID) -> Bool {
    child.requests.calls.values.contains { $0.caller == caller && !$0.isOver }
  }

  /// A generation has ended: what it asked of others is of no use any more.
  func abandonCalls(of caller: ChildID) {
    for child in children.values { child.abandonCalls(of: caller) }
  }
}

/// The children's tools.
extension Supervisor: ChildTools {
  package func tools() -> [Tool] {
    children.values.filter { $0.lifecycle.phase == .up(isSuspect: false) }
      .sorted { $0.id < $1.id }
      .flatMap { child in
        child.tools.sorted { $0.name < $1.name }.map { child.approvals.applied(to: $0) }
      }
  }

  package func call(
    _ name: String, of id: ChildID, arguments: JSON
  ) async -> ToolOutcome {
    let startedAt = Moment.now.steady
    if Task.isCancelled { return ToolOutcome(.stopped) }
    if let reason = refusal(of: name, of: id) { return ToolOutcome(.refused(reason: reason)) }
    lastCall += 1
    let number = lastCall
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let finish: (Call.Outcome) -> Void = { continuation.resume(returning: ToolOutcome($0)) }
        guard let child = children[id] else {
          return finish(.refused(reason: "there is no child \"\(id)\""))
        }
        child.take(
          Call(
            of: id, by: nil, rules: child.manifest.rulesForTools, number: number, finish: finish),
          .tool(name: name, arguments: arguments))
      }
    } onCancel: { [loop] in
      // Behind what is being done there, and so behind the call's beginning.
      loop.execute { self.assumeIsolated { $0.stopCall(number, of: id) } }
    }
    return outcome.taking(Moment.now.steady - startedAt)
  }

  private func stopCall(_ number: Int, of id: ChildID) { children[id]?.stopCall(number) }

  /// Why the tool can't be called; nil: it can, as far as is known before the child is asked. A
  /// child that is not ready says so itself, whatever tools it may have.
  private func refusal(of name: String, of id: ChildID) -> String? {
    guard let child = children[id], child.lifecycle.phase == .up(isSuspect: false) else {
      return nil
    }
    guard let tool = child.tools.first(where: { $0.name == name }) else {
      return "\(id) has no tool \"\(name)\""
    }
    guard tool.approval == .never else { return nil }
    return "the manifest of \(id) never lets \"\(name)\" be called"
  }
}

extension Manifest {
  /// How long a call of one of its tools may take, and what else holds for requests to it.
  fileprivate var rulesForTools: Messages {
    var rules = messages
    if let timeout = tools.timeout {
      rules.timeout = timeout
      rules.timeoutMax = max(timeout, rules.timeoutMax)
    }
    return rules
  }
}

extension ToolOutcome {
  /// What a child's answer to `tools/call` comes to, in MCP's shape or not.
  fileprivate init(_ outcome: Call.Outcome) {
    switch outcome {
    case .refused(let reason): self.init(.refused, reason)
    case .crashed(let reason): self.init(.failed, reason)
    case .stopped: self.init(.failed, "it was stopped")
    case .timedOut(let after): self.init(.timedOut, "no answer within \(after.words)")
    case .answered(.failure(let failure)): self.init(.failed, failure.message)
    case .answered(.success(let result)):
      guard let content = Self.content(of: result) else {
        self.init(.failed, "its answer has no \"content\", which is a list of blocks")
        return
      }
      let isError = result["isError"]?.bool ?? false
      self.init(isError ? .failed : .done, isError ? "the tool says that it failed" : nil, content)
    }
  }

  /// The blocks of a result. MCP has a tool say in them what its data are, too; where it does not,
  /// the data are what it says.
  private static func content(of result: JSON) -> JSON? {
    let blocks = result["content"]
    if let data = result["structuredContent"], data.members != nil, blocks?.array?.isEmpty ?? true {
      return [["type": "text", "text": .string(data.text)]]
    }
    return blocks?.array == nil ? Optional.none : blocks
  }
}
