/// A step of an import on its way into the log; one import is on its way at a time.
///
/// Each is short, however long the import is, so that whoever writes besides waits for one of them
/// and not for all.
package enum ImportStep: Sendable {
  /// Entries are put by behind those that are: on disk, in no thread and seen by nobody. Refused
  /// while an accepted import is not taken over.
  case stage([Entry])
  /// What was put by belongs to the log from here on: what is not taken over when chatd ends, is so
  /// by the next. The thread is made where it is not there, without its head.
  case accept(ChatThread)
  /// Some of what was put by and accepted takes its place, each entry numbered; what is there
  /// already is left as it is. With the last of them the thread gets the import's head, if it has
  /// none.
  case take
  /// Some of what was put by is forgotten. Nothing more of it is taken over.
  case drop
}

/// What can be told of an entry without reading it.
package struct EntryStanding: Hashable, Sendable {
  package let thread: ThreadID
  package let isMessage: Bool
  /// Whether others may stand behind it; what is queued has no place yet.
  package let hasPlace: Bool

  package init(thread: ThreadID, isMessage: Bool, hasPlace: Bool) {
    self.thread = thread
    self.isMessage = isMessage
    self.hasPlace = hasPlace
  }
}
