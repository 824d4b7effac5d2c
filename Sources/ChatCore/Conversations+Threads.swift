extension Conversations {
  /// Makes or changes a thread. With `head` it shows the path to the newest entry at or below that
  /// one; `reopens` says that the change may take a deletion back.
  /// - Throws: `ChatError.notFound`, for one that can't be taken back any more too; `.conflict` for
  ///   one that is there already, and for another head while a turn runs or waits.
  package func changeThread(
    _ id: ThreadID, create: Bool = false, head: EntryID? = nil, reopens: Bool = false,
    _ change: @escaping @Sendable (inout ChatThread) -> Void
  ) async throws -> ChatThread {
    if let head {
      return try await conversation(of: id).show(head) { [self] head async throws(ChatError) in
        try await commit(id) {
          $0.head = head
          change(&$0)
        }
      }
    }
    if reopens { try await resumeOnce() }
    let thread = try await commit(id, create: create, change)
    await conversations[id]?.adopt(thread)
    if reopens && thread.deletedAt == nil { await takeUp(id) }
    return thread
  }

  /// Marks a thread as deleted, once its turn has been stopped; what is queued there waits until it
  /// is taken back.
  /// - Throws: `ChatError.conflict` for `main`, `.notFound`.
  package func deleteThread(_ id: ThreadID) async throws -> ChatThread {
    guard id != .main else {
      throw ChatError.conflict(reason: "thread main is always there; it can't be deleted")
    }
    let conversation = try await livingConversation(of: id)
    await conversation?.hold()
    let now = around.now()
    do {
      let thread = try await changeThread(id) { $0.deletedAt = $0.deletedAt ?? now }
      await conversation?.release()
      return thread
    } catch {
      await conversation?.release()
      throw error
    }
  }

  /// Nil where the thread is deleted already, or was never there.
  private func livingConversation(of id: ThreadID) async throws -> Conversation? {
    do { return try await conversation(of: id) } catch ChatError.notFound { return nil }
  }

  private func commit(
    _ id: ThreadID, create: Bool = false,
    _ change: @escaping @Sendable (inout ChatThread) -> Void
  ) async throws(ChatError) -> ChatThread {
    let now = around.now()
    let committed = try await around.journal.commit(
      .thread(id, create: create) { thread throws(ChatError) in
        try thread.checkUndo(at: now)
        change(&thread)
      })
    guard case .thread(let thread, _) = committed else {
      throw .unavailable(reason: "the store did not answer with a thread")
    }
    changeCount += 1
    return thread
  }

  /// Has the turns taken that wait in a thread that is back.
  private func takeUp(_ id: ThreadID) async {
    do { _ = try await open(id) } catch {
      around.report("thread \(id): what waits there is left to the next start: \(error)")
    }
  }
}
