import ChatCore
import Synchronization

/// A log in memory, with the real one's rules as far as these tests need them.
final class MemoryStore: EntryStore, EntryReader, Sendable {
  fileprivate struct State {
    var seq: Int64 = 0
    var entries: [EntryID: Entry] = [:]
    var threads: [ThreadID: ChatThread] = [
      .main: ChatThread(id: .main, createdAt: Timestamp(milliseconds: 0))
    ]
    var sent: [String: EntryID] = [:]
    var failure: ChatError?
    var refusal: ChatError?
    /// What was outlined, by the branch that its cursor names.
    var outlines: [[EntryID]] = []
    var pieceGate: Gate?
    var pieceCount = 0
    /// What was put by of an import, and its thread once that was accepted.
    var staged: [Entry] = []
    var accepted: ChatThread?
  }

  let epoch: String
  private let state = Mutex(State())

  init(epoch: String = "epoch-1") { self.epoch = epoch }

  /// From now on everything fails like this; nil: nothing.
  func fail(with error: ChatError?) { state.withLock { $0.failure = error } }

  /// From now on all changes are refused like this; nil: none.
  func refuse(with error: ChatError?) { state.withLock { $0.refusal = error } }

  /// From now on every reading of a piece waits there before it begins.
  func holdPieces(at gate: Gate?) { state.withLock { $0.pieceGate = gate } }

  var seq: Int64 { state.withLock { $0.seq } }
  /// How many pieces have been read.
  var pieceCount: Int { state.withLock { $0.pieceCount } }

  func commit(_ changes: [Change]) async -> [Result<Committed, ChatError>] {
    state.withLock { state in changes.map { state.commit($0) } }
  }

  func page(of thread: ThreadID, before: EntryID?, limit: Int?) async throws -> ThreadPage {
    try state.withLock { try $0.page(of: thread, before: before, limit: limit) }
  }

  func path(of thread: ThreadID, before: EntryID) async throws -> [Entry] {
    try await page(of: thread, before: before, limit: nil).entries
  }

  func usage(of thread: ThreadID) async throws -> ThreadUsage {
    try state.withLock { state in
      _ = try state.living(thread)
      var sum = ThreadUsage()
      for entry in state.entries.values where entry.thread == thread {
        if let usage = entry.message?.usage { sum.add(usage) }
      }
      return sum
    }
  }

  func snapshot(
    of thread: ThreadID, limit: Int
  ) async throws -> (page: ThreadPage, threads: [ChatThread]) {
    try state.withLock { state in
      (try state.page(of: thread, before: nil, limit: limit), try state.livingThreads())
    }
  }

  func outline(
    of thread: ThreadID, before: EntryID?, limit: Int?
  ) async throws -> ThreadOutline {
    try state.withLock { state in
      let thread = try state.living(thread)
      let path = try state.path(of: thread, before: before, limit: limit)
      return state.outline(
        of: thread, path.map(\.id), path.compactMap { state.fork(before: $0) })
    }
  }

  func tree(of thread: ThreadID) async throws -> ThreadOutline {
    try state.withLock { state in
      let thread = try state.living(thread)
      return state.outline(of: thread, state.tree(of: thread.id), [])
    }
  }

  /// Two entries each, so that a few make many pieces.
  func piece(at cursor: EntryCursor) async throws -> EntryPiece {
    await state.withLock(\.pieceGate)?.pass()
    return try state.withLock { state in
      if let failure = state.failure { throw failure }
      state.pieceCount += 1
      var (cursor, entries) = (cursor, [String]())
      while let stretch = cursor.stretch, entries.count < 2 {
        let id = state.outlines[Int(stretch.branch)][Int(stretch.positions.lowerBound)]
        entries.append(String(decoding: state.entries[id]?.json ?? [], as: UTF8.self))
        cursor.advance()
      }
      return EntryPiece(entries: entries, next: cursor.stretch == nil ? nil : cursor)
    }
  }

  func changes(after seq: Int64, limit: Int) async throws -> [LoggedChange.Subject] {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      let entries = state.entries.values.map { (seq: $0.seq, LoggedChange.Subject.entry($0)) }
      let threads = state.threads.values.map { (seq: $0.seq, LoggedChange.Subject.thread($0)) }
      let all = (entries + threads).filter { $0.seq > seq }.sorted { $0.seq < $1.seq }
      return all.prefix(limit).map(\.1)
    }
  }

  func entry(_ id: EntryID) async throws -> Entry? { state.withLock { $0.entries[id] } }

  func message(sentAs clientMessageID: String, in thread: ThreadID) async throws -> Message? {
    try state.withLock { state in
      _ = try state.living(thread)
      return state.sent["\(thread)/\(clientMessageID)"].flatMap { state.entries[$0]?.message }
    }
  }

  func standings(of ids: Set<EntryID>) async throws -> [EntryID: EntryStanding] {
    state.withLock { state in
      Dictionary(
        ids.compactMap { state.entries[$0] }.map {
          (
            $0.id,
            EntryStanding(
              thread: $0.thread, isMessage: $0.message != nil, hasPlace: !$0.isQueued)
          )
        }, uniquingKeysWith: { first, _ in first })
    }
  }

  func rollup(of message: EntryID) async throws -> Rollup? {
    state.withLock { state in
      state.entries.values.lazy.compactMap(\.rollup).first { $0.originalMessageID == message }
    }
  }

  func threads() async throws -> [ChatThread] {
    try state.withLock { try $0.livingThreads() }
  }

  func followers(of id: EntryID) async throws -> Followers {
    try state.withLock { state in
      guard let entry = state.entries[id] else { throw ChatError.notFound(what: "entry \(id)") }
      let followers = state.followers(of: id, in: entry.thread)
      var next = state.threads[entry.thread]?.head
      while let id = next, !followers.contains(where: { $0.id == id }) {
        next = state.entries[id]?.parent
      }
      return Followers(entries: followers, shown: next)
    }
  }

  func newestEnd(from id: EntryID, in thread: ThreadID) async throws -> EntryID {
    try state.withLock { state in
      guard let entry = state.entries[id], entry.thread == thread else {
        throw ChatError.notFound(what: "entry \(id)")
      }
      guard !entry.isQueued else { throw ChatError.invalid(field: "head", expected: "a place") }
      var end = id
      while let next = state.followers(of: end, in: thread).last { end = next.id }
      return end
    }
  }

  func removable(deletedBy time: Timestamp) async throws -> [ThreadID] { [] }

  func unfinished() async throws -> Unfinished { Unfinished(turns: [:], queued: [], streaming: []) }

  func children() async throws -> [ChildID: ChildRecord] { [:] }

  /// The newest messages that have the query's text in them.
  func search(_ query: SearchQuery) async throws -> SearchPage {
    guard query.text.contains(where: \.isLetter) else {
      throw ChatError.invalid(field: "q", expected: "a word to look for")
    }
    return try state.withLock { state in
      if let failure = state.failure { throw failure }
      let thread = query.thread ?? .main
      guard state.threads[thread] != nil else {
        throw ChatError.notFound(what: "thread \(thread)")
      }
      let found = state.entries.values.filter { entry in
        entry.message?.content.contains(query.text) == true
          && (query.thread == nil || entry.thread == thread)
          && query.before.map { entry.id < $0 } ?? true
      }
      let newest = found.sorted { $0.id > $1.id }.prefix(query.limit)
      return SearchPage(
        hits: newest.map { entry in
          SearchHit(
            entry: entry, child: entry.message?.author,
            snippet: [.init("…"), .init(query.text, isMatch: true)])
        }, next: found.count > query.limit ? newest.last?.id : nil, seq: state.seq)
    }
  }
}

extension MemoryStore.State {
  fileprivate func living(_ id: ThreadID) throws(ChatError) -> ChatThread {
    if let failure { throw failure }
    guard let thread = threads[id], thread.deletedAt == nil else {
      throw ChatError.notFound(what: "thread \(id)")
    }
    return thread
  }

  fileprivate func path(
    of thread: ChatThread, before: EntryID?, limit: Int?
  ) throws(ChatError) -> [Entry] {
    var next = thread.head
    if let before {
      guard let entry = entries[before] else {
        throw ChatError.notFound(what: "entry \(before)")
      }
      next = entry.parent
    }
    var path: [Entry] = []
    while let id = next, let entry = entries[id], path.count < limit ?? .max {
      path.append(entry)
      next = entry.parent
    }
    return path.reversed()
  }

  fileprivate func queued(in thread: ThreadID) -> [Message] {
    entries.values.compactMap(\.message)
      .filter { $0.status == .queued && $0.thread == thread }.sorted { $0.id < $1.id }
  }

  /// All entries of a thread that have a place, each behind its parent.
  fileprivate func tree(of thread: ThreadID) -> [EntryID] {
    let placed = entries.values.filter { $0.thread == thread && !$0.isQueued }
    let children = Dictionary(grouping: placed, by: \.parent)
    var (order, parents): ([EntryID], [EntryID?]) = ([], [nil])
    while let parent = parents.popLast() {
      let next = (children[parent] ?? []).map(\.id).sorted()
      order += next
      parents += next
    }
    return order
  }

  fileprivate func page(
    of thread: ThreadID, before: EntryID?, limit: Int?
  ) throws(ChatError) -> ThreadPage {
    let thread = try living(thread)
    let path = try path(of: thread, before: before, limit: limit)
    return ThreadPage(
      entries: path, queued: queued(in: thread.id), head: thread.head, seq: seq,
      forks: path.compactMap { fork(before: $0) })
  }

  fileprivate func livingThreads() throws(ChatError) -> [ChatThread] {
    if let failure { throw failure }
    return threads.values.filter { $0.deletedAt == nil }
      .sorted { ($0.id == .main ? 0 : 1, $1.createdAt) < ($1.id == .main ? 0 : 1, $0.createdAt) }
  }

  fileprivate mutating func outline(
    of thread: ChatThread, _ ids: [EntryID], _ forks: [Fork]
  ) -> ThreadOutline {
    outlines.append(ids)
    let stretch = EntryCursor.Stretch(
      branch: Int64(outlines.count - 1), positions: 0...Int64(max(0, ids.count - 1)))
    return ThreadOutline(
      thread: thread,
      queued: queued(in: thread.id).map {
        String(decoding: Entry.message($0).json, as: UTF8.self)
      },
      seq: seq, start: EntryCursor(ids.isEmpty ? [] : [stretch]), forks: forks)
  }

  fileprivate mutating func commit(_ change: Change) -> Result<Committed, ChatError> {
    if let failure = failure ?? refusal { return .failure(failure) }
    switch change {
    case .append(let entry, let clientMessageID, _, _): return append(entry, clientMessageID)
    case .amend(let id, _, let change):
      guard var entry = entries[id] else { return .failure(.notFound(what: "entry \(id)")) }
      let wasQueued = entry.isQueued
      change(&entry)
      return .success(.entry(store(entry, isHead: wasQueued), prevSeq: seq - 1))
    case .thread(let id, let create, let change):
      guard create == (threads[id] == nil) else {
        return .failure(create ? .conflict(reason: "it is there") : .notFound(what: "thread \(id)"))
      }
      var thread = threads[id] ?? ChatThread(id: id, createdAt: .now)
      do throws(ChatError) { try change(&thread) } catch { return .failure(error) }
      seq += 1
      thread.seq = seq
      threads[id] = thread
      return .success(.thread(thread, prevSeq: seq - 1))
    case .importing(let step): return .success(take(step))
    case .draft, .turnEnded, .child, .nothing: return .success(.done)
    case .askedAgain: return .success(.attempt(2))
    case .remove: return .success(.removed(0))
    }
  }

  /// Without the real one's rules about what does not fit; two entries are taken over at once.
  private mutating func take(_ step: ImportStep) -> Committed {
    let prevSeq = seq
    switch step {
    case .stage(let entries): staged += entries
    case .accept(let new):
      accepted = new
      guard threads[new.id] == nil else {
        return .imported(new, [], prevSeq: prevSeq, isLast: false)
      }
      var thread = new
      (thread.head, seq) = (nil, seq + 1)
      thread.seq = seq
      threads[thread.id] = thread
      return .imported(thread, [.thread(thread)], prevSeq: prevSeq, isLast: false)
    case .take:
      guard let new = accepted, var thread = threads[new.id] else { return .done }
      var subjects: [LoggedChange.Subject] = []
      for entry in staged.prefix(2) where entries[entry.id] == nil {
        subjects.append(.entry(store(entry, isHead: false)))
      }
      staged.removeFirst(min(2, staged.count))
      if staged.isEmpty {
        accepted = nil
        if thread.head == nil, let head = new.head {
          (thread.head, seq) = (head, seq + 1)
          thread.seq = seq
          threads[thread.id] = thread
          subjects.append(.thread(thread))
        }
      }
      return .imported(thread, subjects, prevSeq: prevSeq, isLast: staged.isEmpty)
    case .drop:
      defer { (staged, accepted) = ([], nil) }
      return .removed(staged.count)
    }
    return .done
  }

  private mutating func append(
    _ entry: Entry, _ clientMessageID: String?
  ) -> Result<Committed, ChatError> {
    guard threads[entry.thread] != nil else {
      return .failure(.notFound(what: "thread \(entry.thread)"))
    }
    if let clientMessageID {
      let key = "\(entry.thread)/\(clientMessageID)"
      if let first = sent[key].flatMap({ entries[$0] }) {
        return .success(.entry(first, prevSeq: nil))
      }
      sent[key] = entry.id
    }
    return .success(.entry(store(entry, isHead: !entry.isQueued), prevSeq: seq - 1))
  }

  /// What follows an entry of a thread, or nothing, oldest first.
  fileprivate func followers(of parent: EntryID?, in thread: ThreadID) -> [Entry] {
    entries.values.filter { $0.thread == thread && $0.parent == parent && !$0.isQueued }
      .sorted { $0.id < $1.id }
  }

  fileprivate func fork(before entry: Entry) -> Fork? {
    let followers = followers(of: entry.parent, in: entry.thread).map(\.id)
    return followers.count > 1 ? Fork(parent: entry.parent, entries: followers) : nil
  }

  private mutating func store(_ entry: Entry, isHead: Bool) -> Entry {
    var entry = entry
    seq += 1
    entry.seq = seq
    entries[entry.id] = entry
    if isHead { threads[entry.thread]?.head = entry.id }
    return entry
  }
}
