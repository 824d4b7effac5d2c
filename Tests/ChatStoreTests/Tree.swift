import ChatCore
import TestSupport
import Testing

@testable import ChatStore

/// Some hundred entries that branch at random in two threads, and beside them the simplest idea of
/// what the store holds.
struct Tree {
  static let threads = [ThreadID.main, ThreadID("other")]

  private(set) var entries: [EntryID: Entry] = [:]
  private(set) var heads: [ThreadID: EntryID] = [:]
  /// Those with a place, in the order in which they got it.
  private(set) var placed: [Entry] = []
  private(set) var queued: [Entry] = []

  init(growingIn store: SQLiteStore, using numbers: inout SeededGenerator) async throws {
    try await store.commit(.thread(Self.threads[1], create: true) { _ in })
    for _ in 0..<20 {
      // A group at a time: what a change builds upon may be in the same one.
      let changes = (0..<20).map { _ in change(using: &numbers) }
      for result in await store.commit(changes) {
        let entry = try #require(result.entry)
        entries[entry.id] = entry
      }
    }
    placed = placed.compactMap { entries[$0.id] }
    queued = queued.compactMap { entries[$0.id] }
  }

  /// The entries before one on its path, from parent to parent.
  func path(before entry: Entry) -> [Entry] {
    var path: [Entry] = []
    var next = entry.parent
    while let id = next, let parent = entries[id] {
      path.append(parent)
      next = parent.parent
    }
    return path.reversed()
  }

  private mutating func change(using numbers: inout SeededGenerator) -> Change {
    let thread = Self.threads[Int.random(in: 0...1, using: &numbers)]
    let parent = parent(in: thread, using: &numbers)
    switch Int.random(in: 0..<10, using: &numbers) {
    case 0:
      let entry = Entry.said("queued", thread: thread, status: .queued)
      queued.append(entry)
      return .append(entry)
    case 1:
      guard let index = queued.firstIndex(where: { $0.thread == thread }) else { fallthrough }
      var entry = queued.remove(at: index)
      entry.place(after: parent)
      place(entry)
      return .amend(entry.id) { $0.place(after: parent) }
    default:
      let entry = Entry.said("said", after: parent, thread: thread)
      place(entry)
      return .append(entry)
    }
  }

  private mutating func place(_ entry: Entry) {
    placed.append(entry)
    heads[entry.thread] = entry.id
  }

  /// Mostly the head, so that branches grow long; at times any entry, or none.
  private func parent(in thread: ThreadID, using numbers: inout SeededGenerator) -> EntryID? {
    switch Int.random(in: 0..<40, using: &numbers) {
    case 0: nil
    case 1...6: placed.filter { $0.thread == thread }.randomElement(using: &numbers)?.id
    default: heads[thread]
    }
  }
}
