import Synchronization

/// The one way to disk: every durable change goes through here, is committed, and only then seen.
///
/// Changes are committed in the order in which they were handed in. All that wait while one commit
/// runs go into the next together, so that N senders share one flush. What watchers are told comes
/// in the order of `seq`, without holes, before whoever handed the change in goes on.
package final class Journal: Sendable {
  private typealias Waiting = (
    change: Change, waiter: CheckedContinuation<Result<Committed, ChatError>, Never>
  )
  private struct State {
    var waiting: [Waiting] = []
    var isOpen = true
    /// Why nothing of the last group could be stored.
    var refusal: ChatError?
  }

  /// The most changes in one commit: a bound on how long the first of them waits for the last.
  private static let groupLimit = 512

  private let store: any EntryStore
  private let sink: any EventSink
  private let state = Mutex(State())
  private let signal = Signal()

  /// A journal over `store` that tells `sink`. Nothing is written before `run()`.
  package init(store: any EntryStore, sink: any EventSink) {
    self.store = store
    self.sink = sink
  }

  /// Commits what is handed in, until the task is cancelled; what waits then is still committed.
  package func run() async {
    while !Task.isCancelled {
      await flush()
      await signal.wait()
    }
    let last = state.withLock { state in
      state.isOpen = false
      return state.waiting
    }
    await commit(last)
  }

  /// Hands in a change and returns once it is durable and published.
  /// - Throws: `ChatError` as the store has it; `.unavailable` once chatd is stopping.
  package nonisolated(nonsending) func commit(_ change: Change) async throws(ChatError) -> Committed
  {
    let result = await withCheckedContinuation { waiter in
      let isOpen = state.withLock { state in
        if state.isOpen { state.waiting.append((change, waiter)) }
        return state.isOpen
      }
      guard isOpen else {
        return waiter.resume(returning: .failure(.unavailable(reason: "chatd is stopping")))
      }
      signal.raise()
    }
    return try result.get()
  }

  /// Whether changes can be stored, as far as is known: the last ones could, or one that changes
  /// nothing can now.
  /// - Throws: `ChatError.unavailable` with what the store says.
  package nonisolated(nonsending) func checkStore() async throws(ChatError) {
    guard state.withLock({ $0.refusal }) != nil else { return }
    _ = try await commit(.nothing)
  }

  private func flush() async {
    while true {
      let group = state.withLock { state in
        let group = Array(state.waiting.prefix(Self.groupLimit))
        state.waiting.removeFirst(group.count)
        return group
      }
      if group.isEmpty { return }
      await commit(group)
    }
  }

  private func commit(_ group: [Waiting]) async {
    guard !group.isEmpty else { return }
    let results = await store.commit(group.map(\.change))
    let refusal = Self.refusal(in: results)
    state.withLock { $0.refusal = refusal }
    for case .success(let committed) in results { publish(committed) }
    for (waiting, result) in zip(group, results) { waiting.waiter.resume(returning: result) }
  }

  /// Where one change was stored, or was refused for what it is, the store itself is well.
  private static func refusal(in results: [Result<Committed, ChatError>]) -> ChatError? {
    var refusal: ChatError?
    for result in results {
      guard case .failure(let error) = result, case .unavailable = error else { return nil }
      refusal = error
    }
    return refusal
  }

  private func publish(_ committed: Committed) {
    switch committed {
    case .entry(let entry, let prevSeq?): publish([.entry(entry)], after: prevSeq)
    case .thread(let thread, let prevSeq): publish([.thread(thread)], after: prevSeq)
    case .imported(_, let subjects, let prevSeq, _): publish(subjects, after: prevSeq)
    case .entry, .removed, .attempt, .done: break
    }
  }

  private func publish(_ subjects: [LoggedChange.Subject], after prevSeq: Int64) {
    var prevSeq = prevSeq
    for subject in subjects {
      let change = LoggedChange(prevSeq: prevSeq, subject: subject)
      sink.publish(.changed(change))
      prevSeq = change.seq
    }
  }
}

extension Journal {
  /// Appends or amends an entry and returns it as it is stored.
  package nonisolated(nonsending) func entry(_ change: Change) async throws(ChatError) -> Entry {
    guard case .entry(let entry, _) = try await commit(change) else {
      throw .unavailable(reason: "the store did not answer with an entry")
    }
    return entry
  }

  /// Counts that the children are asked about a message once more and returns how often they have
  /// been by now.
  package nonisolated(nonsending) func attempt(
    at message: EntryID, in thread: ThreadID
  ) async throws(ChatError) -> Int {
    guard case .attempt(let count) = try await commit(.askedAgain(message, thread: thread)) else {
      throw .unavailable(reason: "the store did not answer with a count")
    }
    return count
  }
}

extension Journal: ChildRecords {
  package func keep(_ child: ChildID, _ change: ChildRecord.Change) async throws {
    _ = try await commit(.child(child, change))
  }
}
