/// Brings a thread from outside into the log: all of it or nothing, and piece by piece, so that
/// nobody who writes waits long for it.
///
/// It is held against the log and put by on disk first; nothing of that is seen, and a crash leaves
/// nothing of it. Then it is accepted, in one change, and taken over: by this run of chatd, or where
/// that ends, by the next before it serves anybody. Nothing that was found fit can become unfit
/// meanwhile: entries keep their thread, their kind and their place.
package struct ImportRun: Sendable {
  /// What is put by in one change.
  private static let stageLimit = (entryCount: 256, byteCount: 256 << 10)

  private let reader: any EntryReader
  private let commit: @Sendable (Change) async throws(ChatError) -> Committed

  /// An import through the journal, which tells those who watch.
  package init(journal: Journal, reader: any EntryReader) {
    self.reader = reader
    commit = { change async throws(ChatError) in try await journal.commit(change) }
  }

  /// An import where no journal runs and nobody watches.
  package init(store: any EntryStore, reader: any EntryReader) {
    self.reader = reader
    commit = { change async throws(ChatError) in
      guard let result = await store.commit([change]).first else {
        throw .unavailable(reason: "the store did not answer")
      }
      return try result.get()
    }
  }

  /// Takes over what was accepted before and did not come to its end, and forgets what was not
  /// accepted.
  /// - Returns: the thread of what was taken over; nil: there was nothing.
  /// - Throws: `ChatError.unavailable`: what is missing is left to the next time.
  @discardableResult
  package func finishLeft() async throws(ChatError) -> ChatThread? {
    let thread = try await takeOver()?.thread
    try await drop()
    return thread
  }

  /// Takes over what of `new` is not there yet. Nothing may be left of another import.
  /// - Throws: `ChatError.invalid` naming the place in the import, `.conflict` for a deleted thread,
  ///   `.unavailable` where it can't be stored, `CancellationError`.
  package func take(
    _ new: ThreadImport
  ) async throws -> (thread: ChatThread, addedCount: Int) {
    let check = ImportCheck(new, reader: reader)
    let missing = try await check.missing()
    let here = try await reader.threads().first { $0.id == new.thread.id }
    let wantsHead = here?.head == nil && new.thread.head != nil
    if wantsHead { try await check.checkHead() }
    if let here, missing.isEmpty, !wantsHead { return (here, 0) }
    do {
      try await stage(missing)
      try Task.checkCancellation()
      _ = try await commit(.importing(.accept(new.thread)))
    } catch {
      // Where this fails too, the next import forgets it, or the next start.
      try? await drop()
      throw error
    }
    guard let taken = try await takeOver() else {
      throw ChatError.unavailable(reason: "the store did not keep what was put by")
    }
    return taken
  }

  private func stage(_ items: [ThreadImport.Item]) async throws {
    var (entries, byteCount): ([Entry], Int) = ([], 0)
    for (index, item) in items.enumerated() {
      entries.append(item.entry)
      byteCount += item.byteCount
      let limit = Self.stageLimit
      guard
        index == items.count - 1 || entries.count >= limit.entryCount
          || byteCount >= limit.byteCount
      else { continue }
      try Task.checkCancellation()
      _ = try await commit(.importing(.stage(entries)))
      (entries, byteCount) = ([], 0)
    }
  }

  /// Takes over all that was accepted, unless chatd's end cancels it. A client that has gone does
  /// not.
  private func takeOver() async throws(ChatError) -> (thread: ChatThread, addedCount: Int)? {
    var taken: (thread: ChatThread, addedCount: Int)?
    do throws(ChatError) {
      while case .imported(let thread, let subjects, _, let isLast) = try await takePiece() {
        let count = subjects.count { if case .entry = $0 { true } else { false } }
        taken = (thread, (taken?.addedCount ?? 0) + count)
        if isLast { break }
      }
      return taken
    } catch .unavailable(let reason) {
      throw .unavailable(
        reason: "\(reason); what is missing of the import follows with the next one, or when chatd "
          + "is started again")
    } catch {
      // It could not be taken over another time either.
      try await drop()
      throw error
    }
  }

  private func takePiece() async throws(ChatError) -> Committed {
    guard !Task.isCancelled else { throw .unavailable(reason: "chatd is stopping") }
    return try await commit(.importing(.take))
  }

  private func drop() async throws(ChatError) {
    while case .removed(let count) = try await commit(.importing(.drop)), count > 0 {}
  }
}
