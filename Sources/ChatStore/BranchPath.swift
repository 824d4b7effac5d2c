/// Where an entry stands: on which branch, and how many entries stand before it on its path.
struct Place: Hashable, Sendable {
  let branch: Int64
  let position: Int64
}

/// A line of entries without forks.
struct Branch: Hashable, Sendable {
  /// The branch that it forks from; nil where it begins with a thread's first entry.
  let parent: Int64?
  /// The position of the entry that its first one follows; −1 where that is none.
  let fork: Int64
}

/// A stretch of one branch.
struct BranchRange: Hashable, Sendable {
  let branch: Int64
  let positions: ClosedRange<Int64>
}

/// A path through the tree of a thread's entries, as ranges instead of one step for each entry.
enum BranchPath {
  /// The ranges of the last `limit` entries (nil: of all) of the path that ends with `end`, oldest
  /// first.
  ///
  /// Positions count over the whole path, so where the stretch begins is known at once, and only
  /// the branches that it touches are looked up.
  /// - Throws: what `branch` throws; `StoreError.unreadable` for a branch that was made before the
  ///   one it forks from.
  static func ranges(
    endingAt end: Place, limit: Int?, branch: (Int64) throws -> Branch
  ) throws -> [BranchRange] {
    let lowest = limit.map { max(0, end.position - Int64(max(0, $0)) + 1) } ?? 0
    var ranges: [BranchRange] = []
    var place = end
    while place.position >= lowest {
      let line = try branch(place.branch)
      let first = max(line.fork + 1, lowest)
      if first <= place.position {
        ranges.append(BranchRange(branch: place.branch, positions: first...place.position))
      }
      guard let parent = line.parent, line.fork >= lowest else { break }
      guard parent < place.branch else {
        throw StoreError.unreadable(
          what: "branch \(place.branch)", reason: "it forks from a later one")
      }
      place = Place(branch: parent, position: line.fork)
    }
    return ranges.reversed()
  }
}
