import ChatCore

/// All that a log holds. Its rules are those of the store's interface, the plain way.
struct LogState: Sendable {
  var seq: Int64 = 0
  var entries: [EntryID: Entry] = [:]
  /// In the order in which they came.
  var arrival: [EntryID] = []
  var threads: [ThreadID: ChatThread] = [
    .main: ChatThread(id: .main, createdAt: Timestamp(milliseconds: 0))
  ]
  var turns: [ThreadID: EntryID] = [:]
  var clientMessageIDs: [String: EntryID] = [:]
  var branchFrom: [EntryID: BranchPoint] = [:]
  var drafts: [EntryID: String] = [:]
  var attempts: [EntryID: Int] = [:]
  var children: [ChildID: ChildRecord] = [:]
  /// What was put by of an import, and its thread once that was accepted.
  var staged: [Entry] = []
  var accepted: ChatThread?

  /// Whether no turn runs and nothing waits for one.
  var isIdle: Bool { turns.isEmpty && !entries.values.contains(where: \.isQueued) }

  func path(of thread: ThreadID = .main) -> [Entry] {
    path(endingWith: threads[thread]?.head)
  }

  func path(endingWith last: EntryID?) -> [Entry] {
    var path: [Entry] = []
    var next = last
    while let id = next, let entry = entries[id] {
      path.append(entry)
      next = entry.parent
    }
    return path.reversed()
  }

  /// The first call on the path that waits for a person.
  var waitingCall: ToolCall? {
    path().rounds.flatMap(\.calls).first { $0.status == .waiting }
  }

  func queued(in thread: ThreadID) -> [Message] {
    arrival.compactMap { entries[$0]?.message }.filter {
      $0.thread == thread && $0.status == .queued
    }
  }

  func rollups(of message: EntryID) -> [Rollup] {
    arrival.compactMap { entries[$0]?.rollup }.filter { $0.originalMessageID == message }
  }

  /// How many entries stand before one.
  func depth(_ entry: Entry) -> Int { path(endingWith: entry.parent).count }

  func outline(of id: ThreadID, _ entries: [Entry]) throws -> ThreadOutline {
    guard let thread = threads[id] else { throw ChatError.notFound(what: "thread \(id)") }
    let stretches = entries.compactMap { arrival.firstIndex(of: $0.id) }.map {
      EntryCursor.Stretch(branch: Int64($0), positions: 0...0)
    }
    return ThreadOutline(
      thread: thread,
      queued: queued(in: id).map { String(decoding: Entry.message($0).json, as: UTF8.self) },
      seq: seq, start: EntryCursor(stretches), forks: forks(along: entries))
  }

  mutating func apply(_ change: Change) throws(ChatError) -> Committed {
    switch change {
    case .append(let entry, let clientMessageID, let branchFrom, let turn):
      let key = clientMessageID.map { "\(entry.thread)/\($0)" }
      if let first = key.flatMap({ clientMessageIDs[$0] }).flatMap({ entries[$0] }) {
        return .entry(first, prevSeq: nil)
      }
      return try append(entry, key: key, branchFrom: branchFrom, turn: turn)
    case .amend(let id, let turn, let change): return try amend(id, turn: turn, change)
    case .thread(let id, let create, let change):
      guard (threads[id] == nil) == create else {
        throw create ? .conflict(reason: "thread \(id) is there") : .notFound(what: "thread \(id)")
      }
      var thread = threads[id] ?? ChatThread(id: id, createdAt: Timestamp(milliseconds: 0))
      try change(&thread)
      thread.seq = next()
      threads[id] = thread
      return .thread(thread, prevSeq: thread.seq - 1)
    case .importing(let step): return try take(step)
    case .draft(let id, let text):
      guard entries[id]?.message?.status == .streaming else {
        throw .conflict(reason: "entry \(id) is not being written")
      }
      drafts[id] = text
    case .askedAgain(let message, _):
      attempts[message, default: 1] += 1
      return .attempt(attempts[message, default: 1])
    case .turnEnded(let thread): turns[thread] = nil
    case .remove(let thread, let time, let rowCount):
      return .removed(remove(thread, deletedBy: time, rowCount: rowCount))
    case .child(let id, let change): children[id, default: ChildRecord()].apply(change)
    case .nothing: break
    }
    return .done
  }

  private mutating func next() -> Int64 {
    seq += 1
    return seq
  }

  mutating func changed(
    _ id: ThreadID, create: Bool, _ change: @escaping @Sendable (inout ChatThread) -> Void
  ) throws(ChatError) -> ChatThread {
    guard case .thread(let thread, _) = try apply(.thread(id, create: create, change: change))
    else { throw .conflict(reason: "thread \(id)") }
    return thread
  }

  private mutating func append(
    _ new: Entry, key: String?, branchFrom: BranchPoint?, turn: Bool
  ) throws(ChatError) -> Committed {
    guard threads[new.thread]?.isLiving == true else {
      throw .notFound(what: "thread \(new.thread)")
    }
    return try insert(new, key: key, branchFrom: branchFrom, turn: turn)
  }

  /// Where its thread is deleted too.
  mutating func insert(
    _ new: Entry, key: String? = nil, branchFrom: BranchPoint? = nil, turn: Bool = false
  ) throws(ChatError) -> Committed {
    guard entries[new.id] == nil else { throw .conflict(reason: "entry \(new.id) is there") }
    try check(new)
    var entry = new
    entry.seq = next()
    entries[entry.id] = entry
    arrival.append(entry.id)
    if let key { clientMessageIDs[key] = entry.id }
    self.branchFrom[entry.id] = branchFrom
    finish(entry, isHead: !entry.isQueued, turn: turn)
    return .entry(entry, prevSeq: entry.seq - 1)
  }

  private mutating func amend(
    _ id: EntryID, turn: Bool, _ change: @Sendable (inout Entry) -> Void
  ) throws(ChatError) -> Committed {
    guard let old = entries[id] else { throw .notFound(what: "entry \(id)") }
    var entry = old
    change(&entry)
    guard old.isQueued || (!entry.isQueued && entry.parent == old.parent) else {
      throw .conflict(reason: "entry \(id) has its place")
    }
    try check(entry)
    if old.isQueued, !entry.isQueued, threads[entry.thread]?.isLiving != true {
      throw .notFound(what: "thread \(entry.thread)")
    }
    entry.seq = next()
    entries[id] = entry
    if entry.message?.status != .streaming { drafts[id] = nil }
    finish(entry, isHead: old.isQueued && !entry.isQueued, turn: turn)
    return .entry(entry, prevSeq: entry.seq - 1)
  }

  private func check(_ entry: Entry) throws(ChatError) {
    guard !entry.isQueued || entry.parent == nil else {
      throw .conflict(reason: "entry \(entry.id) is queued and can't have a parent")
    }
    guard let parent = entry.parent else { return }
    guard let before = entries[parent], before.thread == entry.thread else {
      throw .notFound(what: "entry \(parent)")
    }
    guard !before.isQueued else { throw .conflict(reason: "entry \(parent) is queued") }
  }

  private mutating func finish(_ entry: Entry, isHead: Bool, turn: Bool) {
    if isHead { threads[entry.thread]?.head = entry.id }
    if turn { turns[entry.thread] = entry.id }
  }
}
