extension Conversations {
  /// Takes over what of a thread from outside is not there yet. No turn begins and nobody is asked.
  ///
  /// Others are heard meanwhile. What is taken over is told as it comes; the thread shows it with
  /// its last.
  /// - Throws: `ChatError.invalid` naming the place in the import, `.conflict` for a deleted thread
  ///   and while another import is on its way, `CancellationError`; nothing has changed then.
  ///   `.unavailable` where it can't be stored: what says that something is missing is finished
  ///   later, otherwise nothing has changed.
  package func take(_ new: ThreadImport) async throws -> Imported {
    guard !isImporting else {
      throw ChatError.conflict(reason: "another import is running: try again when it is done")
    }
    isImporting = true
    defer { isImporting = false }
    let run = ImportRun(journal: around.journal, reader: around.reader)
    if let left = try await run.finishLeft() { await adopt(left) }
    let (thread, addedCount) = try await run.take(new)
    await adopt(thread)
    return Imported(new, thread, addedCount: addedCount)
  }

  private func adopt(_ imported: ChatThread) async {
    changeCount += 1
    await conversations[imported.id]?.adoptImported(imported)
  }
}
