import ChatCore
import GRDB

extension LogWriter {
  mutating func append(
    _ new: Entry, clientMessageID: String?, branchFrom: BranchPoint?, turn: Bool
  ) throws -> Committed {
    let thread = try db.livingThread(new.thread).id
    if let clientMessageID, let first = try db.entry(sentAs: clientMessageID, in: thread) {
      return .entry(first, prevSeq: nil)
    }
    guard try db.entry(new.id) == nil else {
      throw ChatError.conflict(reason: "entry \(new.id) is there already")
    }
    if let branchFrom = branchFrom?.parent { _ = try db.place(of: branchFrom, in: thread) }
    let (entry, isPlaced) = try insert(
      new, clientMessageID: clientMessageID, branchFrom: branchFrom)
    return try finish(entry, isHead: isPlaced, turn: turn)
  }

  /// Writes an entry that is not there yet, with the next number. Its thread has to be there.
  /// - Returns: the entry as it is stored, and whether it has a place.
  mutating func insert(
    _ new: Entry, clientMessageID: String? = nil, branchFrom: BranchPoint? = nil
  ) throws -> (Entry, isPlaced: Bool) {
    try checkParent(of: new)
    var entry = new
    entry.seq = next()
    let place = try place(for: entry)
    try db.run(
      """
      INSERT INTO entry (id, thread, seq, branch, position, parent, type, status, original,
        client_msg_id, branch_from, body, text, kept)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        entry.id.column, entry.thread.column, entry.seq, place?.branch, place?.position,
        entry.parent?.column, entry.typeColumn, entry.statusColumn, entry.original?.column,
        clientMessageID, branchFrom?.column, try entry.body(), entry.textColumn,
        entry.keptColumn,
      ])
    index(arrival: db.lastInsertedRowID)
    return (entry, place != nil)
  }

  mutating func amend(
    _ id: EntryID, turn: Bool, _ change: (inout Entry) -> Void
  ) throws -> Committed {
    guard let old = try db.entry(id) else { throw ChatError.notFound(what: "entry \(id)") }
    var entry = old
    change(&entry)
    try check(entry, amends: old)
    try checkParent(of: entry)
    entry.seq = next()
    let isPlaced = old.isQueued && !entry.isQueued
    if isPlaced {
      _ = try db.livingThread(entry.thread)
      let place = try place(for: entry)
      try db.run(
        "UPDATE entry SET branch = ?, position = ?, branch_from = NULL WHERE id = ?",
        [place?.branch, place?.position, id.column])
    }
    if entry.searchText != old.searchText { try unindex(id) }
    try db.run(
      """
      UPDATE entry SET seq = ?, parent = ?, status = ?, original = ?,
        draft = CASE WHEN ? THEN draft END, body = ?, text = ?, kept = coalesce(?, kept)
      WHERE id = ?
      """,
      [
        entry.seq, entry.parent?.column, entry.statusColumn, entry.original?.column,
        entry.isStreaming, try entry.body(), entry.textColumn, entry.keptColumn, id.column,
      ])
    return try finish(entry, isHead: isPlaced, turn: turn)
  }

  private func check(_ entry: Entry, amends old: Entry) throws(ChatError) {
    guard entry.id == old.id, entry.thread == old.thread, entry.createdAt == old.createdAt,
      entry.typeColumn == old.typeColumn
    else {
      throw .conflict(reason: "entry \(old.id) keeps its id, type, thread and created_at")
    }
    guard old.isQueued || !entry.isQueued else {
      throw .conflict(reason: "entry \(old.id) has its place and can't be queued again")
    }
    guard old.isQueued || entry.parent == old.parent else {
      throw .conflict(reason: "entry \(old.id) has its place and keeps its parent")
    }
  }

  private func checkParent(of entry: Entry) throws(ChatError) {
    guard !entry.isQueued || entry.parent == nil else {
      throw .conflict(reason: "entry \(entry.id) is queued and can't have a parent yet")
    }
  }

  /// The place behind the entry's parent: the next one on its branch, or where that is taken the
  /// first of a new branch.
  /// - Returns: nil for what is queued.
  private func place(for entry: Entry) throws -> Place? {
    guard !entry.isQueued else { return nil }
    guard let parent = entry.parent else {
      return Place(branch: try newBranch(of: entry.thread, from: nil), position: 0)
    }
    guard let before = try db.place(of: parent, in: entry.thread) else {
      throw ChatError.conflict(reason: "entry \(parent) is still queued")
    }
    let position = before.position + 1
    let isTaken = try db.row(
      "SELECT 1 FROM entry WHERE branch = ? AND position = ?", [before.branch, position])
    guard isTaken != nil else { return Place(branch: before.branch, position: position) }
    return Place(branch: try newBranch(of: entry.thread, from: before), position: position)
  }

  private func newBranch(of thread: ThreadID, from fork: Place?) throws -> Int64 {
    try db.run(
      "INSERT INTO branch (thread, parent_branch, fork_position) VALUES (?, ?, ?)",
      [thread.column, fork?.branch, fork?.position ?? -1])
    return db.lastInsertedRowID
  }

  private func finish(_ entry: Entry, isHead: Bool, turn: Bool) throws -> Committed {
    if isHead || turn {
      try db.run(
        """
        UPDATE thread SET head = CASE WHEN ?2 THEN ?1 ELSE head END,
          turn = CASE WHEN ?3 THEN ?1 ELSE turn END WHERE id = ?4
        """, [entry.id.column, isHead, turn, entry.thread.column])
    }
    return .entry(entry, prevSeq: entry.seq - 1)
  }
}
