/// An answer that came after its rollup was closed.
struct LateResponse: Sendable {
  let message: EntryID
  let response: ChildResponse
}

extension Conversation {
  /// Asks the children about a message and appends their rollup.
  ///
  /// `isAgain`: an earlier run of chatd may have asked them; how often they were is counted.
  /// With `whileNobodyWaits` the rollup is closed as soon as another message waits for its turn.
  func hear(
    _ message: Message, isAgain: Bool, whileNobodyWaits: Bool = false
  ) async throws(ChatError) {
    guard !message.content.isBlank else { return }
    let attempt = isAgain ? try await attempt(at: message.id) : 1
    let closing = Signal()
    if whileNobodyWaits ? isAwaited || isHeld : isStopped { closing.raise() }
    (self.closing, yieldsToNext) = (closing, whileNobodyWaits)
    hearing = message.id
    let inquiry = inquiry(about: message, attempt: attempt)
    let responses = await interruptible(by: closing) { [children = around.children] in
      await children.consult(inquiry)
    }
    (self.closing, yieldsToNext) = (nil, false)
    defer { handBackParked() }
    guard let responses else { return }
    _ = try await append(
      .rollup(
        Rollup(
          id: .next(at: around.now()), parent: message.id, thread: thread.id,
          createdAt: around.now(), originalMessageID: message.id, responses: responses)))
  }

  /// Asks one child again about a message whose rollup is stored. Its answer takes the place of the
  /// one before, as late.
  /// - Returns: the rollup, as it is then.
  /// - Throws: `ChatError.conflict` while the rollup is open, `.notFound` for a child that was not
  ///   asked or is no more.
  func retry(_ child: ChildID, about message: Message) async throws(ChatError) -> Entry {
    guard hearing != message.id, let rollup = try await storedRollup(of: message.id) else {
      throw .conflict(reason: "message \(message.id) has no rollup yet")
    }
    guard let before = rollup.responses.first(where: { $0.child == child }) else {
      throw .notFound(what: "child \"\(child)\" among those asked about \(message.id)")
    }
    let inquiry = inquiry(about: message, attempt: before.attempt + 1, only: child)
    guard var response = await around.children.consult(inquiry)?.first else {
      throw .notFound(what: "child \"\(child)\"")
    }
    response.late = true
    return try await persistLate(response, in: rollup.id)
  }

  private func inquiry(
    about message: Message, attempt: Int, only: ChildID? = nil
  ) -> Inquiry {
    Inquiry(
      message: message, muted: thread.muted, attempt: attempt, only: only,
      earlier: { [around, thread] count in
        do {
          return try await around.reader.page(
            of: thread.id, before: message.id, limit: count
          ).entries
        } catch {
          around.report("thread \(thread.id): no context for its children: \(error)")
          return []
        }
      },
      progress: { [sink = around.sink] in sink.publish(.progress($0)) },
      late: { [lates] in lates.put(LateResponse(message: message.id, response: $0)) })
  }

  private func handBackParked() {
    hearing = nil
    for late in parked { lates.put(late) }
    parked = []
  }

  /// Puts answers that came after their rollup was closed into it, until the task is cancelled.
  func keepLateResponses() async {
    while !Task.isCancelled {
      for late in await lates.take() { await keep(late) }
    }
  }

  /// Puts an answer into its rollup, or aside where that is not on disk yet.
  func keep(_ late: LateResponse) async {
    guard hearing != late.message else { return parked.append(late) }
    await surviving { () async throws(ChatError) in
      guard let rollup = try await self.storedRollup(of: late.message) else { return }
      _ = try await self.persistLate(late.response, in: rollup.id)
    }
  }

  private func storedRollup(of message: EntryID) async throws(ChatError) -> Rollup? {
    do { return try await around.reader.rollup(of: message) } catch {
      throw ChatError(reading: error)
    }
  }

  /// A response's identifier says when it was heard, and the transcript goes by that. Made anew
  /// each time the change is handed to the journal, it stands before every answer that is begun
  /// later, in time and on disk: an answer that was begun while the disk refused this has been
  /// given without it.
  private func persistLate(
    _ response: ChildResponse, in rollup: EntryID
  ) async throws(ChatError) -> Entry {
    try await persist {
      let heard = response.heard(as: .next(at: self.around.now()))
      return .amend(rollup) { entry in
        guard case .rollup(var rollup) = entry, rollup.replace(with: heard) else { return }
        entry = .rollup(rollup)
      }
    }
  }
}

extension ChildResponse {
  /// The same under another identifier.
  func heard(as id: EntryID) -> ChildResponse {
    ChildResponse(
      child: child, messageID: id, status: status, reason: reason, late: late, text: text,
      html: html, data: data, latency: latency, attempt: attempt, generation: generation)
  }
}
