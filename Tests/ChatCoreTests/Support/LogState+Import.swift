import ChatCore

/// The steps of an import.
extension LogState {
  mutating func take(_ step: ImportStep) throws(ChatError) -> Committed {
    switch step {
    case .stage(let entries):
      guard accepted == nil else { throw .conflict(reason: "another import is not taken over") }
      staged += entries
      return .done
    case .accept(let new):
      guard accepted == nil else { throw .conflict(reason: "another import is not taken over") }
      let prevSeq = seq
      let made = threads[new.id] == nil
      if made {
        _ = try changed(new.id, create: true) {
          $0 = new
          $0.head = nil
        }
      }
      guard let thread = threads[new.id], thread.isLiving else {
        throw .conflict(reason: "thread \(new.id) is deleted")
      }
      accepted = new
      return .imported(thread, made ? [.thread(thread)] : [], prevSeq: prevSeq, isLast: false)
    case .take: return try takePiece()
    case .drop:
      let count = min(2, staged.count)
      accepted = nil
      staged.removeFirst(count)
      return .removed(count)
    }
  }

  /// Two entries each, so that a few make many pieces.
  private mutating func takePiece() throws(ChatError) -> Committed {
    guard let new = accepted else { return .done }
    let before = self
    do throws(ChatError) {
      var subjects: [LoggedChange.Subject] = []
      let head = threads[new.id]?.head
      for entry in staged.prefix(2) where entries[entry.id] == nil {
        let committed = try insert(entry)
        if case .entry(let entry, _) = committed { subjects.append(.entry(entry)) }
      }
      threads[new.id]?.head = head
      staged.removeFirst(min(2, staged.count))
      if staged.isEmpty {
        accepted = nil
        if head == nil, let head = new.head {
          subjects.append(.thread(try changed(new.id, create: false) { $0.head = head }))
        }
      }
      return .imported(
        threads[new.id] ?? new, subjects, prevSeq: before.seq, isLast: staged.isEmpty)
    } catch {
      self = before
      throw error
    }
  }
}
