import ChatCore
import GRDB

/// What the index still has of an entry whose row is another by now.
struct StaleWords: Sendable {
  let thread: String
  let text: String
}

extension LogWriter {
  /// Notes that an entry's text is about to change, or its row to be removed: must be called before
  /// that, in the same transaction.
  mutating func unindex(_ id: EntryID) throws {
    let row = try db.row("SELECT arrival FROM entry WHERE id = ?", [id.column])
    guard let arrival = try row?.int(0), unindexed[arrival] == nil else { return }
    let words = try db.row("SELECT thread, text FROM entry_text WHERE arrival = ?", [arrival])
    let stale = try words.map { StaleWords(thread: try $0.text(0), text: try $0.text(1)) }
    unindexed.updateValue(stale, forKey: arrival)
  }

  /// Notes that a row is new.
  mutating func index(arrival: Int64) {
    if unindexed[arrival] == nil { unindexed.updateValue(nil, forKey: arrival) }
  }

  /// Brings the index in step with the rows; once for all changes: FTS5 writes what it has gathered
  /// down at every savepoint.
  func updateIndex() throws {
    for (arrival, stale) in unindexed.sorted(by: { $0.key < $1.key }) {
      if let stale {
        // FTS5 has to be told what it had indexed.
        try db.run(
          "INSERT INTO search (search, rowid, thread, text) VALUES ('delete', ?, ?, ?)",
          [arrival, stale.thread, stale.text])
      }
      try db.run(
        """
        INSERT INTO search (rowid, thread, text)
        SELECT arrival, thread, text FROM entry_text WHERE arrival = ?
        """, [arrival])
    }
  }
}
