package import ChildProtocol

/// A durable change. Those that are numbered take the log's next `seq`; the others concern chatd
/// alone.
package enum Change: Sendable {
  /// A new entry, numbered. Unless it is queued it becomes the head of its thread.
  ///
  /// With a `clientMessageID` that the thread has seen, nothing is written and the first entry
  /// comes back. `turn` says that a turn begins with it, which is kept until `turnEnded`.
  /// `branchFrom` is where a queued message wants to stand.
  case append(
    Entry, clientMessageID: String? = nil, branchFrom: BranchPoint? = nil, turn: Bool = false)
  /// An entry as `change` leaves it, numbered; `turn` as above. Read, changed and written in one
  /// transaction.
  case amend(EntryID, turn: Bool = false, change: @Sendable (inout Entry) -> Void)
  /// A new thread, or one as `change` leaves it, numbered.
  /// What `change` throws is the refusal.
  case thread(
    ThreadID, create: Bool = false, change: @Sendable (inout ChatThread) throws(ChatError) -> Void)
  /// A step of an import. Entries that are taken over are numbered, and a thread that is made or
  /// gets its head.
  case importing(ImportStep)
  /// What has come of a streaming message so far, not numbered: it is what a crash leaves of it.
  case draft(EntryID, text: String)
  /// The thread's children are about to be asked again about a message that a run of chatd which
  /// has ended may have asked them about: the times are counted, not numbered.
  case askedAgain(EntryID, thread: ThreadID)
  /// The thread's turn is over, not numbered.
  case turnEnded(ThreadID)
  /// At most so many of the rows of a thread are removed that was deleted by then, not numbered;
  /// before the first of them what its row says of it.
  case remove(ThreadID, deletedBy: Timestamp, rowCount: Int)
  /// What is kept of a child over restarts, not numbered.
  case child(ChildID, ChildRecord.Change)
  /// Nothing changes, and yet something is written: whether that can be done is all that is asked.
  case nothing
}

/// What a change came to.
package enum Committed: Sendable {
  /// The entry as it is now, and the number before its own; nil: it was there before, nothing
  /// changed.
  case entry(Entry, prevSeq: Int64?)
  case thread(ChatThread, prevSeq: Int64)
  /// How many rows were removed; 0: none is left.
  case removed(Int)
  /// The thread of an import as it is now, and what changed, in the order of their numbers, which
  /// follow one another from `prevSeq` on; `isLast`: nothing is left to be taken over.
  case imported(ChatThread, [LoggedChange.Subject], prevSeq: Int64, isLast: Bool)
  /// How often the children have been asked by now, 2 or more.
  case attempt(Int)
  /// A change without a number.
  case done
}

/// Where the log is kept: the writing side.
package protocol EntryStore: Sendable {
  /// Writes the changes in their order, in one transaction with one flush to disk, a savepoint for
  /// each.
  ///
  /// When it returns they are durable. One that fails leaves the others alone.
  /// - Returns: a result for each, in the same order. Failures are `ChatError`: `.notFound`,
  ///   `.conflict` for what the log
  ///   does not allow, `.unavailable` where the disk or the database refuses.
  func commit(_ changes: [Change]) async -> [Result<Committed, ChatError>]
}

/// Where the log is kept: the reading side. Each call is one consistent view. All throw
/// `ChatError.unavailable` where the database can't be read.
package protocol EntryReader: BranchReader {
  /// The log's identity: another one means that numbers of before mean nothing.
  var epoch: String { get }
  /// The last `limit` entries of the path that ends before `before` (nil: with the thread's head),
  /// oldest first; nil: all.
  /// - Throws: `ChatError.notFound` for a thread or entry that is not there.
  func page(of thread: ThreadID, before: EntryID?, limit: Int?) async throws -> ThreadPage
  /// The last `limit` entries of a thread and every thread, as they were at one moment.
  /// - Throws: `ChatError.notFound` for a thread that is not there.
  func snapshot(
    of thread: ThreadID, limit: Int
  ) async throws -> (page: ThreadPage, threads: [ChatThread])
  /// The whole path that ends before `before`, oldest first, its messages with what the model's
  /// server wants back of them; each entry as it is when it is read, which takes several views
  /// where the path is long.
  /// - Throws: `ChatError.notFound` for a thread or entry that is not there.
  func path(of thread: ThreadID, before: EntryID) async throws -> [Entry]
  /// What all the assistant's answers in a thread have cost, on every branch of it.
  /// - Throws: `ChatError.notFound` for a thread that is not there.
  func usage(of thread: ThreadID) async throws -> ThreadUsage
  /// The same stretch of a path as `page` reads, without its entries, to be read piece by piece.
  /// - Throws: `ChatError.notFound` for a thread or entry that is not there.
  func outline(of thread: ThreadID, before: EntryID?, limit: Int?) async throws -> ThreadOutline
  /// The whole of a thread, all branches of it: each entry behind its parent.
  /// - Throws: `ChatError.notFound`.
  func tree(of thread: ThreadID) async throws -> ThreadOutline
  /// The entries at a cursor of `outline` or `tree`: at least one, and few enough for one short
  /// reading.
  func piece(at cursor: EntryCursor) async throws -> EntryPiece
  /// What changed after `seq`, each entry and thread once, as it is now, in order of their numbers;
  /// at most `limit`.
  func changes(after seq: Int64, limit: Int) async throws -> [LoggedChange.Subject]
  /// One entry.
  func entry(_ id: EntryID) async throws -> Entry?
  /// The message that a client has sent under a name of its own.
  /// - Throws: `ChatError.notFound` for a thread that is not there.
  func message(sentAs clientMessageID: String, in thread: ThreadID) async throws -> Message?
  /// What can be told of those of the entries that are there, in whichever thread.
  func standings(of ids: Set<EntryID>) async throws -> [EntryID: EntryStanding]
  /// The rollup of a message.
  func rollup(of message: EntryID) async throws -> Rollup?
  /// Every thread that is not deleted, `main` first, then the newest.
  func threads() async throws -> [ChatThread]
  /// What an earlier run left undone.
  func unfinished() async throws -> Unfinished
  /// What is kept of the children.
  func children() async throws -> [ChildID: ChildRecord]
  /// The entries that have every word and phrase of the query, of threads that are not deleted.
  ///
  /// The last word counts as a beginning while nothing stands behind it. No character has a meaning
  /// but quotation marks.
  /// - Throws: `ChatError.invalid` for a query without a word (`q`) or a `limit` out of bounds,
  ///   `.notFound` for a thread or entry that is not there.
  func search(_ query: SearchQuery) async throws -> SearchPage
}

/// A stretch of a thread.
package struct ThreadPage: Sendable {
  /// Oldest first.
  package var entries: [Entry]
  /// What waits beside the thread, in the order of arrival.
  package var queued: [Message]
  package var head: EntryID?
  /// The log's last number when this was read.
  package var seq: Int64
  /// Where others of the tree's entries could stand in the place of one of `entries`, in their
  /// order.
  package var forks: [Fork]

  package init(
    entries: [Entry], queued: [Message], head: EntryID?, seq: Int64, forks: [Fork] = []
  ) {
    self.entries = entries
    self.queued = queued
    self.head = head
    self.seq = seq
    self.forks = forks
  }
}

/// What a run of chatd left undone when it ended.
package struct Unfinished: Sendable {
  /// The message whose turn was running, for each thread that had one.
  package var turns: [ThreadID: EntryID]
  /// What was queued, in the order of arrival, with the places that were asked for.
  package var queued: [(message: Message, branchFrom: BranchPoint?)]
  /// Messages still marked as streaming, with the text that had come.
  package var streaming: [(message: Message, draft: String)]

  package init(
    turns: [ThreadID: EntryID], queued: [(message: Message, branchFrom: BranchPoint?)],
    streaming: [(message: Message, draft: String)]
  ) {
    self.turns = turns
    self.queued = queued
    self.streaming = streaming
  }
}

/// What is kept of a child over restarts of chatd.
package struct ChildRecord: Sendable {
  /// A person's word, if there was one.
  package var wanted: Bool?
  /// Its last generation; 0: none yet.
  package var generation: Int64
  /// What it saved with `state/save`.
  package var state: JSON?
  /// Which messages it ended over, and how often; nil: none.
  package var crashes: JSON?
  /// What a person said of its tools, by their names; nil: nothing.
  package var approvals: JSON?

  package init(
    wanted: Bool? = nil, generation: Int64 = 0, state: JSON? = nil, crashes: JSON? = nil,
    approvals: JSON? = nil
  ) {
    self.wanted = wanted
    self.generation = generation
    self.state = state
    self.crashes = crashes
    self.approvals = approvals
  }

  /// What is new; nil leaves a field as it is.
  package struct Change: Hashable, Sendable {
    package var wanted: Bool?
    package var generation: Int64?
    package var state: JSON?
    package var crashes: JSON?
    /// `null` clears.
    package var approvals: JSON?

    package init(
      wanted: Bool? = nil, generation: Int64? = nil, state: JSON? = nil, crashes: JSON? = nil,
      approvals: JSON? = nil
    ) {
      self.wanted = wanted
      self.generation = generation
      self.state = state
      self.crashes = crashes
      self.approvals = approvals
    }
  }

  /// Takes over what is new.
  package mutating func apply(_ change: Change) {
    wanted = change.wanted ?? wanted
    generation = change.generation ?? generation
    state = change.state ?? state
    crashes = change.crashes ?? crashes
    if let new = change.approvals { approvals = new.isNull ? Optional.none : new }
  }
}

/// Those who watch. `publish` returns at once, whoever is slow; it is called in the order of what
/// happened.
package protocol EventSink: Sendable {
  func publish(_ event: Event)
}

/// A question to the children.
package struct Inquiry: Sendable {
  package let message: Message
  /// Children that are not asked in this thread.
  package let muted: Set<ChildID>
  /// How often this message was given out, this time included.
  package let attempt: Int
  /// The one child that a person wants to be asked again, whatever it hears of otherwise; nil: all
  /// whom the message is for.
  package let only: ChildID?
  /// Up to that many entries before the message, oldest first, for children that want context.
  package let earlier: @Sendable (Int) async -> [Entry]
  /// Told as it happens, on the children's event loop: must return at once.
  package let progress: @Sendable (Progress) -> Void
  /// Given each answer that comes after the rollup was closed; may be called before `consult` has
  /// returned to its caller.
  package let late: @Sendable (ChildResponse) -> Void

  package init(
    message: Message, muted: Set<ChildID>, attempt: Int, only: ChildID? = nil,
    earlier: @escaping @Sendable (Int) async -> [Entry],
    progress: @escaping @Sendable (Progress) -> Void,
    late: @escaping @Sendable (ChildResponse) -> Void
  ) {
    self.message = message
    self.muted = muted
    self.attempt = attempt
    self.only = only
    self.earlier = earlier
    self.progress = progress
    self.late = late
  }
}

/// The children as the conversation sees them.
package protocol ChildGroup: Sendable {
  /// Asks every child that hears this message, all at once.
  ///
  /// Returns when all that are waited for have an outcome, at the latest at the last of their
  /// deadlines. Cancelling the task closes the rollup at once; answers still to come are late.
  /// - Returns: one response for each child asked, in order of their names; nil where nobody was
  ///   asked.
  func consult(_ inquiry: Inquiry) async -> [ChildResponse]?
  /// Every child there is, valid or not.
  func names() async -> Set<ChildID>
}

/// The children as a person sees them.
package protocol ChildControl: Sendable {
  /// Every child, in order of their names.
  func statuses() async -> [ChildStatus]
  /// Does what a person asks and returns once it is done, as the contract's §4 says of each
  /// command.
  ///
  /// `generation` is the one that the person had in view; where the child has gone on to another
  /// one, nothing is done. Nil: whichever there is.
  /// - Throws: `ChatError.notFound`, or `.conflict` where that generation is over, or with the
  ///   cause where the child did not become ready.
  func perform(
    _ command: ChildCommand, on child: ChildID, generation: Int64?
  ) async throws -> ChildStatus
  /// What a child has saved; nil: nothing.
  /// - Throws: `ChatError.notFound`.
  func state(of child: ChildID) async throws -> JSON?
  /// Forgets what a child has saved, once that is on disk. One that is up goes on as it is, and may
  /// save again.
  /// - Throws: `ChatError.notFound`, `.unavailable` where it can't be stored.
  func clearState(of child: ChildID) async throws
  /// The last lines of a child's log that were written within `span`, oldest first.
  /// - Throws: `ChatError.notFound`.
  func log(of child: ChildID, lineCount: Int, within span: TimeSpan) async throws -> [LogLine]
  /// Whether the child's lines are published as events from now on. Calls count: as many `false` as
  /// `true` end it.
  func tail(_ child: ChildID, _ on: Bool) async throws
}

extension ChildControl {
  /// Does what is asked, whichever generation there is.
  package func perform(
    _ command: ChildCommand, on child: ChildID
  ) async throws -> ChildStatus {
    try await perform(command, on: child, generation: nil)
  }

  /// The last lines of a child's log, whenever they were written.
  package func log(of child: ChildID, lineCount: Int) async throws -> [LogLine] {
    try await log(of: child, lineCount: lineCount, within: TimeSpan())
  }
}

/// What a person may do with a child.
package enum ChildCommand: Hashable, Sendable {
  case start, stop, kill
  /// Stops gently, or kills with `force`, and starts.
  case restart(force: Bool)
  /// Stops gently if it is up, and starts without what it had saved.
  case startClean
}

/// What a child may ask of chatd beyond answering.
package protocol ChildHost: Sendable {
  /// Entries of a thread's path before `before`, oldest first.
  func history(thread: ThreadID, before: EntryID?, limit: Int) async throws -> [Entry]
  /// Queues a message by a child.
  func post(_ post: Post, by child: ChildID) async throws -> Message
}

/// Keeps what has to be known of children over restarts.
package protocol ChildRecords: Sendable {
  /// Returns once it is on disk.
  func keep(_ child: ChildID, _ change: ChildRecord.Change) async throws
}
