import ChatCore
import ChildProtocol
import GRDB

/// A thread as its row. `turn`, the message whose turn runs, is chatd's own and no part of it.
extension ChatThread {
  /// The columns that `init(row:)` reads, in its order.
  static let columns = "id, \(changing)"

  /// Those and what `init(listed:)` reads besides: by `entry_thread_seq` one step for each thread.
  static let listed = "\(columns), (\(lastSeq("thread.id")))"

  /// Asks for the highest number of an entry in a thread; NULL: there is none.
  static func lastSeq(_ thread: String) -> String {
    "SELECT max(seq) FROM entry WHERE entry.thread = \(thread)"
  }

  private static let changing =
    "seq, title, created_at, head, model, system, muted, read_seq, deleted_at, \(limits)"

  private static let limits = "max_tokens, max_tool_rounds"

  init(row: Row) throws {
    let id = try row.text(0)
    let muted: [JSON]?
    do { muted = try JSON(parsing: row.text(7).utf8).array } catch {
      throw StoreError.unreadable(what: "thread \(id)", reason: "muted: \(error)")
    }
    self.init(
      id: ThreadID(id), title: row.optionalText(2),
      createdAt: Timestamp(milliseconds: try row.int(3)),
      head: row.optionalText(4).map(EntryID.init), model: row.optionalText(5),
      system: row.optionalText(6),
      muted: Set((muted ?? []).compactMap { $0.string.map(ChildID.init) }),
      readSeq: try row.int(8), deletedAt: row.optionalInt(9).map(Timestamp.init(milliseconds:)))
    seq = try row.int(1)
    (maxTokens, maxToolRounds) = (row.optionalInt(10), row.optionalInt(11))
  }

  /// A thread of a row with the columns of `listed`.
  init(listed row: Row) throws {
    try self.init(row: row)
    lastSeq = row.optionalInt(12)
  }

  /// Writes a new row.
  func insert(into db: Database) throws {
    try db.run(
      "INSERT INTO thread (\(Self.columns)) VALUES (\(Self.marks(12)))",
      [id.column] + values)
  }

  /// Writes the row that is there. Its key is not written: SQLite would look for those that refer
  /// to it.
  func update(in db: Database) throws {
    try db.run(
      "UPDATE thread SET (\(Self.changing)) = (\(Self.marks(11))) WHERE id = ?",
      values + [id.column])
  }

  /// The thread with its texts as the row will have them.
  var asStored: ChatThread {
    var thread = self
    (thread.title, thread.model, thread.system) = (title?.column, model?.column, system?.column)
    return thread
  }

  private var values: StatementArguments {
    let muted = JSON.array(muted.sorted().map { .string($0.text) })
    return [
      seq, title, createdAt.milliseconds, head?.column, model, system, muted.text,
      readSeq, deletedAt?.milliseconds, maxTokens, maxToolRounds,
    ]
  }

  private static func marks(_ count: Int) -> String {
    repeatElement("?", count: count).joined(separator: ", ")
  }
}
