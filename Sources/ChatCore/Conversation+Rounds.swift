import ChildProtocol

/// How the calls of a round have ended.
enum RoundEnd {
  /// Each has come to its end.
  case done
  /// They were ended before, by a person.
  case stopped
  /// One still waits for a person, and chatd ends: the next run goes on with it.
  case suspended
}

extension Conversation {
  /// Writes an answer to its end: message behind message, with a round of calls behind each that
  /// asks for one.
  ///
  /// Its messages are on disk before the model is asked, so no answer is paid for without a trace,
  /// and its rounds before anything is called.
  /// - Returns: its last message; nil where the assistant is off or somebody stopped the turn
  ///   before. With `isSuspended` it is not at its end.
  func answer(_ message: Message, _ begun: AnswerSoFar) async throws(ChatError) -> Message? {
    guard begun.last != nil || (around.model.assistant.isEnabled && !isStopped) else { return nil }
    let original = message.isPersons ? message.id : begun.user ?? message.id
    let tools = await offeredTools()
    var soFar = begun
    defer { spoken = [] }
    while true {
      spoken = soFar.spoken
      let step = soFar.next(limit: roundLimit, isStopped: isStopped)
      // Nothing that an earlier run has left waits for a person any more.
      if !step.finishesRound { takenUp() }
      switch step {
      case .begin:
        if isStopped && soFar.last == nil { return nil }
        // What was stopped later gets the message that says so all the same.
        if Task.isCancelled && !isStopped {
          isSuspended = true
          return soFar.last
        }
        soFar.begin(try await beginReply())
      case .write(let reply):
        let written = try await write(reply, tools: tools, mayCall: soFar.rounds < roundLimit)
        soFar.end(written.message, written.calls)
      case .call(let calls, let message):
        let round = try await take(calls, after: message, for: original, tools: tools)
        soFar.begin(round)
        guard try await perform(round) != .suspended else { return suspend(soFar) }
        soFar.end(round.ended)
      case .finish(let round):
        guard try await takeUp(round) != .suspended else { return suspend(soFar) }
        soFar.end(round.ended)
      case .end: return soFar.last
      }
    }
  }

  private func suspend(_ soFar: AnswerSoFar) -> Message? {
    isSuspended = true
    return soFar.last
  }

  private func beginReply() async throws(ChatError) -> Message {
    let reply = reply(after: thread.head)
    return try await append(.message(reply)).message ?? reply
  }

  /// How many rounds an answer may have here.
  private var roundLimit: Int {
    thread.maxToolRounds.map { Int(clamping: $0) } ?? around.maxToolRounds
  }

  /// The tools that the assistant may call here, the same list for all of its answer: prompt caches
  /// depend on it.
  private func offeredTools() async -> [Tool] {
    guard roundLimit > 0 else { return [] }
    return await around.tools.tools()
      .filter { $0.approval != .never && !thread.muted.contains($0.child) }
      .sorted { ($0.child, $0.name) < ($1.child, $1.name) }
  }

  /// How many calls of a round are made, and how many there may be in one with those that are not:
  /// each that ends writes all of the round.
  static let callLimit = 64
  private static let listLimit = 256

  /// Puts a round on disk: what may be called at once is `running`, what a person is asked about
  /// `waiting`, and what can't be called has come to its end.
  private func take(
    _ calls: [ModelCall], after message: Message, for original: EntryID, tools: [Tool]
  ) async throws(ChatError) -> ToolRound {
    let id = EntryID.next(at: around.now())
    // A person may have said another word since the turn began.
    let current = await around.tools.tools()
    let begun = calls.prefix(Self.listLimit).enumerated().map { number, call in
      let tool = tools.first(for: call).map { current.first(for: call) ?? $0 }
      let isMuted = thread.muted.contains(call.child)
      return ToolCall(
        "\(id)-\(number + 1)", number < Self.callLimit ? call : call.tooMany,
        tool?.approval, isMuted: isMuted)
    }
    let round = ToolRound(
      id: id, parent: message.id, thread: thread.id, createdAt: around.now(),
      originalMessageID: original, calls: begun)
    // Whoever sees it may decide on it, and he may be here before the one who has stored it.
    openRound = OpenRound(round, askedAbout: current)
    do throws(ChatError) {
      return try await append(.toolRound(round)).toolRound ?? round
    } catch {
      openRound = nil
      throw error
    }
  }

  /// Goes on with a round that an earlier run of chatd had begun. What ran then is not called
  /// again: nobody knows how far it came.
  private func takeUp(_ round: ToolRound) async throws(ChatError) -> RoundEnd {
    let entry = try await persist {
      .amend(round.id) { entry in
        guard case .toolRound(var round) = entry else { return }
        for index in round.calls.indices where round.calls[index].status == .running {
          round.calls[index].end(ToolOutcome(.failed, "chatd ended while it ran"))
        }
        entry = .toolRound(round)
      }
    }
    return try await perform(entry.toolRound ?? round)
  }

  /// Makes all calls of a round at once and waits until each has come to its end, on disk.
  private func perform(_ round: ToolRound) async throws(ChatError) -> RoundEnd {
    if openRound?.id != round.id { openRound = OpenRound(round) }
    defer { openRound = nil }
    letTurnWaitersLook()
    let results = await withTaskGroup(of: Result<RoundEnd, ChatError>.self) { group in
      for call in round.calls {
        group.addTask {
          do throws(ChatError) {
            return .success(try await self.perform(call, of: round.id))
          } catch {
            return .failure(error)
          }
        }
      }
      var results: [Result<RoundEnd, ChatError>] = []
      while let result = await group.next() { results.append(result) }
      return results
    }
    var ends: [RoundEnd] = []
    for result in results { ends.append(try result.get()) }
    if ends.contains(.suspended) { return .suspended }
    return isStopped ? .stopped : .done
  }

  private func perform(
    _ call: ToolCall, of round: EntryID
  ) async throws(ChatError) -> RoundEnd {
    if call.status == .waiting {
      switch await decision(on: call.callID) {
      case .allowed: break
      case .refused: return .done
      case .suspended: return .suspended
      case .stopped:
        try await end(call, of: round, ToolOutcome(.refused, "a person stopped the answer"))
        return .stopped
      }
    } else if call.status != .running {
      return .done
    }
    try await end(call, of: round, await outcome(of: call))
    return .done
  }

  private func outcome(of call: ToolCall) async -> ToolOutcome {
    guard !isStopped, let stop = openRound?.calls[call.callID]?.stop else {
      return ToolOutcome(.failed, "a person stopped the answer")
    }
    return await interruptible(by: stop) { [tools = around.tools] in
      await tools.call(call.tool, of: call.child, arguments: call.arguments)
    }
  }

  private func end(
    _ call: ToolCall, of round: EntryID, _ outcome: ToolOutcome
  ) async throws(ChatError) {
    let id = call.callID
    _ = try await persist {
      .amend(round) { entry in
        let outcome = outcome.fitting(into: entry.toolRound)
        entry.amendCall(id) { $0.end(outcome) }
      }
    }
  }
}

extension ToolCall {
  /// A call that the model wants to have made; `approval`: nil where the tool was not offered.
  fileprivate init(
    _ callID: String, _ call: ModelCall, _ approval: Tool.Approval?, isMuted: Bool
  ) {
    self.init(
      callID: callID, child: call.child, tool: call.tool, arguments: call.arguments,
      status: .running)
    switch approval {
    case _ where call.problem != nil: (status, reason) = (.failed, call.problem)
    case .auto? where isMuted, .ask? where isMuted:
      (status, reason) = (.refused, "\(child) is muted here")
    case .auto: break
    case .ask: status = .waiting
    case .never: (status, reason) = (.refused, "\"\(tool)\" of \(child) is not to be called")
    case nil: (status, reason) = (.refused, "\"\(tool)\" of \(child) was not offered")
    }
  }

  /// The call has come to its end.
  mutating func end(_ outcome: ToolOutcome) {
    status = outcome.status
    reason = outcome.reason
    content = outcome.content
    latency = outcome.latency
  }
}

extension ModelCall {
  /// The same as one that is not made.
  fileprivate var tooMany: ModelCall {
    ModelCall(
      child: child, tool: tool, arguments: [:],
      problem: problem ?? "no more than \(Conversation.callLimit) calls are made at once")
  }
}

extension [Tool] {
  fileprivate func first(for call: ModelCall) -> Tool? {
    first { $0.child == call.child && $0.name == call.tool }
  }
}

extension ToolOutcome {
  /// What the results of one round may come to in bytes of JSON: an entry of the log.
  private static let roundByteLimit = 16 << 20

  /// The outcome as there is room for it beside what is in the round.
  func fitting(into round: ToolRound?) -> ToolOutcome {
    let byteCount = (round?.calls ?? []).reduce(content.bytes.count) {
      $0 + $1.content.bytes.count
    }
    guard byteCount > Self.roundByteLimit else { return self }
    let reason = "the results of these calls have more than \(Self.roundByteLimit) bytes together"
    return ToolOutcome(.failed, reason).taking(latency)
  }
}

extension ToolRound {
  /// The same where all that was under way has ended: enough to go on behind it.
  fileprivate var ended: ToolRound {
    var round = self
    for index in round.calls.indices { round.calls[index].status = .done }
    return round
  }
}

extension Entry {
  /// Changes one call of a round that has not come to its end.
  mutating func amendCall(_ id: String, _ change: (inout ToolCall) -> Void) {
    guard case .toolRound(var round) = self,
      let index = round.calls.firstIndex(where: { $0.callID == id }),
      [.waiting, .running].contains(round.calls[index].status)
    else { return }
    change(&round.calls[index])
    self = .toolRound(round)
  }
}
