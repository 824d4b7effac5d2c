import ChatCore

/// What HTTP and WebSocket clients can have done: the one way from either into the core.
struct ChatAPI: Sendable {
  /// The most changes read from the log at once.
  private static let changesLimit = 256
  /// How many entries of `main` a snapshot shows.
  private static let snapshotLimit = 100

  let conversations: Conversations
  let reader: any EntryReader
  let children: any ChildControl & ChildTools
  let assistant: @Sendable () -> Assistant
  /// The models that the assistant can answer with.
  let models: @Sendable () async throws -> [ModelInfo]
  /// The most changes that a subscription replays.
  let replayCount: Int
  /// About how long the entries in one answer are.
  let answerBytes: Int

  /// The stretch of a path that is asked for: its outline, and each entry as it is stored.
  /// - Throws: `HTTPFailure` where that is longer than an answer may be.
  func path(_ request: MessagesRequest) async throws -> (ThreadOutline, entries: [String]) {
    let outline = try await reader.outline(
      of: request.thread, before: request.before, limit: request.limit)
    var (entries, byteCount): ([String], Int) = ([], 0)
    var cursor = outline.start
    while let here = cursor {
      let piece = try await reader.piece(at: here)
      entries += piece.entries
      byteCount += piece.entries.reduce(0) { $0 + $1.utf8.count }
      guard byteCount <= answerBytes else { throw HTTPFailure.tooLongAnswer(answerBytes) }
      cursor = piece.next
    }
    return (outline, entries)
  }

  /// What changed in a thread after `since`, each entry as it is now, with what stands beside them;
  /// no more than an answer may have.
  ///
  /// `seq` is the last change that was looked at: the next request goes on from there.
  func changes(
    _ request: MessagesRequest, since: Int64
  ) async throws -> (ThreadOutline, entries: [String]) {
    let outline = try await reader.outline(of: request.thread, before: nil, limit: 1)
    var (entries, byteCount): ([String], Int) = ([], 0)
    var seq = since
    reading: while true {
      let changes = try await reader.changes(after: seq, limit: Self.changesLimit)
      for change in changes {
        guard entries.count < request.limit ?? .max, byteCount < answerBytes else { break reading }
        seq = change.seq
        guard case .entry(let entry) = change, entry.thread == request.thread else { continue }
        entries.append(String(decoding: entry.json, as: UTF8.self))
        byteCount += entries.last?.utf8.count ?? 0
      }
      if changes.count < Self.changesLimit { break }
    }
    return (
      ThreadOutline(
        thread: outline.thread, queued: outline.queued,
        seq: seq == since ? max(outline.seq, since) : seq, start: nil), entries
    )
  }

  /// Makes a thread.
  func createThread(_ change: ThreadChange) async throws -> ChatThread {
    guard change.head == nil else {
      throw ChatError.invalid(field: "head", expected: "nothing: a new thread has no entries")
    }
    let id = ThreadID(EntryID.next(at: .now).text)
    return try await conversations.changeThread(id, create: true) { change.apply(to: &$0) }
  }

  /// Changes a thread.
  func updateThread(_ id: ThreadID, _ change: ThreadChange) async throws -> ChatThread {
    try await conversations.changeThread(id, head: change.head, reopens: change.isRestored) {
      change.apply(to: &$0)
    }
  }

  /// Forgets what a person had remembered of a tool.
  /// - Returns: the tool as it is offered now; nil while its child offers none.
  func forget(_ tool: String, of child: ChildID) async throws -> Tool? {
    try await children.remember(nil, for: tool, of: child)
    return await children.tools().first { $0.child == child && $0.name == tool }
  }

  /// What a client that subscribes has missed, or all it needs to begin anew.
  func past(for request: SubscribeRequest) async throws -> Past {
    if let lastSeq = request.lastSeq, request.epoch == reader.epoch,
      let replay = try await replay(after: lastSeq)
    {
      return replay
    }
    return try await snapshot(of: request.thread)
  }

  /// A client may ask for a thread that was deleted meanwhile: it has to come up all the same.
  private func snapshot(of thread: ThreadID) async throws -> Past {
    do {
      let (page, threads) = try await reader.snapshot(of: thread, limit: Self.snapshotLimit)
      return .snapshot(page, of: thread, threads: threads)
    } catch ChatError.notFound where thread != .main {
      return try await snapshot(of: .main)
    }
  }

  private func replay(after seq: Int64) async throws -> Past? {
    let changes = try await reader.changes(after: seq, limit: replayCount + 1)
    if changes.isEmpty {
      let last = try await reader.page(of: .main, before: nil, limit: 1).seq
      return seq <= last ? .replay([], from: seq) : nil
    }
    return changes.count <= replayCount ? .replay(changes, from: seq) : nil
  }
}

/// What stands between what a client knows and what comes live.
enum Past: Sendable {
  /// The changes since `from`, in order of their numbers, each subject once, as it is now.
  case replay([LoggedChange.Subject], from: Int64)
  /// The end of a thread, `main` mostly, and every thread.
  case snapshot(ThreadPage, of: ThreadID, threads: [ChatThread])

  /// The number of the last change in it.
  var seq: Int64 {
    switch self {
    case .replay(let subjects, let from): subjects.last?.seq ?? from
    case .snapshot(let page, _, _): page.seq
    }
  }

  /// The entries in it.
  var entries: [Entry] {
    switch self {
    case .snapshot(let page, _, _): page.entries
    case .replay(let subjects, _):
      subjects.compactMap { if case .entry(let entry) = $0 { entry } else { nil } }
    }
  }
}

extension LoggedChange.Subject {
  /// The number of its last change.
  var seq: Int64 {
    switch self {
    case .entry(let entry): entry.seq
    case .thread(let thread): thread.seq
    }
  }
}
