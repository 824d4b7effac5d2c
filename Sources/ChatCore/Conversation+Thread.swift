/// The thread itself, as its turns and people change it.
extension Conversation {
  /// How many entries may stand before the first thing that a person says, for it to be the title.
  private static let openingLength = 16

  /// Gives the thread the title that a person's first message makes, unless it has one. What a
  /// person makes of the title later stays, nothing at all too.
  func giveTitle(from message: Message) async {
    guard thread.title == nil, thread.id != .main, message.isPersons,
      let title = ChatThread.title(from: message.content)
    else { return }
    await surviving { () async throws(ChatError) in
      guard try await self.isFirst(message) else { return }
      let committed = try await self.around.journal.commit(
        .thread(self.thread.id) { $0.title = $0.title ?? title })
      if case .thread(let thread, _) = committed { self.adopt(thread) }
    }
  }

  private func isFirst(_ message: Message) async throws(ChatError) -> Bool {
    do {
      let page = try await around.reader.page(
        of: thread.id, before: nil, limit: Self.openingLength)
      let before = page.entries.prefix { $0.id != message.id }
      return page.entries.first?.parent == nil && before.count < page.entries.count
        && !before.contains { $0.message?.isPersons == true }
        && !page.forks.contains { $0.entries.contains(message.id) }
    } catch {
      throw ChatError(reading: error)
    }
  }

  /// Shows the path to the newest entry at or below `entry`; whatever `change` makes of the thread
  /// besides comes with it.
  /// - Throws: `ChatError.conflict` while a turn runs or waits, `.notFound` and `.invalid` as
  ///   `newestEnd` has them, and what `commit` throws.
  func show(
    _ entry: EntryID,
    commit: @Sendable (_ head: EntryID) async throws(ChatError) -> ChatThread
  ) async throws(ChatError) -> ChatThread {
    try await whileIdle { () async throws(ChatError) in
      let head: EntryID
      do { head = try await self.around.reader.newestEnd(from: entry, in: self.thread.id) } catch {
        throw ChatError(reading: error)
      }
      let changed = try await commit(head)
      self.adopt(changed)
      self.thread.head = head
      return (changed, begun: nil)
    }
  }
}
