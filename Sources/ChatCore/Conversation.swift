/// One thread's turns: takes them one at a time, in the order received.
///
/// `takeTurn` is the flow of the whole program. The actor interleaves at every `await`, so order is
/// kept by `line`: each sender takes its place there before it first suspends, and only `run()`
/// takes messages out.
package actor Conversation {
  nonisolated let id: ThreadID
  let around: Surroundings
  /// The thread as it was last seen; `head` is kept up by the turns themselves.
  var thread: ChatThread
  /// The message whose turn it is.
  private var turn: Message?
  private(set) var line = Line()
  private let arrival = Signal()
  /// Those who wait for their place among the turns without being one.
  private var turnWaiters: [CheckedContinuation<Void, Never>] = []
  private(set) var isFinishing = false
  private var isTakingTurn = false
  /// Whether all of the turn is stored but that it has ended.
  private var isEnding = false
  /// Whether the disk says that a turn runs, also after it has ended, where another was to follow.
  private var isMarked = false
  /// Those who hold the turns back, and those of them who wait for the one that runs.
  private var holds = 0
  private var endWaiters: [CheckedContinuation<Void, Never>] = []
  /// The answer that was last begun over, and the user's message that it is for.
  var redone: (reply: EntryID, user: EntryID?)?

  /// The assistant's message that is being written.
  var speech: Speech?
  /// Raised to end the assistant's answer, or to do without one.
  var stop = Signal()
  var isStopped = false
  private(set) var stopWaiters: [CheckedContinuation<Message, Never>] = []

  /// The assistant's messages of the turn that runs: by each of them it can be stopped.
  var spoken: Set<EntryID> = []
  /// The round whose calls are under way.
  var openRound: OpenRound?
  /// Whether the turn is left to the next run as it is.
  var isSuspended = false
  /// Whether a turn of an earlier run is still to be taken up, or is being.
  private(set) var isTakingUp: Bool

  /// Raised to close at once the rollup that is being gathered.
  var closing: Signal?
  /// Whether that rollup is not worth a wait to whoever is next.
  var yieldsToNext = false
  /// The message that the children are being asked about.
  var hearing: EntryID?
  /// Answers that came after their rollup was closed. Bounded by the requests that children hold.
  let lates = Inbox<LateResponse>()
  /// Those whose rollup is not on disk yet.
  var parked: [LateResponse] = []

  /// The conversation of `thread`, with what an earlier run left of it: that comes before anything
  /// else.
  init(
    thread: ChatThread, around: Surroundings, turn: Message? = nil,
    queued: [(message: Message, branchFrom: BranchPoint?)] = []
  ) {
    id = thread.id
    self.thread = thread
    self.around = around
    isTakingUp = turn != nil
    line.resume(turn: turn, queued: queued)
  }

  /// Takes turns until `finish()`, or until the task is cancelled; an answer still coming then is
  /// `interrupted`.
  func run() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.keepLateResponses() }
      while !isFinishing && !Task.isCancelled {
        letTurnWaitersLook()
        if !isHeld, let place = line.first, place.isSettled {
          isTakingTurn = true
          await begin(place)
          isTakingTurn = false
          letHoldersGo()
        } else {
          await arrival.wait()
        }
      }
      group.cancelAll()
    }
    isFinishing = true
    letTurnWaitersLook()
    letHoldersGo()
    for late in lates.drain() { await keep(late) }
  }

  /// Begins no further turn; `run()` returns when the one that runs has ended. One that waits for a
  /// person is left as it is to the next run.
  func finish() {
    isFinishing = true
    openRound?.wake()
    letTurnWaitersLook()
    arrival.raise()
  }

  /// Puts a message into the line and returns once it is on disk. It is to stand at `branchFrom`;
  /// nil: at the head, as that is when its turn begins.
  /// - Throws: `ChatError.notFound` for a parent that is not there, `.conflict` where too much waits
  ///   already, `.unavailable` where it can't be stored.
  func send(
    _ draft: Draft, at branchFrom: BranchPoint? = nil,
    as post: (author: ChildID, content: Post)? = nil
  ) async throws(ChatError) -> Sent {
    let begins = line.isEmpty && turn == nil && !isFinishing
    var message = Message(
      id: .next(at: around.now()), parent: begins ? parent(at: branchFrom) : nil,
      thread: thread.id, createdAt: around.now(), role: .user, content: draft.content,
      to: draft.to, author: post?.author, status: begins ? .complete : .queued)
    (message.html, message.data) = (post?.content.html, post?.content.data)
    guard line.hasRoom else {
      throw .conflict(
        reason: "too much waits in thread \(id) already: wait until some of it has had its turn")
    }
    line.enter(message.id, byteCount: begins ? 0 : Entry.message(message).json.count)
    do throws(ChatError) {
      let committed = try await around.journal.commit(
        .append(
          .message(message), clientMessageID: draft.clientMessageID,
          branchFrom: begins ? nil : branchFrom, turn: begins))
      guard case .entry(.message(let stored), let prevSeq) = committed else {
        throw ChatError.conflict(reason: "that client_msg_id belongs to no message")
      }
      if prevSeq == nil {
        line.leave(message.id)
      } else {
        line.settle(message.id, begins ? .begun(stored) : .queued(branchFrom: branchFrom))
        if !begins && yieldsToNext { closing?.raise() }
      }
      arrival.raise()
      return Sent(message: stored, isDuplicate: prevSeq == nil)
    } catch {
      line.leave(message.id)
      arrival.raise()
      throw error
    }
  }

  /// Ends the turn of a message, given by its own identifier or its answer's: what came is kept.
  /// - Returns: the answer as it is stored, or the message itself where no answer had begun.
  /// - Throws: `ChatError.conflict` where that turn is not running.
  func stopTurn(of id: EntryID) async throws(ChatError) -> Message {
    let isOver = isStopped && stopWaiters.isEmpty
    let isRedone = redone.map { $0.user == id && $0.reply == turn?.id } ?? false
    guard let turn, turn.id == id || spoken.contains(id) || isRedone, !isOver else {
      throw .conflict(reason: "nothing is being written for this message")
    }
    return await withCheckedContinuation { waiter in
      stopWaiters.append(waiter)
      isStopped = true
      stop.raise()
      openRound?.stop()
      if speech == nil { closing?.raise() }
    }
  }

  /// Takes over what has been changed of the thread by somebody else, unless something later was
  /// taken over before.
  func adopt(_ changed: ChatThread) {
    guard changed.seq > thread.seq else { return }
    let head = thread.head
    thread = changed
    thread.head = head
    arrival.raise()
  }

  /// Whether no turn may begin: the thread is deleted, or about to be.
  var isHeld: Bool { holds > 0 || thread.deletedAt != nil }

  /// Stops the turn that runs, and begins none until `release()`; returns once it has ended.
  func hold() async {
    holds += 1
    arrival.raise()
    guard isTakingTurn else { return }
    isStopped = true
    stop.raise()
    openRound?.stop()
    closing?.raise()
    await withCheckedContinuation { endWaiters.append($0) }
  }

  /// Takes one `hold()` back.
  func release() {
    holds -= 1
    arrival.raise()
  }

  private func letHoldersGo() {
    for waiter in endWaiters { waiter.resume() }
    endWaiters = []
  }

  /// Runs `body` where no turn runs and none waits; whoever sends meanwhile is queued. Where it
  /// began a message's turn, that is taken next.
  /// - Throws: `ChatError.conflict`, `.unavailable` once chatd is stopping, and what `body` throws.
  func whileIdle<T: Sendable>(
    _ body: () async throws(ChatError) -> (value: T, begun: Message?)
  ) async throws(ChatError) -> T {
    // Who has seen a turn's last entry takes it for ended.
    while isEnding { await waitForTurns() }
    guard !isFinishing else { throw .unavailable(reason: "chatd is stopping") }
    guard !isHeld else { throw .notFound(what: "thread \(id)") }
    guard line.isEmpty && turn == nil else {
      throw .conflict(
        reason: "a turn runs or waits in thread \(id): wait until it has ended, or stop it")
    }
    let place = EntryID.next(at: around.now())
    line.enter(place)
    defer { arrival.raise() }
    do throws(ChatError) {
      let (value, begun) = try await body()
      if let begun { line.settle(place, .begun(begun)) } else { line.leave(place) }
      return value
    } catch {
      line.leave(place)
      throw error
    }
  }

  /// Takes over the head that an import has given to a thread that had none.
  func adoptImported(_ imported: ChatThread) {
    let head = thread.head ?? imported.head
    adopt(imported)
    thread.head = head
  }

  /// Runs what is no turn and yet has to have its place among them: after all that were sent before
  /// it, and whoever sends meanwhile is queued.
  /// - Throws: `ChatError.conflict` while the assistant waits for a person, `.unavailable` once chatd
  ///   is stopping, and what `body` throws.
  func betweenTurns<T: Sendable>(
    _ id: EntryID, _ body: () async throws(ChatError) -> T
  ) async throws(ChatError) -> T {
    line.enter(id)
    defer {
      line.leave(id)
      arrival.raise()
    }
    while !isFinishing && !isHeld && (line.first?.id != id || turn != nil) {
      guard openRound?.isWaiting != true else {
        throw .conflict(
          reason: "the assistant waits for a decision on a call in thread \(self.id)")
      }
      await waitForTurns()
    }
    guard !isFinishing else { throw .unavailable(reason: "chatd is stopping") }
    guard !isHeld else { throw .notFound(what: "thread \(self.id)") }
    // What comes now stands behind the turn that ended, which is looked for at the end of the
    // thread.
    if isMarked { try await endTurn() }
    return try await body()
  }

  /// What an earlier run left of the turn has been taken up.
  func takenUp() {
    guard isTakingUp else { return }
    isTakingUp = false
    letTurnWaitersLook()
  }

  /// Waits until something has become of the turns.
  func waitForTurns() async { await withCheckedContinuation { turnWaiters.append($0) } }

  func letTurnWaitersLook() {
    let waiters = turnWaiters
    turnWaiters = []
    for waiter in waiters { waiter.resume() }
  }

  /// Whether a message waits for the turn that runs to end.
  var isAwaited: Bool { line.isAwaited }

  private func begin(_ place: Line.Place) async {
    // It stays in the line until its turn has a message, so that no sender takes the thread for
    // idle.
    let message = await surviving { () async throws(ChatError) in
      try await self.message(at: place)
    }
    turn = message
    line.leave(place.id)
    defer {
      (turn, stop, isStopped, isEnding) = (nil, Signal(), false, false)
      (spoken, isSuspended, isTakingUp) = ([], false, false)
    }
    guard let message else { return }
    isMarked = true
    let last = await surviving { () async throws(ChatError) in
      try await self.takeTurn(message, isResumed: place.isResumed)
    }
    letStoppersGo(with: last ?? message)
  }

  /// What was to be stopped has ended, and is stored as it ended.
  private func letStoppersGo(with message: Message) {
    for waiter in stopWaiters { waiter.resume(returning: message) }
    stopWaiters = []
  }

  private func parent(at branchFrom: BranchPoint?) -> EntryID? {
    branchFrom.map(\.parent) ?? thread.head
  }

  /// The message of a place, on disk as `complete` and at the head of the thread.
  private func message(at place: Line.Place) async throws(ChatError) -> Message? {
    switch place.state {
    case .unsettled: return nil
    case .begun(let message):
      if !place.isResumed { thread.head = message.id }
      return message
    case .queued(let branchFrom):
      let parent = parent(at: branchFrom)
      let entry = try await persist {
        .amend(place.id, turn: true) { entry in
          guard case .message(var message) = entry else { return }
          (message.status, message.parent) = (.complete, parent)
          entry = .message(message)
        }
      }
      thread.head = entry.id
      return entry.message
    }
  }

  /// A turn: the children hear the message, the assistant answers both, the children hear that too,
  /// of an answer with calls its last message.
  ///
  /// A turn that was begun over has the answer that is to be written for its message.
  /// What an earlier run of chatd had done of it is found on disk and not done again. When the task
  /// is cancelled, or a person is waited for when chatd ends, what has not been begun is left to the
  /// next run.
  /// - Returns: the answer, or the message where there is none.
  private func takeTurn(_ message: Message, isResumed: Bool) async throws(ChatError) -> Message {
    await giveTitle(from: message)
    let done = try await whatIsDone(of: message, isResumed: isResumed)
    var last = message
    if message.author == nil {
      if !done.isHeard { try await hear(message, isAgain: isResumed) }
      if Task.isCancelled { return last }
      let before = done.answer.last
      last =
        if let before, done.isAnswerHeard { before } else {
          try await answer(message, done.answer) ?? last
        }
      if isStopped { letStoppersGo(with: last) }
      if Task.isCancelled || isSuspended { return last }
      if last.role == .assistant && !done.isAnswerHeard {
        try await hear(
          last, isAgain: isResumed && last.id == before?.id, whileNobodyWaits: true)
      }
    }
    // Where another turn follows at once, its beginning ends this one.
    if !isAwaited || isFinishing || isHeld {
      isEnding = true
      await surviving { () async throws(ChatError) in try await self.endTurn() }
    }
    return last
  }

  private func endTurn() async throws(ChatError) {
    _ = try await around.journal.commit(.turnEnded(thread.id))
    isMarked = false
  }
}
