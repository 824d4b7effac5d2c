package import ChatCore
import GRDB

/// What the assistant is given, and what it has come to.
extension SQLiteStore {
  package func path(
    of thread: ThreadID, before: EntryID
  ) async throws(ChatError) -> [Entry] {
    var next = try await read { db in
      let thread = try db.livingThread(thread)
      let ranges = try db.ranges(of: thread, before: before, limit: nil)
      return EntryCursor(ranges.map(\.stretch))
    }
    var entries: [Entry] = []
    while let cursor = next {
      // Read and parsed on the database's own threads, so that a long path holds up no task.
      let piece = try await piece(at: cursor, Self.keptColumns) { row in
        (try Entry(rowWithKept: row), byteCount: Int(try row.int(3)))
      }
      entries += piece.values
      next = piece.next
    }
    return entries
  }

  /// The length of TEXT counts characters, that of a BLOB bytes.
  private static let keptColumns = """
    id, body, kept, length(CAST(body AS BLOB)) + ifnull(length(CAST(kept AS BLOB)), 0)
    """

  package func usage(of thread: ThreadID) async throws(ChatError) -> ThreadUsage {
    try await read { db in
      let thread = try db.livingThread(thread).id
      let row = try Row.required(
        db, sql: Self.usageQuery, arguments: [thread.column], of: "the usage of thread \(thread)")
      var usage = ThreadUsage()
      usage.answers = try row.int(0)
      usage.inputTokens = try row.int(1)
      usage.outputTokens = try row.int(2)
      usage.cacheCreationInputTokens = try row.int(3)
      usage.cacheReadInputTokens = try row.int(4)
      usage.costMicroUSD = row.optionalInt(5)
      usage.unpriced = try row.int(6)
      return usage
    }
  }

  /// A number that an import made up counts as a million million at most, so that no sum overflows.
  private static let usageQuery = """
    WITH answer AS (
      SELECT entry.body ->> '$.role' AS role, entry.body -> '$.usage' AS usage
      FROM branch JOIN entry ON entry.branch = branch.id
      WHERE branch.thread = ? AND entry.type = 'Message'
    )
    SELECT count(*),
      \(total("input_tokens")), \(total("output_tokens")),
      \(total("cache_creation_input_tokens")), \(total("cache_read_input_tokens")),
      sum(\(bounded("cost_micro_usd"))),
      count(*) - count(usage ->> '$.cost_micro_usd')
    FROM answer
    WHERE role = 'assistant' AND json_type(usage) = 'object'
    """

  private static func total(_ member: String) -> String {
    "ifnull(sum(\(bounded(member))), 0)"
  }

  private static func bounded(_ member: String) -> String {
    "max(min(usage ->> '$.\(member)', 1000000000000), 0)"
  }
}
