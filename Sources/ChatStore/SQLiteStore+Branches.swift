package import ChatCore
import GRDB

extension SQLiteStore {
  package func followers(of id: EntryID) async throws(ChatError) -> Followers {
    try await read { db in
      guard let entry = try db.entry(id) else { throw ChatError.notFound(what: "entry \(id)") }
      guard let place = try db.place(of: id, in: entry.thread) else {
        return Followers(entries: [], shown: nil)
      }
      let followers = try db.followers(of: place, in: entry.thread)
      let head = try db.thread(entry.thread)?.head
        .flatMap { try db.place(of: $0, in: entry.thread) }
      let shown = try head.flatMap { try db.place(at: place.position + 1, onPathTo: $0) }
      return Followers(
        entries: try followers.compactMap { try db.entry($0.id) },
        shown: followers.first { $0.place == shown }?.id)
    }
  }

  package func newestEnd(
    from entry: EntryID, in thread: ThreadID
  ) async throws(ChatError) -> EntryID {
    try await read { db in
      let thread = try db.livingThread(thread).id
      guard let place = try db.place(of: entry, in: thread) else {
        throw ChatError.invalid(
          field: "head", expected: "an entry that has its place; \(entry) is queued")
      }
      return try db.newestEnd(from: place) ?? entry
    }
  }

  package func removable(deletedBy time: Timestamp) async throws(ChatError) -> [ThreadID] {
    try await read { db in
      try db.rows(
        """
        SELECT id FROM thread WHERE deleted_at <= ? AND (head IS NOT NULL OR title IS NOT NULL
          OR system IS NOT NULL OR EXISTS (SELECT 1 FROM branch WHERE branch.thread = thread.id)
          OR EXISTS (SELECT 1 FROM entry WHERE entry.thread = thread.id AND status = 'queued'))
        ORDER BY deleted_at
        """, [time.milliseconds]
      ) { ThreadID(try $0.text(0)) }
    }
  }
}
