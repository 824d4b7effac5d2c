extension Conversation {
  /// How long a turn waits before it tries again to store something; doubled up to the second.
  private static let retryDelays: (first: Duration, last: Duration) = (.seconds(1), .seconds(30))

  /// Appends an entry, which becomes the head.
  func append(_ entry: Entry) async throws(ChatError) -> Entry {
    let stored = try await persist { .append(entry) }
    thread.head = stored.id
    return stored
  }

  /// Stores a change of the turn that runs. While the disk refuses it waits and tries again, since
  /// a turn that went on without would lose what it had done; when chatd is stopped meanwhile, the
  /// next run finishes the turn.
  /// `change` is made for each try, at once before it is handed to the journal.
  /// - Throws: `ChatError`, for anything that trying again can't mend.
  func persist(_ change: () -> Change) async throws(ChatError) -> Entry {
    try await keepTrying { () async throws(ChatError) in
      try await self.around.journal.entry(change())
    }
  }

  /// Counts on disk that the children are asked about a message again, before they are. While the
  /// disk refuses it waits, as `persist` does.
  func attempt(at message: EntryID) async throws(ChatError) -> Int {
    try await keepTrying { () async throws(ChatError) in
      try await self.around.journal.attempt(at: message, in: self.thread.id)
    }
  }

  private func keepTrying<T: Sendable>(
    _ store: () async throws(ChatError) -> T
  ) async throws(ChatError) -> T {
    var delay = Self.retryDelays.first
    while true {
      do { return try await store() } catch {
        guard case .unavailable(let reason) = error, !Task.isCancelled else { throw error }
        around.report("thread \(thread.id): not stored, trying again in \(delay): \(reason)")
        await around.pause(delay)
        delay = min(delay * 2, Self.retryDelays.last)
      }
    }
  }

  /// Runs a part that must not end the conversation; what it throws is reported.
  @discardableResult
  func surviving<T: Sendable>(
    _ body: () async throws(ChatError) -> T?
  ) async -> T? {
    do { return try await body() } catch {
      around.report("thread \(thread.id): \(error)")
      return nil
    }
  }

  /// How far back a turn is looked for at first.
  private static let turnLength = 64

  /// How much of a turn an earlier run of chatd had done.
  struct Done {
    var isHeard = false
    var answer = AnswerSoFar()
    var isAnswerHeard = false
  }

  /// What is done of a turn that begins with `message`, or is taken up with it: then it is looked
  /// for on disk. A turn that begins with an answer was begun over: its message was heard before.
  func whatIsDone(of message: Message, isResumed: Bool) async throws(ChatError) -> Done {
    var done = Done(isHeard: message.role == .assistant)
    if !isResumed {
      if message.role == .assistant { done.answer = await beginOver(message) }
      return done
    }
    do {
      done.answer = try await answerSoFar(behind: message.id)
      if let last = done.answer.last {
        done.isHeard = true
        done.isAnswerHeard = try await around.reader.rollup(of: last.id) != nil
      } else {
        done.isHeard = try await around.reader.rollup(of: message.id) != nil
      }
    } catch {
      throw ChatError(reading: error)
    }
    return done
  }

  /// The answer that `message` is to be a part of. Where what stands before can't be read, writing
  /// it will fail for that and say so.
  private func beginOver(_ message: Message) async -> AnswerSoFar {
    do { return try await answerSoFar(behind: message.id) } catch {
      around.report("thread \(thread.id): the answer to be begun over can't be read: \(error)")
      var soFar = AnswerSoFar()
      soFar.begin(message)
      return soFar
    }
  }

  /// By place and not by identifier: a message that was queued is older than the answer it stands
  /// behind.
  private func answerSoFar(behind message: EntryID) async throws -> AnswerSoFar {
    let page = try await around.reader.page(of: thread.id, before: nil, limit: Self.turnLength)
    let soFar = AnswerSoFar(page.entries, behind: message)
    guard page.entries.count == Self.turnLength, soFar.user == nil else { return soFar }
    let all = try await around.reader.page(of: thread.id, before: nil, limit: nil)
    return AnswerSoFar(all.entries, behind: message)
  }
}

extension ChatError {
  /// What a reader threw, which is a `ChatError` unless something is wrong inside.
  package init(reading error: any Error) {
    self = error as? ChatError ?? .unavailable(reason: "the database can't be read")
  }
}
