/// All threads, side by side: a conversation for each that somebody has spoken in since chatd was
/// started.
package actor Conversations {
  let around: Surroundings
  private(set) var conversations: [ThreadID: Conversation] = [:]
  private let arrivals = Inbox<Conversation>()  // bounded by the threads on disk
  private var isFinishing = false
  /// Counts the changes of threads that are on disk.
  var changeCount = 0
  /// Whether an import is on its way.
  var isImporting = false

  /// How far what an earlier run left has been taken up.
  private enum Resumption { case due, going, done }
  private var resumption = Resumption.due
  private var resumptionWaiters: [CheckedContinuation<Void, Never>] = []
  /// Whether it failed by the disk, which may take it later.
  private var isRefused = false
  /// Between two tries.
  private static let retryDelay = Duration.seconds(2)

  /// The conversations over what `around` has on disk.
  package init(around: Surroundings) { self.around = around }

  /// Finishes what an earlier run left and runs every conversation.
  ///
  /// What can't be stored of that yet is tried again. Returns after `finish()` once the turns that
  /// run have ended, or soon after the task is
  /// cancelled: answers still coming then are `interrupted`.
  /// - Throws: `ChatError` where the log can't be read.
  package func run() async throws {
    try await resumeWhenStored()
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled && !isFinishing {
        for conversation in await arrivals.take() {
          group.addTask { await conversation.run() }
        }
      }
    }
  }

  /// Begins no further turn anywhere. Those that run go on; what is queued stays for the next
  /// start.
  package func finish() async {
    isFinishing = true
    for conversation in conversations.values { await conversation.finish() }
    arrivals.wake()
  }

  /// Takes a message in; the turn goes on behind it. What was sent before is answered as it was
  /// then, whatever has become since of the children that it names, of its parent and of the line.
  /// - Throws: `ChatError.invalid` naming the field, `.notFound` for a thread or parent that is not
  ///   there, `.conflict` where too much waits for its turn there, `.unavailable` where it can't be
  ///   stored.
  package func send(_ draft: Draft) async throws -> Sent {
    do { return try await sendNew(draft) } catch let refusal as ChatError {
      if case .unavailable = refusal { throw refusal }
      guard let id = draft.clientMessageID,
        let first = try await around.reader.message(sentAs: id, in: draft.thread)
      else { throw refusal }
      return Sent(message: first, isDuplicate: true)
    }
  }

  private func sendNew(_ draft: Draft) async throws -> Sent {
    let draft = try draft.checked(known: await around.children.names())
    let conversation = try await conversation(of: draft.thread)
    return try await conversation.send(draft, at: try await branchPoint(of: draft))
  }

  /// Ends the turn of a message or of its answer; what came is kept.
  /// - Throws: `ChatError.notFound`, or `.conflict` where no turn of it is running.
  package func stopTurn(of message: EntryID) async throws -> Message {
    guard let entry = try await around.reader.entry(message), entry.message != nil else {
      throw ChatError.notFound(what: "message \(message)")
    }
    return try await conversation(of: entry.thread).stopTurn(of: message)
  }

  /// Begins an answer over, or one that there is not yet, as `Conversation.redo` says.
  /// - Returns: the new answer, on disk as `streaming`.
  package func redo(_ redo: Redo, of message: EntryID) async throws -> Message {
    guard let entry = try await around.reader.entry(message), entry.message != nil else {
      throw ChatError.notFound(what: "message \(message)")
    }
    return try await conversation(of: entry.thread).redo(message, redo)
  }

  /// Asks one child again about a message.
  /// - Returns: the rollup with its answer.
  /// - Throws: `ChatError.notFound`, or `.conflict` while the message's rollup is open.
  package func retry(_ child: ChildID, about message: EntryID) async throws -> Entry {
    guard let asked = try await around.reader.entry(message)?.message else {
      throw ChatError.notFound(what: "message \(message)")
    }
    return try await conversation(of: asked.thread).retry(child, about: asked)
  }

  /// Calls a tool of a child for a person, after the turns that were begun before.
  /// - Returns: the round, as it is stored: with the tool's result, or why there is none.
  /// - Throws: `ChatError.notFound` for a thread that is not there, `.conflict` where nothing was
  ///   said yet, `.unavailable` where it can't be stored.
  package func call(_ request: ToolRequest, in thread: ThreadID) async throws -> Entry {
    try await conversation(of: thread).call(request)
  }

  /// Whether what is said could be stored.
  /// - Throws: `ChatError.unavailable` with what the store says.
  package nonisolated func checkStore() async throws {
    try await around.journal.checkStore()
  }

  /// Takes up what an earlier run left, before anything new: a turn that was begun meanwhile would
  /// be taken for one that was broken off. Whoever comes first does it, the others wait for him.
  /// - Throws: `ChatError` where the log can't be read; the next one to come tries again.
  func resumeOnce() async throws {
    while resumption == .going { await withCheckedContinuation { resumptionWaiters.append($0) } }
    guard resumption == .due else { return }
    resumption = .going
    defer {
      for waiter in resumptionWaiters { waiter.resume() }
      resumptionWaiters = []
    }
    do {
      try await resume()
      resumption = .done
    } catch {
      resumption = .due
      throw error
    }
  }

  /// Where the disk refuses, what can be read is served meanwhile: it is tried again and again.
  /// - Throws: `ChatError` where the log can't be read.
  private func resumeWhenStored() async throws {
    while !isFinishing && !Task.isCancelled {
      do { return try await resumeOnce() } catch {
        guard isRefused else { throw error }
        around.report("what an earlier run left is taken up later: \(error)")
        await around.pause(Self.retryDelay)
      }
    }
  }

  private func resume() async throws {
    isRefused = false
    let unfinished = try await around.reader.unfinished()
    for (message, draft) in unfinished.streaming {
      do {
        _ = try await around.journal.commit(
          .amend(message.id) { $0 = .message(message.broken(off: draft)) })
      } catch {
        if case .unavailable = error { isRefused = true }
        throw error
      }
    }
    let ids = Set(unfinished.turns.keys).union(unfinished.queued.map(\.message.thread))
    var left: [Left] = []
    var count: Int
    repeat {
      count = changeCount
      left = []
      for thread in try await around.reader.threads() where ids.contains(thread.id) {
        left.append(try await self.left(of: thread, in: unfinished))
      }
    } while count != changeCount
    // Nothing fails from here on, so that nothing is taken up twice.
    for left in left { _ = await begin(left) }
  }

  /// A thread with what an earlier run left to be done there, or this one before it was deleted.
  private typealias Left = (
    thread: ChatThread, turn: Message?, queued: [(message: Message, branchFrom: BranchPoint?)]
  )

  private func left(of thread: ChatThread, in unfinished: Unfinished) async throws -> Left {
    var turn: Message?
    if let id = unfinished.turns[thread.id] { turn = try await around.reader.entry(id)?.message }
    return (thread, turn, unfinished.queued.filter { $0.message.thread == thread.id })
  }

  func conversation(of id: ThreadID) async throws -> Conversation {
    try await resumeOnce()
    return try await open(id)
  }

  func open(_ id: ThreadID) async throws -> Conversation {
    var (left, count): (Left?, Int)
    repeat {
      if let conversation = conversations[id] { return conversation }
      count = changeCount
      left = nil
      if let thread = try await around.reader.threads().first(where: { $0.id == id }) {
        // Only a conversation writes what it finds here, and there is none.
        left = try await self.left(of: thread, in: around.reader.unfinished())
      }
      // What was read may be out of date by now, and somebody else may have come first.
    } while count != changeCount
    if let conversation = conversations[id] { return conversation }
    guard let left else { throw ChatError.notFound(what: "thread \(id)") }
    return await begin(left)
  }

  private func begin(_ left: Left) async -> Conversation {
    let conversation = Conversation(
      thread: left.thread, around: around, turn: left.turn, queued: left.queued)
    conversations[left.thread.id] = conversation
    if isFinishing { await conversation.finish() }
    arrivals.put(conversation)
    return conversation
  }

  /// Where a message is to stand; nil: at the head. What has its place keeps it, so that of one
  /// beside another is certain from here on.
  private func branchPoint(of draft: Draft) async throws -> BranchPoint? {
    guard let id = draft.beside ?? draft.parent else { return nil }
    guard let entry = try await around.reader.entry(id), entry.thread == draft.thread else {
      throw ChatError.notFound(what: "entry \(id) in thread \(draft.thread)")
    }
    guard draft.beside != nil else {
      guard !entry.isQueued else {
        throw ChatError.notFound(what: "entry \(id) in thread \(draft.thread)")
      }
      return .entry(id)
    }
    guard let message = entry.message, message.role == .user else {
      throw ChatError.invalid(
        field: "beside", expected: "a message that a person or a child sent")
    }
    guard message.status != .queued else {
      throw ChatError.conflict(
        reason: "message \(id) waits for its turn: nothing can stand beside it yet")
    }
    return message.parent.map { .entry($0) } ?? .beginning
  }
}

extension Conversations: ChildHost {
  package func history(
    thread: ThreadID, before: EntryID?, limit: Int
  ) async throws -> [Entry] {
    try await around.reader.page(of: thread, before: before, limit: limit).entries
  }

  package func post(_ post: Post, by child: ChildID) async throws -> Message {
    var draft = Draft(content: post.text, thread: post.thread)
    draft = try draft.checked(known: [])
    return try await conversation(of: post.thread).send(draft, as: (child, post)).message
  }
}

extension Message {
  /// The message as a crash of chatd left it.
  fileprivate func broken(off draft: String) -> Message {
    var message = self
    message.status = .interrupted
    message.content = draft
    message.error = "chatd ended while this was being written"
    return message
  }
}
