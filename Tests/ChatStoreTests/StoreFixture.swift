import ChatCore
import Foundation
import GRDB
import Synchronization
import Testing

@testable import ChatStore

/// Runs `body` with the path of a database that does not exist yet, in a folder of its own.
func withPath<T>(_ body: (String) async throws -> T) async throws -> T {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("chat-store-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder.appendingPathComponent("chat.db").path)
}

/// Runs `body` with a new store.
func withStore<T>(_ body: (SQLiteStore) async throws -> T) async throws -> T {
  try await withPath { path in try await body(SQLiteStore(path: path)) }
}

/// A connection of another program's to the same database, which may hold a transaction open.
func otherConnection(to path: String) throws -> DatabaseQueue {
  var configuration = Configuration()
  configuration.allowsUnsafeTransactions = true
  return try DatabaseQueue(path: path, configuration: configuration)
}

extension SQLiteStore {
  /// Commits one change.
  @discardableResult
  func commit(_ change: Change) async throws -> Committed {
    try #require(await commit([change]).first).get()
  }

  /// Commits one change and returns the entry that it came to.
  @discardableResult
  func stored(_ change: Change) async throws -> Entry {
    guard case .entry(let entry, _) = try await commit(change) else { throw NoEntry() }
    return entry
  }

  /// Appends a person's message behind `parent`.
  @discardableResult
  func say(
    _ text: String, after parent: EntryID? = nil, thread: ThreadID = .main
  ) async throws -> Entry {
    try await stored(.append(.said(text, after: parent, thread: thread)))
  }

  /// The whole path of a thread.
  func path(of thread: ThreadID = .main) async throws -> [Entry] {
    try await page(of: thread, before: nil, limit: nil).entries
  }

  /// Every entry of an outline as it is stored.
  func entries(of outline: ThreadOutline) async throws -> [String] {
    var (entries, cursor): ([String], EntryCursor?) = ([], outline.start)
    while let here = cursor {
      let piece = try await piece(at: here)
      entries += piece.entries
      cursor = piece.next
    }
    return entries
  }

  func lastSeq() async throws -> Int64 {
    try await page(of: .main, before: nil, limit: 0).seq
  }
}

struct NoEntry: Error {}

/// Counts from any thread.
final class Counter: Sendable {
  private let value = Mutex(0)

  var count: Int { value.withLock { $0 } }

  /// Counts one more, and says how many those are.
  @discardableResult
  func next() -> Int {
    value.withLock { value in
      value += 1
      return value
    }
  }
}

extension Timestamp {
  static let then = Timestamp(milliseconds: 1_795_600_800_123)
}

extension Entry {
  static func said(
    _ text: String, after parent: EntryID? = nil, thread: ThreadID = .main,
    status: Message.Status = .complete, role: Message.Role = .user
  ) -> Entry {
    .message(
      Message(
        id: .next(at: .then), parent: parent, thread: thread, createdAt: .then, role: role,
        content: text, status: status))
  }

  static func rolledUp(_ message: Entry, _ responses: [ChildResponse] = []) -> Entry {
    .rollup(
      Rollup(
        id: .next(at: .then), parent: message.id, thread: message.thread, createdAt: .then,
        originalMessageID: message.id, responses: responses))
  }

  var text: String { message?.content ?? "" }
}

extension Result where Success == Committed, Failure == ChatError {
  var error: ChatError? { if case .failure(let error) = self { error } else { nil } }

  var entry: Entry? { if case .success(.entry(let entry, _)) = self { entry } else { nil } }

  var prevSeq: Int64? {
    switch self {
    case .success(.entry(_, let prevSeq)): prevSeq
    case .success(.thread(_, let prevSeq)), .success(.imported(_, _, let prevSeq, _)): prevSeq
    case .success(.done), .success(.removed), .success(.attempt), .failure: nil
    }
  }
}
