/// The assistant's message while it is being written.
struct Speech {
  var message: Message
  /// UTF-16 code units so far, as `message_delta` counts them.
  var offset = 0
  /// What of it is on disk or on its way there, in bytes.
  var keptByteCount = 0
  /// Raised when something has come that is not on disk.
  let unkept = Signal()
  /// Raised when what has come has to be put there.
  let due = Signal()

  var unkeptByteCount: Int { message.content.utf8.count - keptByteCount }
}

extension Conversation {
  /// What has come of an answer is put on disk after this time or this many bytes, so that a crash
  /// loses no more.
  private static let keepInterval = Duration.seconds(1)
  private static let keepByteCount = 2 << 10

  /// An answer of which nothing is written yet.
  func reply(after parent: EntryID?) -> Message {
    var reply = Message(
      id: .next(at: around.now()), parent: parent, thread: thread.id,
      createdAt: around.now(), role: .assistant, content: "", status: .streaming)
    reply.model = thread.model ?? around.model.assistant.model
    return reply
  }

  /// Asks the assistant for what is to stand in a message of its, which is on disk.
  /// - Returns: the message as it ended, and the calls that it ends with.
  func write(
    _ reply: Message, tools: [Tool], mayCall: Bool
  ) async throws(ChatError) -> (message: Message, calls: [ModelCall]) {
    speech = Speech(message: reply)
    // One that was stopped before it came to this is not paid for.
    if isStopped { return try await end(reply, .failure(CancellationError())) }
    let path: [Entry]
    do {
      path = try await around.reader.path(of: thread.id, before: reply.id)
    } catch {
      let failure = ModelFailure(isInterruption: false, reason: "\(ChatError(reading: error))")
      return try await end(reply, .failure(failure))
    }
    let answers = path.lazy.compactMap(\.message).filter { $0.role == .assistant }
    let cut = answers.last { $0.contextFrom != nil }?.contextFrom
    let transcript = Transcript(path, for: reply.id, from: cut)
    guard transcript.turns.last?.role == .user || path.last?.message?.isPaused == true else {
      let failure = ModelFailure(
        isInterruption: false, reason: "there is nothing to answer: nothing was said since")
      return try await end(reply, .failure(failure))
    }
    speech?.message.contextFrom = transcript.from
    let request = ModelRequest(
      turns: transcript.turns, system: thread.system, model: thread.model,
      maxTokens: thread.maxTokens, tools: tools, mayCall: mayCall, from: transcript.from)
    let outcome = await interruptible(by: stop) { await self.ask(request) }
    return try await end(reply, outcome)
  }

  private func ask(_ request: ModelRequest) async -> Result<ModelAnswer, any Error> {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.awaitDrafts() }
      group.addTask { await self.keepDrafts() }
      defer { group.cancelAll() }
      do {
        return .success(
          try await around.model.answer(request) { [weak self] event in await self?.hear(event) })
      } catch {
        return .failure(error)
      }
    }
  }

  /// Sees to it that what has come is put on disk in time also where nothing more comes, until the
  /// task is cancelled.
  private func awaitDrafts() async {
    while let unkept = speech?.unkept, !Task.isCancelled {
      await unkept.wait()
      await around.draftPause(Self.keepInterval)
      speech?.due.raise()
    }
  }

  /// Puts what has come on disk whenever that is due, one commit after the other, until the task is
  /// cancelled; the stream goes on meanwhile.
  private func keepDrafts() async {
    while let due = speech?.due, !Task.isCancelled {
      await due.wait()
      if !Task.isCancelled { await keepDraft() }
    }
  }

  private func hear(_ event: ModelEvent) async {
    switch event {
    case .text(let text):
      guard !text.isEmpty, let id = speech?.message.id, let offset = speech?.offset else { return }
      around.sink.publish(.delta(thread: thread.id, message: id, offset: offset, text: text))
      take(text)
    case .usage(let usage): speech?.message.usage = usage
    case .leftOut(let first):
      speech?.message.contextFrom = first
      around.report(
        "thread \(thread.id): too long for the model, which reads from entry \(first) on")
    case .retrying(let attempt, let delay, let reason):
      guard let speech else { return }
      around.sink.publish(
        .answerRetry(
          thread: thread.id, message: speech.message.id, attempt: attempt,
          at: around.now().advanced(by: delay), reason: reason))
      around.report(
        "thread \(thread.id): attempt \(attempt) of the assistant in \(delay): \(reason)")
    }
  }

  /// Puts a piece behind what has come, in place: with a second reference to the text, be it a
  /// local copy of the speech, each piece would copy all of it.
  private func take(_ text: String) {
    speech?.message.content += text
    speech?.offset += text.utf16.count
    let isDue = speech?.unkeptByteCount ?? 0 >= Self.keepByteCount
    if isDue { speech?.due.raise() } else { speech?.unkept.raise() }
  }

  private func keepDraft() async {
    guard let message = speech?.message, speech?.unkeptByteCount ?? 0 > 0 else { return }
    speech?.keptByteCount = message.content.utf8.count
    await surviving { () async throws(ChatError) in
      _ = try await self.around.journal.commit(.draft(message.id, text: message.content))
    }
  }

  /// Stores how the answer ended. Without its stop reason it is not complete.
  private func end(
    _ reply: Message, _ outcome: Result<ModelAnswer, any Error>
  ) async throws(ChatError) -> (message: Message, calls: [ModelCall]) {
    var message = speech?.message ?? reply
    var calls: [ModelCall] = []
    defer { speech = nil }
    switch outcome {
    case .success(let answer):
      message.status = .complete
      message.model = answer.model
      message.stopReason = answer.stopReason
      message.usage = answer.usage ?? message.usage
      message.kept = answer.kept
      if message.asksForCalls { calls = answer.calls }
    case .failure where isStopped:
      message.status = .stopped
    case .failure(let failure as ModelFailure):
      let hasBegun = failure.isInterruption || !message.content.isEmpty
      message.status = hasBegun ? .interrupted : .failed
      message.error = failure.reason
    case .failure(is CancellationError):
      message.status = .interrupted
      message.error = "chatd was stopped while this was being written"
    case .failure(let error):
      around.report("thread \(thread.id): the assistant failed: \(error)")
      message.status = message.content.isEmpty ? .failed : .interrupted
      message.error = "something went wrong inside chatd; its log says what"
    }
    let ended = message
    let stored = try await persist { .amend(ended.id) { $0 = .message(ended) } }.message
    return (stored ?? ended, calls)
  }
}
