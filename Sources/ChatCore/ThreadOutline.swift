/// What there is to be read of a thread, fixed when it was asked for: entries that are appended
/// later don't show, those that are amended show as they are when they are read.
package struct ThreadOutline: Sendable {
  /// The thread as it was then.
  package let thread: ChatThread
  /// What waited beside it, in the order of arrival: the JSON of each, as the contract's §3 has it.
  package let queued: [String]
  /// The log's last number then.
  package let seq: Int64
  /// Where the entries begin; nil: there are none.
  package let start: EntryCursor?
  /// Where others of the tree's entries could stand in the place of one of a path's, in their order.
  package let forks: [Fork]

  package init(
    thread: ChatThread, queued: [String], seq: Int64, start: EntryCursor?, forks: [Fork] = []
  ) {
    self.thread = thread
    self.queued = queued
    self.seq = seq
    self.start = start
    self.forks = forks
  }
}

/// Some entries of a thread, as few as one short reading gives.
package struct EntryPiece: Sendable {
  /// The JSON of each entry, as the contract's §3 has it.
  package let entries: [String]
  /// Where those that follow begin; nil: these were the last.
  package let next: EntryCursor?

  package init(entries: [String], next: EntryCursor?) {
    self.entries = entries
    self.next = next
  }
}

/// Where a reading goes on. It holds nothing of the store's, so it may be kept for as long as
/// somebody reads slowly.
package struct EntryCursor: Sendable {
  /// Entries that follow one another on one branch.
  package struct Stretch: Hashable, Sendable {
    /// A number of the store's own.
    package let branch: Int64
    package let positions: ClosedRange<Int64>

    package init(branch: Int64, positions: ClosedRange<Int64>) {
      self.branch = branch
      self.positions = positions
    }
  }

  private let stretches: [Stretch]
  private var index = 0
  /// How much of the stretch at `index` has been read.
  private var readCount: Int64 = 0

  /// The beginning of these stretches; nil where there are none.
  package init?(_ stretches: [Stretch]) {
    guard !stretches.isEmpty else { return nil }
    self.stretches = stretches
  }

  /// What is left of the stretch that is being read; nil: everything has been read.
  package var stretch: Stretch? {
    guard index < stretches.count else { return nil }
    let (branch, positions) = (stretches[index].branch, stretches[index].positions)
    return Stretch(
      branch: branch, positions: positions.lowerBound + readCount...positions.upperBound)
  }

  /// Goes on by one entry.
  package mutating func advance() {
    guard let stretch else { return }
    readCount += 1
    guard stretch.positions.count == 1 else { return }
    (index, readCount) = (index + 1, 0)
  }
}
