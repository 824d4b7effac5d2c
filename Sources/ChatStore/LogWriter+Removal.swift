import ChatCore
import GRDB

extension LogWriter {
  /// Removes at most so many rows of a thread that was deleted by then, the newest branch first:
  /// what forks from a branch goes before it.
  /// - Returns: how many; 0 once there is nothing left but the thread's own row.
  mutating func remove(
    _ id: ThreadID, deletedBy time: Timestamp, rowCount: Int
  ) throws -> Int {
    guard let deletedAt = try db.thread(id)?.deletedAt, deletedAt <= time else { return 0 }
    // First, so that it names nothing that is gone. Nobody reads it any more: it takes no number.
    try db.run(
      "UPDATE thread SET head = NULL, turn = NULL, title = NULL, system = NULL WHERE id = ?",
      [id.column])
    var left = rowCount
    left -= try remove(
      "SELECT id FROM entry WHERE thread = ? AND status = 'queued' LIMIT ?", [id.column, left])
    while left > 0, let branch = try newestBranch(of: id) {
      left -= try remove(
        "SELECT id FROM entry WHERE branch = ? ORDER BY position DESC LIMIT ?", [branch, left])
      guard left > 0 else { break }
      try db.run("DELETE FROM branch WHERE id = ?", [branch])
      left -= 1
    }
    return rowCount - left
  }

  private func newestBranch(of thread: ThreadID) throws -> Int64? {
    try db.row("SELECT id FROM branch WHERE thread = ? ORDER BY id DESC LIMIT 1", [thread.column])
      .map { try $0.int(0) }
  }

  /// Removes the entries that a query names.
  private mutating func remove(_ query: String, _ arguments: StatementArguments) throws -> Int {
    let ids = try db.rows(query, arguments) { EntryID(try $0.text(0)) }
    for id in ids {
      try unindex(id)
      try db.run("DELETE FROM entry WHERE id = ?", [id.column])
    }
    return ids.count
  }
}
