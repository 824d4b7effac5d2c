import ChatCore
import GRDB

/// What both sides of the store ask the database.
extension Database {
  /// Runs a statement that is prepared once for each connection.
  func run(_ sql: String, _ arguments: StatementArguments) throws {
    try cachedStatement(sql: sql).execute(arguments: arguments)
  }

  /// The first row of a query that is prepared once for each connection.
  func row(_ sql: String, _ arguments: StatementArguments) throws -> Row? {
    try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments)
  }

  /// What `read` makes of each row of a query that is prepared once for each connection.
  func rows<T>(
    _ sql: String, _ arguments: StatementArguments = [], _ read: (Row) throws -> T
  ) throws -> [T] {
    var values: [T] = []
    let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
    while let row = try rows.next() { values.append(try read(row)) }
    return values
  }

  /// The path of the database's file.
  func file() throws -> String {
    try Row.required(self, sql: "PRAGMA database_list", of: "the database").text(2)
  }

  /// The log's last number.
  func lastSeq() throws -> Int64 {
    try Row.required(self, sql: "SELECT seq FROM log", of: "the log").int(0)
  }

  /// A thread, deleted or not; without `lastSeq`, which few ask for.
  func thread(_ id: ThreadID) throws -> ChatThread? {
    try row("SELECT \(ChatThread.columns) FROM thread WHERE id = ?", [id.column])
      .map(ChatThread.init(row:))
  }

  /// The highest number of an entry in a thread; nil: it has none.
  func lastSeq(of thread: ThreadID) throws -> Int64? {
    try row(ChatThread.lastSeq("?"), [thread.column])?.optionalInt(0)
  }

  /// A thread that is not deleted.
  /// - Throws: `ChatError.notFound`.
  func livingThread(_ id: ThreadID) throws -> ChatThread {
    guard let thread = try thread(id), thread.deletedAt == nil else {
      throw ChatError.notFound(what: "thread \(id)")
    }
    return thread
  }

  func entry(_ id: EntryID) throws -> Entry? {
    try row("SELECT id, body FROM entry WHERE id = ?", [id.column]).map(Entry.init(row:))
  }

  /// Where an entry of a thread stands; nil while it is queued.
  /// - Throws: `ChatError.notFound` where the thread has no such entry.
  func place(of id: EntryID, in thread: ThreadID) throws -> Place? {
    let found = try row(
      "SELECT branch, position FROM entry WHERE id = ? AND thread = ?",
      [id.column, thread.column])
    guard let found else { throw ChatError.notFound(what: "entry \(id)") }
    guard let branch = found.optionalInt(0), let position = found.optionalInt(1) else { return nil }
    return Place(branch: branch, position: position)
  }

  func branch(_ id: Int64) throws -> Branch {
    let row = try Row.required(
      self, sql: "SELECT parent_branch, fork_position FROM branch WHERE id = ?", arguments: [id],
      of: "branch \(id)")
    return Branch(parent: row.optionalInt(0), fork: try row.int(1))
  }
}
