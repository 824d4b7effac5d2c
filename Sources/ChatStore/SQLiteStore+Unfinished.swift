package import ChatCore
import GRDB

extension SQLiteStore {
  /// What an earlier run left undone. In deleted threads that is only what was being written:
  /// nothing can be taken up there, and what waits is left to be found once the thread is back.
  package func unfinished() async throws(ChatError) -> Unfinished {
    try await read { db in
      let turns = try db.rows(
        "SELECT id, turn FROM thread WHERE turn IS NOT NULL AND deleted_at IS NULL"
      ) { (ThreadID(try $0.text(0)), EntryID(try $0.text(1))) }
      let queued = try db.rows(
        """
        SELECT id, body, branch_from FROM entry WHERE status = 'queued'
          AND thread IN (SELECT id FROM thread WHERE deleted_at IS NULL) ORDER BY arrival
        """
      ) { (try Entry(row: $0).message, $0.optionalText(2).map(BranchPoint.init)) }
      let streaming = try db.rows(
        "SELECT id, body, draft FROM entry WHERE status = 'streaming' ORDER BY arrival"
      ) { (try Entry(row: $0).message, $0.optionalText(2) ?? "") }
      return Unfinished(
        turns: Dictionary(turns) { first, _ in first },
        queued: queued.compactMap { message, parent in message.map { ($0, parent) } },
        streaming: streaming.compactMap { message, draft in message.map { ($0, draft) } })
    }
  }
}
