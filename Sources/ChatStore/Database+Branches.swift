import ChatCore
import GRDB

/// What stands beside and behind entries, by the table of branches.
extension Database {
  /// The identifiers of the entries right behind a place, on its own branch and on those that fork
  /// there, oldest first; behind no place a thread's first ones.
  func followers(of place: Place?, in thread: ThreadID) throws -> [(id: EntryID, place: Place)] {
    let position = (place?.position ?? -1) + 1
    let forking: [Int64]
    if let place {
      forking = try rows(
        "SELECT id FROM branch WHERE parent_branch = ? AND fork_position = ? ORDER BY id",
        [place.branch, place.position]
      ) { try $0.int(0) }
    } else {
      forking = try rows(
        "SELECT id FROM branch WHERE thread = ? AND parent_branch IS NULL ORDER BY id",
        [thread.column]
      ) { try $0.int(0) }
    }
    // A branch is forked from where its next place is taken: what stands there is the older.
    let branches = (place.map { [$0.branch] } ?? []) + forking
    return try branches.compactMap { branch in
      let place = Place(branch: branch, position: position)
      return try entry(at: place).map { ($0, place) }
    }
  }

  /// Where the tree forks before one of the entries of a path, in their order.
  func forks(of thread: ThreadID, along path: [BranchRange]) throws -> [Fork] {
    var forks: [Fork] = []
    for range in path {
      // Its first place may be where its branch begins; that one forks from another.
      let start = range.positions.lowerBound
      let line = try branch(range.branch)
      if start == line.fork + 1 {
        let before = line.parent.map { Place(branch: $0, position: line.fork) }
        forks += try fork(after: before, in: thread)
      }
      let within = try rows(
        """
        SELECT DISTINCT fork_position FROM branch WHERE parent_branch = ?
          AND fork_position BETWEEN ? AND ? ORDER BY fork_position
        """, [range.branch, max(start - 1, line.fork + 1), range.positions.upperBound - 1]
      ) { try $0.int(0) }
      for position in within {
        forks += try fork(after: Place(branch: range.branch, position: position), in: thread)
      }
    }
    return forks
  }

  /// The newest of the ends of all branches at or below a place.
  func newestEnd(from place: Place) throws -> EntryID? {
    var newest: (arrival: Int64, id: EntryID)?
    var lines = [place]
    while let line = lines.popLast() {
      let end = try row(
        "SELECT arrival, id FROM entry WHERE branch = ? ORDER BY position DESC LIMIT 1",
        [line.branch])
      if let end, try end.int(0) > newest?.arrival ?? -1 {
        newest = (try end.int(0), EntryID(try end.text(1)))
      }
      lines += try rows(
        "SELECT id, fork_position FROM branch WHERE parent_branch = ? AND fork_position >= ?",
        [line.branch, line.position]
      ) { Place(branch: try $0.int(0), position: try $0.int(1) + 1) }
    }
    return newest?.id
  }

  /// The place on the path to `end` that has this position; nil where the path ends before it.
  func place(at position: Int64, onPathTo end: Place) throws -> Place? {
    guard position <= end.position else { return nil }
    let ranges = try BranchPath.ranges(
      endingAt: end, limit: Int(end.position - position) + 1
    ) { try branch($0) }
    return ranges.first.map { Place(branch: $0.branch, position: $0.positions.lowerBound) }
  }

  private func fork(after place: Place?, in thread: ThreadID) throws -> [Fork] {
    let followers = try followers(of: place, in: thread).map(\.id)
    guard followers.count > 1 else { return [] }
    return [Fork(parent: try place.flatMap { try entry(at: $0) }, entries: followers)]
  }

  private func entry(at place: Place) throws -> EntryID? {
    try row(
      "SELECT id FROM entry WHERE branch = ? AND position = ?", [place.branch, place.position]
    ).map { EntryID(try $0.text(0)) }
  }
}
