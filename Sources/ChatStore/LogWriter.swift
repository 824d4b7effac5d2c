import ChatCore
import ChildProtocol
import GRDB

/// Applies changes to the log within one transaction and gives out its numbers.
struct LogWriter {
  let db: Database
  /// The last number that was given out.
  private(set) var seq: Int64
  /// The arrivals of the entries whose words are not in the index as they are now, each with what
  /// is there of it.
  var unindexed: [Int64: StaleWords?] = [:]

  init(db: Database, seq: Int64) {
    self.db = db
    self.seq = seq
  }

  /// Writes down what the last number is and which words there are; once for all changes.
  func end() throws {
    try updateIndex()
    try db.run("UPDATE log SET seq = ? WHERE seq <> ?", [seq, seq])
  }

  /// - Throws: `ChatError` for what the log does not allow, and what the database throws.
  mutating func apply(_ change: Change) throws -> Committed {
    switch change {
    case .append(let entry, let clientMessageID, let branchFrom, let turn):
      return try append(
        entry, clientMessageID: clientMessageID?.column, branchFrom: branchFrom, turn: turn)
    case .amend(let id, let turn, let change):
      return try amend(id, turn: turn, change)
    case .thread(let id, let create, let change):
      return try changeThread(id, create: create, change)
    case .importing(let step):
      return try take(step)
    case .draft(let id, let text):
      try keepDraft(of: id, text)
    case .askedAgain(let message, let thread):
      return .attempt(try countAttempt(at: message, in: thread))
    case .turnEnded(let thread):
      try db.run("UPDATE thread SET turn = NULL WHERE id = ?", [thread.column])
      guard db.changesCount > 0 else { throw ChatError.notFound(what: "thread \(thread)") }
    case .remove(let thread, let time, let rowCount):
      return .removed(try remove(thread, deletedBy: time, rowCount: rowCount))
    case .child(let id, let new):
      try db.run(
        """
        INSERT INTO child (id, wanted, generation, state, crashes, approvals)
        VALUES (?1, ?2, coalesce(?3, 0), ?4, ?5, nullif(?6, 'null'))
        ON CONFLICT (id) DO UPDATE SET wanted = coalesce(?2, wanted),
          generation = coalesce(?3, generation), state = coalesce(?4, state),
          crashes = coalesce(?5, crashes), approvals = nullif(coalesce(?6, approvals), 'null')
        """,
        [
          id.column, new.wanted, new.generation, new.state?.text, new.crashes?.text,
          new.approvals?.text,
        ])
    case .nothing:
      // A page may fit into what is left where no message does.
      guard DatabaseFile.hasRoom(at: try db.file()) else { throw StoreError.full }
      // An UPDATE to what is there already writes nothing; this does, and nothing reads it.
      try db.execute(sql: "PRAGMA user_version = 0")
    }
    return .done
  }

  /// Takes the next number.
  mutating func next() -> Int64 {
    seq += 1
    return seq
  }

  /// The first time was not counted: nobody knew then that there would be a second.
  private func countAttempt(at message: EntryID, in thread: ThreadID) throws -> Int {
    let count = try db.row(
      """
      UPDATE thread SET asked = ?1, attempts = CASE WHEN asked IS ?1 THEN attempts ELSE 1 END + 1
      WHERE id = ?2 RETURNING attempts
      """, [message.column, thread.column])
    guard let count else { throw ChatError.notFound(what: "thread \(thread)") }
    return Int(try count.int(0))
  }

  private func keepDraft(of id: EntryID, _ text: String) throws {
    try db.run(
      "UPDATE entry SET draft = ? WHERE id = ? AND status = 'streaming'",
      [text.column, id.column])
    guard db.changesCount == 0 else { return }
    guard try db.entry(id) != nil else { throw ChatError.notFound(what: "entry \(id)") }
    throw ChatError.conflict(reason: "entry \(id) is not being written any more")
  }
}
