import ChatCore
import GRDB

extension LogWriter {
  /// Writes what of an import is not there yet. The head moves only where there was none.
  /// - Throws: `ChatError.invalid` naming the place in the import, `.conflict` for a thread that is
  ///   deleted.
  mutating func take(_ new: ThreadImport) throws -> Committed {
    let prevSeq = seq
    var subjects: [LoggedChange.Subject] = []
    var thread = try open(new.thread, &subjects)
    for item in new.items {
      if let entry = try take(item, of: new) { subjects.append(.entry(entry)) }
    }
    for item in new.items { try checkOriginal(of: item, in: new) }
    if thread.head == nil, let head = new.thread.head {
      thread = try changed(thread.id, create: false, at: "thread.head") { $0.head = head }
      subjects.append(.thread(thread))
    }
    return .imported(thread, subjects, prevSeq: prevSeq)
  }

  /// The import's thread, which is made where it is not there.
  private mutating func open(
    _ new: ChatThread, _ subjects: inout [LoggedChange.Subject]
  ) throws -> ChatThread {
    if let old = try db.thread(new.id) {
      guard old.deletedAt == nil else {
        throw ChatError.conflict(
          reason: "thread \(new.id) is here and deleted: take the deletion back, then import")
      }
      return old
    }
    let thread = try changed(new.id, create: true, at: "thread") {
      $0 = new
      ($0.head, $0.deletedAt) = (nil, nil)
    }
    subjects.append(.thread(thread))
    return thread
  }

  private mutating func changed(
    _ id: ThreadID, create: Bool, at place: String, _ change: (inout ChatThread) -> Void
  ) throws -> ChatThread {
    do {
      guard case .thread(let thread, _) = try changeThread(id, create: create, change) else {
        throw ChatError.conflict(reason: "thread \(id) can't be written")
      }
      return thread
    } catch let error as ChatError { throw error.inImport(at: place) }
  }

  /// - Returns: the entry as it is stored; nil: it was there.
  private mutating func take(
    _ item: ThreadImport.Item, of new: ThreadImport
  ) throws -> Entry? {
    let entry = item.entry
    if let row = try db.row("SELECT thread FROM entry WHERE id = ?", [entry.id.column]) {
      guard try row.text(0) == new.thread.id.column else {
        throw ChatError.invalid(
          field: "\(item.place).id",
          expected: "an entry of thread \(new.thread.id): here it belongs to another thread")
      }
      return nil
    }
    do { return try insert(entry).0 } catch let error as ChatError {
      throw error.inImport(at: "\(item.place).parent")
    }
  }

  private func checkOriginal(
    of item: ThreadImport.Item, in new: ThreadImport
  ) throws {
    guard let original = item.entry.original else { return }
    let row = try db.row(
      "SELECT type FROM entry WHERE id = ? AND thread = ?",
      [original.column, new.thread.id.column])
    guard try row?.text(0) == "Message" else {
      throw ChatError.invalid(
        field: "\(item.place).original_message_id",
        expected: "a message of the import or of thread \(new.thread.id)")
    }
  }
}

extension ChatError {
  /// The same with the place in an import, where it is the import's fault.
  fileprivate func inImport(at place: String) -> ChatError {
    switch self {
    case .invalid, .unavailable: self
    case .notFound, .conflict:
      .invalid(field: place, expected: "what fits to what is here: \(self)")
    }
  }
}
