/// A thread from outside, checked as far as that can be done without the log.
package struct ThreadImport: Sendable {
  /// An entry and where in the import it stood.
  package struct Item: Sendable {
    /// As messages to people name it: `entries[12]`.
    package let place: String
    package let entry: Entry
    /// How long it was there.
    package let byteCount: Int

    package init(place: String, entry: Entry, byteCount: Int = 0) {
      self.place = place
      self.entry = entry
      self.byteCount = byteCount
    }
  }

  /// With the head that it has where it comes from.
  package let thread: ChatThread
  /// Each behind its parent, as far as that is in the import, and otherwise as they came.
  package let items: [Item]
  /// How many there were beside them that can't be taken: those that waited for a turn.
  package let skippedCount: Int

  package init(thread: ChatThread, items: [Item], skippedCount: Int) {
    self.thread = thread
    self.items = items
    self.skippedCount = skippedCount
  }
}

/// What came of an import.
package struct Imported: Sendable {
  /// The thread as it is now.
  package let thread: ChatThread
  package let addedCount: Int
  /// How many were there before.
  package let presentCount: Int
  package let skippedCount: Int

  init(_ new: ThreadImport, _ thread: ChatThread, addedCount: Int) {
    self.thread = thread
    self.addedCount = addedCount
    presentCount = new.items.count - addedCount
    skippedCount = new.skippedCount
  }
}
