/// Removes for good what was deleted and not taken back in time.
///
/// A thread goes piece by piece, so that nobody who writes waits long for it. Its own row stays:
/// changes keep their numbers, and whoever missed the deletion still hears of it.
package struct Removal: Sendable {
  private static let interval = Duration.seconds(6 * 60 * 60)
  /// The most rows removed in one transaction.
  private static let rowCount = 2_000

  private let around: Surroundings

  package init(around: Surroundings) { self.around = around }

  /// Looks for what is due, now and every few hours, until the task is cancelled.
  package func run() async {
    while !Task.isCancelled {
      await removeDue()
      await around.pause(Self.interval)
    }
  }

  /// Removes what is due. What the disk refuses is reported, and left to the next time.
  package func removeDue() async {
    let limit = around.now().advanced(by: .zero - ChatThread.undoTime)
    do {
      for thread in try await around.reader.removable(deletedBy: limit) {
        try await remove(thread, deletedBy: limit)
      }
    } catch {
      around.report("deleted threads were not removed: \(ChatError(reading: error))")
    }
  }

  private func remove(_ thread: ThreadID, deletedBy limit: Timestamp) async throws(ChatError) {
    while !Task.isCancelled {
      let committed = try await around.journal.commit(
        .remove(thread, deletedBy: limit, rowCount: Self.rowCount))
      guard case .removed(let count) = committed, count > 0 else { return }
    }
  }
}

extension ChatThread {
  /// How long a deletion can be taken back: 30 days.
  package static let undoTime = Duration.seconds(30 * 24 * 60 * 60)

  /// Refuses what is deleted for good, whether or not it is removed yet.
  /// - Throws: `ChatError.notFound`.
  func checkUndo(at now: Timestamp) throws(ChatError) {
    guard let deletedAt, deletedAt.advanced(by: Self.undoTime) <= now else { return }
    throw .notFound(what: "thread \(id)")
  }
}
