import ChatCore
import Synchronization

@testable import ChatStore

/// A store of which is noted what the steps of an import came to; may be broken off between two.
final class RecordedSteps: EntryStore {
  let store: SQLiteStore
  private let committed = Mutex<[Committed]>([])
  private let stepsLeft: Mutex<Int>

  /// After `limit` steps no further one reaches the store, as if chatd had ended.
  init(of store: SQLiteStore, limit: Int = .max) {
    self.store = store
    stepsLeft = Mutex(limit)
  }

  /// What changed, in the order in which it was told.
  var subjects: [LoggedChange.Subject] {
    committed.withLock { $0 }.flatMap { committed -> [LoggedChange.Subject] in
      if case .imported(_, let subjects, _, _) = committed { subjects } else { [] }
    }
  }

  /// How many entries came with each piece that was taken over.
  var pieceCounts: [Int] {
    committed.withLock { $0 }.compactMap { committed in
      guard case .imported(_, let subjects, _, _) = committed else { return nil }
      let count = subjects.count { if case .entry = $0 { true } else { false } }
      return count > 0 ? count : nil
    }
  }

  func commit(_ changes: [Change]) async -> [Result<Committed, ChatError>] {
    let isOver = stepsLeft.withLock { left in
      left -= 1
      return left < 0
    }
    if isOver { return changes.map { _ in .failure(.unavailable(reason: "chatd has ended")) } }
    let results = await store.commit(changes)
    committed.withLock { $0 += results.compactMap { try? $0.get() } }
    return results
  }
}
