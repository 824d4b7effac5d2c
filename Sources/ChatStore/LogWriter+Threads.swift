import ChatCore

extension LogWriter {
  mutating func changeThread(
    _ id: ThreadID, create: Bool, _ change: (inout ChatThread) throws(ChatError) -> Void
  ) throws -> Committed {
    let old = try db.thread(id)
    guard old == nil || !create else {
      throw ChatError.conflict(reason: "thread \(id) is there already")
    }
    guard old != nil || create else { throw ChatError.notFound(what: "thread \(id)") }
    var thread = old ?? ChatThread(id: id, createdAt: .now)
    try change(&thread)
    try check(thread, replaces: old, as: id)
    thread = thread.asStored
    thread.seq = next()
    thread.lastSeq = try db.lastSeq(of: id)
    if old == nil { try thread.insert(into: db) } else { try thread.update(in: db) }
    return .thread(thread, prevSeq: thread.seq - 1)
  }

  private func check(_ thread: ChatThread, replaces old: ChatThread?, as id: ThreadID) throws {
    guard thread.id == id, old == nil || thread.createdAt == old?.createdAt else {
      throw ChatError.conflict(reason: "thread \(id) keeps its id and created_at")
    }
    guard id != .main || thread.deletedAt == nil else {
      throw ChatError.conflict(reason: "thread \(id) is always there")
    }
    if let head = thread.head, head != old?.head, try db.place(of: head, in: id) == nil {
      throw ChatError.conflict(reason: "entry \(head) is still queued")
    }
  }
}
