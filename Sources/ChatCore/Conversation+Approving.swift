import ChildProtocol

/// A round whose calls are under way.
struct OpenRound {
  /// One of its calls.
  struct Call {
    /// Raised to end it.
    let stop = Signal()
    /// Raised when something has been decided, by a person or by what else ends the waiting.
    let decided = Signal()
    /// Whether a person is asked.
    var isWaiting: Bool
    /// Whether a person's word is being stored.
    var isDeciding = false
    /// A person's word, once that is on disk.
    var isAllowed: Bool?
    let child: ChildID
    let name: String
    /// The tool as it was when the person was asked; nil: that was in an earlier run.
    let tool: Tool?
  }

  let id: EntryID
  /// By the calls' identifiers.
  var calls: [String: Call]

  /// - Parameter tools: those that a person is asked about.
  init(_ round: ToolRound, askedAbout tools: [Tool] = []) {
    id = round.id
    let calls = round.calls.map { call in
      let tool = tools.first { $0.child == call.child && $0.name == call.tool }
      let isWaiting = call.status == .waiting
      return (
        call.callID, Call(isWaiting: isWaiting, child: call.child, name: call.tool, tool: tool)
      )
    }
    self.calls = Dictionary(calls, uniquingKeysWith: { first, _ in first })
  }

  /// Whether a person is asked about one of them.
  var isWaiting: Bool { calls.values.contains(where: \.isWaiting) }

  /// Ends all of them.
  func stop() {
    for call in calls.values {
      call.stop.raise()
      call.decided.raise()
    }
  }

  /// Lets those go on that wait for a person.
  func wake() { for call in calls.values { call.decided.raise() } }
}

extension Conversation {
  /// What has become of a call that a person is asked about.
  enum Decision {
    case allowed, refused
    /// The turn was stopped.
    case stopped
    /// chatd ends, and the call goes on waiting on disk.
    case suspended
  }

  /// Waits for a person's word about a call, however long that takes.
  func decision(on id: String) async -> Decision {
    while let call = openRound?.calls[id] {
      if let isAllowed = call.isAllowed { return isAllowed ? .allowed : .refused }
      let isSettled = !call.isDeciding
      if Task.isCancelled { return isStopped && isSettled ? .stopped : .suspended }
      if isStopped && isSettled { return .stopped }
      if isFinishing && isSettled { return .suspended }
      await call.decided.wait()
    }
    return .suspended
  }

  /// Allows or refuses a call that waits for a person. The word is on disk before anything is
  /// called, and with `remember` it is remembered for that tool before.
  /// - Returns: the round as it is then.
  /// - Throws: `ChatError.conflict` where that call does not wait, or does not any more, or its tool
  ///   is to be remembered and has become another; `.notFound` where that one is no more;
  ///   `.unavailable` where it can't be stored, and once chatd is stopping.
  func decide(
    _ callID: String, allow: Bool, remember: Bool = false
  ) async throws(ChatError) -> Entry {
    // A round of an earlier run is taken up before long.
    while isTakingUp && openRound == nil && !isFinishing && !isHeld {
      await waitForTurns()
    }
    guard !isFinishing else { throw .unavailable(reason: "chatd is stopping") }
    guard let round = openRound, let call = round.calls[callID], call.isWaiting,
      !call.isDeciding, !isStopped
    else { throw .conflict(reason: "call \(callID) does not wait for a decision") }
    openRound?.calls[callID]?.isDeciding = true
    defer {
      openRound?.calls[callID]?.isDeciding = false
      call.decided.raise()
    }
    // Not before it is certain whose word counts.
    if remember { try await self.remember(call, allow ? .auto : .never) }
    let entry = try await around.journal.entry(
      .amend(round.id) { entry in
        entry.amendCall(callID) { call in
          if allow { call.status = .running } else { call.end(.refusal) }
        }
      })
    openRound?.calls[callID]?.isAllowed = allow
    openRound?.calls[callID]?.isWaiting = false
    return entry
  }

  private func remember(
    _ call: OpenRound.Call, _ approval: Tool.Approval
  ) async throws(ChatError) {
    let now = await around.tools.tools().first { $0.child == call.child && $0.name == call.name }
    if let asked = call.tool, let now, !now.isDeclared(as: asked) {
      let what = "\"\(call.name)\" of \(call.child)"
      throw .conflict(
        reason: "\(what) has become another tool since: what is said of it can't be remembered")
    }
    do {
      try await around.tools.remember(approval, for: call.name, of: call.child)
    } catch {
      throw error as? ChatError ?? .unavailable(reason: "it was not remembered: \(error)")
    }
  }
}

extension Tool {
  /// Whether it is what the child had declared then, whatever anybody has said of it since.
  fileprivate func isDeclared(as other: Tool) -> Bool {
    (description, inputSchema, annotations)
      == (other.description, other.inputSchema, other.annotations)
  }
}

extension ToolOutcome {
  /// A person said no.
  fileprivate static var refusal: ToolOutcome { ToolOutcome(.refused, "a person said no") }
}
