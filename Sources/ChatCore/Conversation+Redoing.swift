/// What a person wants done over.
package enum Redo: Hashable, Sendable {
  /// Another answer in the place of one there is.
  case regenerate
  /// An answer where there is none, or none that is whole.
  case retry
}

extension Conversation {
  /// How far an answer is looked for from its message, and back.
  private static let lookLength = 64

  /// Begins another answer beside the one that is meant, or the first; the rest of its turn goes on
  /// behind it. The children are not asked about the user's message again.
  ///
  /// `id` is the assistant's message or the user's whose turn it is: then the answer is meant that
  /// is shown, else the newest. Of one with rounds of calls the first message is meant where it is
  /// regenerated, and the last one where it is retried.
  /// - Returns: the new answer, which is on disk as `streaming`.
  /// - Throws: `ChatError.conflict` where the assistant is off, a turn runs or waits, or there is
  ///   nothing to be done over; `.notFound`; `.unavailable` where it can't be stored.
  func redo(_ id: EntryID, _ redo: Redo) async throws(ChatError) -> Message {
    let assistant = around.model.assistant
    guard assistant.isEnabled else {
      throw .conflict(reason: assistant.reason ?? "the assistant is off")
    }
    return try await whileIdle { () async throws(ChatError) in
      let place = try await self.placeOfAnswer(to: id, redo)
      let stored = try await self.around.journal.entry(
        .append(.message(self.reply(after: place.parent)), turn: true))
      guard let reply = stored.message else {
        throw .unavailable(reason: "the store did not answer with a message")
      }
      self.redone = (reply.id, place.user)
      return (reply, begun: reply)
    }
  }

  /// Where the new answer is to stand, and the user's message that it is for.
  private func placeOfAnswer(
    to id: EntryID, _ redo: Redo
  ) async throws(ChatError) -> (parent: EntryID?, user: EntryID?) {
    do {
      guard let message = try await around.reader.entry(id)?.message else {
        throw ChatError.notFound(what: "message \(id)")
      }
      if message.role == .assistant {
        try Self.check(message, redo)
        let path = try await around.reader.page(
          of: thread.id, before: id, limit: Self.lookLength)
        return (message.parent, path.entries.last { $0.message?.isPersons == true }?.id)
      }
      guard message.isPersons, message.status != .queued else {
        let why = message.author.map { "was posted by \($0)" } ?? "waits for its turn"
        throw ChatError.conflict(reason: "message \(id) \(why): there is no answer to it")
      }
      let (answer, last) = try await answer(to: id, redo)
      guard let answer else {
        guard redo == .retry else {
          throw ChatError.conflict(reason: "message \(id) has no answer yet: use retry")
        }
        return (last, id)
      }
      try Self.check(answer, redo)
      return (answer.parent, id)
    } catch {
      throw ChatError(reading: error)
    }
  }

  private static func check(_ answer: Message, _ redo: Redo) throws(ChatError) {
    guard redo == .regenerate || answer.status != .complete else {
      throw .conflict(reason: "the answer \(answer.id) is complete: use regenerate")
    }
  }

  /// The answer to a person's message that is shown, else the newest; and the entry behind which
  /// one that is still to come would stand: the message, its rollup, or what children posted and
  /// tools returned since.
  private func answer(
    to user: EntryID, _ redo: Redo
  ) async throws -> (answer: Message?, last: EntryID) {
    let found = try await firstAnswer(to: user)
    guard redo == .retry, let first = found.answer else { return found }
    return try await end(of: first, behind: found.last)
  }

  private func firstAnswer(
    to user: EntryID
  ) async throws -> (answer: Message?, last: EntryID) {
    var answers: [Message] = []
    var last = user
    for _ in 0..<Self.lookLength {
      let followers = try await around.reader.followers(of: last)
      let here = followers.entries.compactMap(\.message).filter { $0.role == .assistant }
      if let shown = here.first(where: { $0.id == followers.shown }) { return (shown, last) }
      answers += here
      let between = followers.entries.filter {
        $0.message?.role != .assistant && $0.message?.isPersons != true
      }
      guard let next = between.first(where: { $0.id == followers.shown }) ?? between.last else {
        break
      }
      last = next.id
    }
    return (answers.max { $0.id < $1.id }, last)
  }

  /// The last message of the answer that begins with `first`, and the entry behind which it stands,
  /// or would.
  private func end(
    of first: Message, behind entry: EntryID
  ) async throws -> (answer: Message?, last: EntryID) {
    var (answer, last) = (first, entry)
    while answer.asksForCalls || answer.isPaused {
      var followers = try await around.reader.followers(of: answer.id)
      let rounds = followers.entries.compactMap(\.toolRound).filter { $0.answers(answer) }
      let round = rounds.first { $0.id == followers.shown } ?? rounds.last
      if let round { followers = try await around.reader.followers(of: round.id) }
      let messages = followers.entries.compactMap(\.message).filter { $0.role == .assistant }
      guard let next = messages.first(where: { $0.id == followers.shown }) ?? messages.last else {
        if let round { return (nil, round.id) }
        return (answer, last)
      }
      (answer, last) = (next, round?.id ?? answer.id)
    }
    return (answer, last)
  }
}

extension Message {
  /// Whether a person said it.
  var isPersons: Bool { role == .user && author == nil }
}
