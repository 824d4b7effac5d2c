import ChatCore
import Synchronization

@testable import ChatStore

/// What a store has been given and everybody was told of it: what it has to answer for.
final class Told: EventSink {
  struct Account: Sendable {
    /// In the order of their numbers.
    var published: [LoggedChange] = []
    /// How far the drafts of each message have come that were acknowledged.
    var drafts: [EntryID: Int] = [:]
    /// The numbers between which groups were committed.
    var groupEnds: Set<Int64> = [1]

    /// The last number that was published; 1 is the thread that a new database has.
    var seq: Int64 { published.last?.seq ?? 1 }
  }

  let account = Mutex(Account())

  func publish(_ event: Event) {
    guard case .changed(let change) = event else { return }
    account.withLock { $0.published.append(change) }
  }
}

/// A store that notes where its groups end.
struct GroupedStore: EntryStore {
  let store: any EntryStore
  let told: Told

  func commit(_ changes: [Change]) async -> [Result<Committed, ChatError>] {
    let results = await store.commit(changes)
    if let last = results.compactMap(\.prevSeq).max() {
      told.account.withLock { _ = $0.groupEnds.insert(last + 1) }
    }
    return results
  }
}

extension Told.Account {
  /// What a log holds that ends with `seq`: each entry as it was last, in the order of its numbers.
  func entries(upTo seq: Int64) -> [Entry] {
    var last: [EntryID: Entry] = [:]
    for change in published where change.seq <= seq {
      if case .entry(let entry) = change.subject { last[entry.id] = entry }
    }
    return last.values.sorted { $0.seq < $1.seq }
  }

  /// The threads that changed in a log that ends with `seq`, but for what they got since as
  /// heads and by entries.
  func threads(upTo seq: Int64) -> [ThreadID: ChatThread] {
    var last: [ThreadID: ChatThread] = [:]
    for change in published where change.seq <= seq {
      if case .thread(let thread) = change.subject { last[thread.id] = thread }
    }
    return last
  }

  /// The heads in a log that ends with `seq`: an entry becomes one when it gets its place, not when
  /// it is amended.
  func heads(upTo seq: Int64) -> [ThreadID: EntryID] {
    var heads: [ThreadID: EntryID] = [:]
    var placed: Set<EntryID> = []
    for change in published where change.seq <= seq {
      guard case .entry(let entry) = change.subject, !entry.isQueued else { continue }
      if placed.insert(entry.id).inserted { heads[entry.thread] = entry.id }
    }
    return heads
  }
}
