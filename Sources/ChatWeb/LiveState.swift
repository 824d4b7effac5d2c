import ChatCore

/// What is going on now and is on no disk yet: answers being written, rollups being gathered, the
/// children.
///
/// Kept up by the events as they are published; the snapshot that `subscribe` answers with has it.
struct LiveState: Sendable {
  /// An answer that is being written.
  struct Speech: Sendable {
    let thread: ThreadID
    var text = ""
    /// While nothing has come and it waits to be asked for again.
    var retry: AnswerRetry?
  }

  /// A rollup that is being gathered.
  struct Gathering: Sendable {
    let thread: ThreadID
    /// When the children were asked.
    let startedAt = ContinuousClock.now
    var children: [ChildID: Progress] = [:]
  }

  /// Rollups gathered at once are as many as threads with a turn; the oldest gives way beyond this.
  private static let gatheringLimit = 1_024
  /// How many closed rollups are remembered, so that what still comes late opens none of them
  /// again.
  private static let closedLimit = 1_024

  /// The number of the last change that was published.
  private(set) var seq: Int64 = 0
  private(set) var speeches: [EntryID: Speech] = [:]
  private(set) var gatherings: [EntryID: Gathering] = [:]
  private var closed: Set<EntryID> = []
  private var closedOrder: [EntryID] = []
  private var statuses: [ChildID: (status: ChildStatus, version: Int)] = [:]
  /// Counts events of children, so that a list that was read before one can't undo it.
  private(set) var childVersion = 0
  /// When children went.
  private var removals: [ChildID: Int] = [:]

  /// Every child as it is now, in order of their names.
  var children: [ChildStatus] { statuses.values.map(\.status).sorted { $0.id < $1.id } }

  /// Takes the log's last number from where it was read.
  mutating func reach(seq: Int64) { self.seq = max(self.seq, seq) }

  /// Takes an event in.
  mutating func apply(_ event: Event) {
    switch event {
    case .changed(let change):
      reach(seq: change.seq)
      if case .entry(let entry) = change.subject { apply(entry) }
    case .delta(let thread, let message, _, let text):
      speeches[message, default: Speech(thread: thread)].text += text
      speeches[message]?.retry = nil
    case .answerRetry(_, let message, let attempt, let at, let reason):
      speeches[message]?.retry = AnswerRetry(attempt: attempt, at: at, reason: reason)
    case .progress(let progress): apply(progress)
    case .children(let changed):
      childVersion += 1
      for status in changed {
        (statuses[status.id], removals[status.id]) = ((status, childVersion), nil)
      }
    case .childrenRemoved(let removed):
      childVersion += 1
      for child in removed { (statuses[child], removals[child]) = (nil, childVersion) }
    case .logLines: break
    }
  }

  /// Takes every child from a list that was read when `childVersion` was `version`.
  mutating func adopt(_ list: [ChildStatus], readAt version: Int) {
    let listed = Dictionary(list.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    statuses = statuses.filter { $0.value.version > version }
    for (id, status) in listed where statuses[id] == nil && removals[id, default: -1] <= version {
      statuses[id] = (status, version)
    }
  }

  private mutating func apply(_ entry: Entry) {
    switch entry {
    case .message(let message) where message.status == .streaming:
      speeches[message.id, default: Speech(thread: message.thread)].retry = nil
    case .message(let message): speeches[message.id] = nil
    case .rollup(let rollup): close(rollup.originalMessageID)
    case .toolRound: break
    }
  }

  private mutating func apply(_ progress: Progress) {
    guard !closed.contains(progress.message) else { return }
    if gatherings[progress.message] == nil, gatherings.count >= Self.gatheringLimit,
      let oldest = gatherings.keys.min()
    {
      gatherings[oldest] = nil
    }
    gatherings[progress.message, default: Gathering(thread: progress.thread)]
      .children[progress.child] = progress
  }

  private mutating func close(_ message: EntryID) {
    gatherings[message] = nil
    guard closed.insert(message).inserted else { return }
    closedOrder.append(message)
    guard closedOrder.count > 2 * Self.closedLimit else { return }
    for old in closedOrder.prefix(Self.closedLimit) { closed.remove(old) }
    closedOrder.removeFirst(Self.closedLimit)
  }
}
