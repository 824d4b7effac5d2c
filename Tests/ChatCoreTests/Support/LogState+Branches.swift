import ChatCore

/// The branches of a log, the plain way.
extension LogState {
  /// What follows an entry of a thread, or nothing, oldest first.
  func followers(of parent: EntryID?, in thread: ThreadID) -> [Entry] {
    let placed = entries.values.filter { $0.thread == thread && !$0.isQueued }
    return placed.filter { $0.parent == parent }.sorted { $0.id < $1.id }
  }

  func forks(along path: [Entry]) -> [Fork] {
    path.compactMap { entry in
      let followers = followers(of: entry.parent, in: entry.thread).map(\.id)
      return followers.count > 1 ? Fork(parent: entry.parent, entries: followers) : nil
    }
  }

  /// The last to come of all that stands at or below an entry.
  func newestEnd(from entry: Entry) -> EntryID {
    var ends: [EntryID] = []
    var next = [entry]
    while let one = next.popLast() {
      let followers = followers(of: one.id, in: one.thread)
      if followers.isEmpty { ends.append(one.id) }
      next += followers
    }
    return arrival.last { ends.contains($0) } ?? entry.id
  }

  mutating func remove(_ thread: ThreadID, deletedBy time: Timestamp, rowCount: Int) -> Int {
    guard let deletedAt = threads[thread]?.deletedAt, deletedAt <= time else { return 0 }
    let removed = arrival.filter { entries[$0]?.thread == thread }.suffix(rowCount)
    for id in removed { entries[id] = nil }
    arrival.removeAll { entries[$0] == nil }
    if removed.isEmpty {
      threads[thread]?.head = nil
      threads[thread]?.title = nil
      turns[thread] = nil
    }
    return removed.count
  }
}

extension ChatThread {
  var isLiving: Bool { deletedAt == nil }
}

extension MemoryLog {
  func followers(of id: EntryID) async throws -> Followers {
    let log = try await read("followers")
    guard let entry = log.entries[id] else { throw ChatError.notFound(what: "entry \(id)") }
    let followers = log.followers(of: id, in: entry.thread)
    let path = Set(log.path(of: entry.thread).map(\.id))
    return Followers(entries: followers, shown: followers.first { path.contains($0.id) }?.id)
  }

  func newestEnd(from id: EntryID, in thread: ThreadID) async throws -> EntryID {
    let log = try await read("newestEnd")
    guard let entry = log.entries[id], entry.thread == thread else {
      throw ChatError.notFound(what: "entry \(id)")
    }
    guard !entry.isQueued else { throw ChatError.invalid(field: "head", expected: "a place") }
    return log.newestEnd(from: entry)
  }

  func removable(deletedBy time: Timestamp) async throws -> [ThreadID] {
    let log = try await read("removable")
    let due = log.threads.values.filter { thread in
      thread.head != nil && thread.deletedAt.map { $0 <= time } ?? false
    }
    return due.map(\.id).sorted { $0.text < $1.text }
  }
}
