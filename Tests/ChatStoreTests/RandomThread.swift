import ChatCore
import ChildProtocol
import TestSupport
import Testing

@testable import ChatStore

/// A thread of entries of every kind that branch at random, with texts that are hard to carry.
struct RandomThread {
  let id: ThreadID
  private var placed: [Entry] = []

  init(
    _ id: ThreadID, growingIn store: SQLiteStore, using numbers: inout SeededGenerator
  ) async throws {
    self.id = id
    let (title, muted) = (Self.text(&numbers), Bool.random(using: &numbers))
    // All in one group: hundreds of these are made side by side.
    var changes: [Change] = [
      .thread(id, create: id != .main) { thread in
        (thread.title, thread.model, thread.system) = (title, "claude-x", "Be brief.\n\u{1}")
        thread.muted = muted ? [ChildID("dice"), ChildID("a-1")] : []
      }
    ]
    for _ in 0..<Int.random(in: 0...60, using: &numbers) {
      let entry = entry(using: &numbers)
      changes.append(.append(entry))
      if !entry.isQueued { placed.append(entry) }
    }
    if Bool.random(using: &numbers), let head = placed.randomElement(using: &numbers) {
      changes.append(.thread(id) { $0.head = head.id })
    }
    for result in await store.commit(changes) { _ = try result.get() }
  }

  private func entry(using numbers: inout SeededGenerator) -> Entry {
    let isBranching = Int.random(in: 0..<5, using: &numbers) == 0
    let parent = isBranching ? placed.randomElement(using: &numbers) : placed.last
    let messages = placed.filter { $0.message != nil }
    guard let parent, let original = messages.randomElement(using: &numbers) else {
      return .message(message(after: nil, using: &numbers))
    }
    switch Int.random(in: 0..<8, using: &numbers) {
    case 0, 1:
      // A message has one rollup.
      let gathered = Set(placed.compactMap { $0.rollup?.originalMessageID })
      guard
        let heard = ([parent] + messages).first(where: {
          $0.message != nil && !gathered.contains($0.id)
        })
      else { return .message(message(after: parent.id, using: &numbers)) }
      return .rollup(
        Rollup(
          id: .next(at: .then), parent: parent.id, thread: id, createdAt: .then,
          originalMessageID: heard.id,
          responses: ["a-1", "dice", "keeper"].shuffled(using: &numbers).prefix(2).sorted()
            .map { response($0, using: &numbers) }))
    case 2:
      return .toolRound(
        ToolRound(
          id: .next(at: .then), parent: parent.id, thread: id, createdAt: .then,
          originalMessageID: original.id,
          calls: [
            ToolCall(
              callID: Self.text(&numbers), child: ChildID("dice"), tool: Self.text(&numbers),
              arguments: Self.json(&numbers), status: .done, content: [Self.json(&numbers)],
              latency: .microseconds(Int64.random(in: 0...9_999_999, using: &numbers)))
          ]))
    case 3: return .said(Self.text(&numbers), thread: id, status: .queued)
    default: return .message(message(after: parent.id, using: &numbers))
    }
  }

  private func message(after parent: EntryID?, using numbers: inout SeededGenerator) -> Message {
    let role = Message.Role.allCases.randomElement(using: &numbers) ?? .user
    let ends = [Message.Status.complete, .stopped, .interrupted, .failed]
    var message = Message(
      id: .next(at: .then), parent: parent, thread: id, createdAt: .then, role: role,
      content: Self.text(&numbers),
      to: Bool.random(using: &numbers) ? [ChildID("dice"), ChildID("keeper")] : nil,
      status: role == .user ? .complete : ends.randomElement(using: &numbers) ?? .complete)
    if role == .assistant {
      (message.model, message.stopReason) = ("claude-x", "end_turn")
      message.error = message.status == .failed ? Self.text(&numbers) : nil
      message.usage = .init(inputTokens: 7, outputTokens: .random(in: 0...9, using: &numbers))
    } else if Bool.random(using: &numbers) {
      message.author = ChildID("keeper")
      (message.html, message.data) = ("<b>\(Self.text(&numbers))</b>", Self.json(&numbers))
    }
    return message
  }

  private func response(_ child: String, using numbers: inout SeededGenerator) -> ChildResponse {
    ChildResponse(
      child: ChildID(child), messageID: .next(at: .then),
      status: ChildResponse.Status.allCases.randomElement(using: &numbers) ?? .replied,
      reason: Self.text(&numbers), late: .random(using: &numbers), text: Self.text(&numbers),
      html: nil, data: Self.json(&numbers),
      latency: .microseconds(Int64.random(in: 0...9_999_999, using: &numbers)),
      attempt: .random(in: 1...9, using: &numbers), generation: .random(in: 0...99, using: &numbers)
    )
  }

  private static func text(_ numbers: inout SeededGenerator) -> String {
    let pieces = ["a", "é", "\"", "\\", "\n", "\0", "😀", "{", "]", "\u{1}", "\u{2028}", "e\u{301}"]
    return (0..<Int.random(in: 0...6, using: &numbers))
      .map { _ in pieces.randomElement(using: &numbers) ?? "" }.joined()
  }

  private static func json(_ numbers: inout SeededGenerator) -> JSON {
    ["n": .number("1.50"), "t": .string(text(&numbers)), "l": [true, .null, [:], [[]]]]
  }
}

extension SQLiteStore {
  /// What `GET /api/export` writes.
  func export(_ thread: ThreadID) async throws -> [UInt8] {
    let outline = try await tree(of: thread)
    let document = ThreadExport(of: outline, at: .then)
    let entries = try await entries(of: outline).joined(separator: "\(ThreadExport.separator)")
    return document.opening + Array(entries.utf8) + document.ending
  }

  /// Takes over an export, as `POST /api/import` does.
  @discardableResult
  func take(_ document: [UInt8]) async throws -> Taken {
    try await take(try await ThreadImport(parsing: document))
  }

  @discardableResult
  func take(_ new: ThreadImport) async throws -> Taken {
    let steps = RecordedSteps(of: self)
    let prevSeq = try await lastSeq()
    let thread = try await ImportRun(store: steps, reader: self).take(new).thread
    return Taken(thread: thread, subjects: steps.subjects, prevSeq: prevSeq)
  }
}

/// What came of an import.
struct Taken {
  let thread: ChatThread
  /// What changed, in the order in which it was told.
  let subjects: [LoggedChange.Subject]
  /// The number before theirs.
  let prevSeq: Int64
}
