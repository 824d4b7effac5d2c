/// A place where a thread's tree forks.
package struct Fork: Hashable, Sendable {
  /// The entry after which it forks; nil: before a thread's first entries.
  package let parent: EntryID?
  /// The entries that follow it, oldest first: two at least.
  package let entries: [EntryID]

  package init(parent: EntryID?, entries: [EntryID]) {
    self.parent = parent
    self.entries = entries
  }
}

/// Where a message is to stand that somebody does not want at the thread's head.
package enum BranchPoint: Hashable, Sendable {
  /// Behind this entry.
  case entry(EntryID)
  /// Behind none: as one of the thread's first.
  case beginning

  /// The entry that it is behind; nil: none.
  package var parent: EntryID? {
    switch self {
    case .entry(let id): id
    case .beginning: nil
    }
  }
}

/// What comes after an entry, on every branch.
package struct Followers: Sendable {
  /// The entries that have it as their parent, oldest first.
  package let entries: [Entry]
  /// The one of them that is on the path to the thread's head; nil: none is.
  package let shown: EntryID?

  package init(entries: [Entry], shown: EntryID?) {
    self.entries = entries
    self.shown = shown
  }
}

/// Where the log is kept: its branches, and what is to be removed of it. Each call is one
/// consistent view. All throw `ChatError.unavailable` where the database can't be read.
package protocol BranchReader: Sendable {
  /// What follows an entry; nothing while it is queued.
  /// - Throws: `ChatError.notFound`.
  func followers(of entry: EntryID) async throws -> Followers
  /// The newest of the ends of the branches that `entry` is on: the head that shows it and what was
  /// said last below it.
  /// - Throws: `ChatError.notFound` where the thread has no such entry, or is deleted; `.invalid`
  ///   for one that is queued.
  func newestEnd(from entry: EntryID, in thread: ThreadID) async throws -> EntryID
  /// The threads that were deleted by then and still have something to be removed.
  func removable(deletedBy time: Timestamp) async throws -> [ThreadID]
}
