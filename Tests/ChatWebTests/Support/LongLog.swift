import ChatCore
import Synchronization
import TestSupport

/// A log whose main thread is as long as one likes and is kept nowhere: each entry is made when it
/// is read.
final class LongLog: EntryReader, Sendable {
  private let entryCount: Int64
  private let entryBytes: Int
  private let pieces = Mutex(0)
  let epoch = "long"

  init(entryCount: Int64, entryBytes: Int) {
    self.entryCount = entryCount
    self.entryBytes = entryBytes
  }

  /// How many pieces have been read.
  var pieceCount: Int { pieces.withLock { $0 } }

  func outline(of thread: ThreadID, before: EntryID?, limit: Int?) async throws -> ThreadOutline {
    ThreadOutline(
      thread: ChatThread(id: .main, createdAt: .now), queued: [], seq: 7,
      start: EntryCursor([.init(branch: 0, positions: 0...entryCount - 1)]))
  }

  func tree(of thread: ThreadID) async throws -> ThreadOutline {
    try await outline(of: thread, before: nil, limit: nil)
  }

  func piece(at cursor: EntryCursor) async throws -> EntryPiece {
    pieces.withLock { $0 += 1 }
    var (cursor, entries) = (cursor, [String]())
    while let stretch = cursor.stretch, entries.count < 100 {
      let number = "\(stretch.positions.lowerBound)"
      let rest = String(repeating: "x", count: entryBytes - number.utf8.count - 13)
      entries.append(#"{"n":\#(number),"x":"\#(rest)"}"#)
      cursor.advance()
    }
    return EntryPiece(entries: entries, next: cursor.stretch == nil ? nil : cursor)
  }

  func page(of thread: ThreadID, before: EntryID?, limit: Int?) async throws -> ThreadPage {
    ThreadPage(entries: [], queued: [], head: nil, seq: 7)
  }

  func path(of thread: ThreadID, before: EntryID) async throws -> [Entry] { [] }
  func usage(of thread: ThreadID) async throws -> ThreadUsage { ThreadUsage() }
  func changes(after seq: Int64, limit: Int) async throws -> [LoggedChange.Subject] { [] }
  func entry(_ id: EntryID) async throws -> Entry? { nil }
  func message(sentAs clientMessageID: String, in thread: ThreadID) async throws -> Message? { nil }
  func standings(of ids: Set<EntryID>) async throws -> [EntryID: EntryStanding] { [:] }
  func rollup(of message: EntryID) async throws -> Rollup? { nil }
  func threads() async throws -> [ChatThread] { [] }
  func snapshot(
    of thread: ThreadID, limit: Int
  ) async throws -> (page: ThreadPage, threads: [ChatThread]) {
    (try await page(of: thread, before: nil, limit: limit), [])
  }
  func unfinished() async throws -> Unfinished { Unfinished(turns: [:], queued: [], streaming: []) }
  func children() async throws -> [ChildID: ChildRecord] { [:] }
  func search(_ query: SearchQuery) async throws -> SearchPage {
    SearchPage(hits: [], next: nil, seq: 7)
  }
  func followers(of entry: EntryID) async throws -> Followers {
    Followers(entries: [], shown: nil)
  }
  func newestEnd(from entry: EntryID, in thread: ThreadID) async throws -> EntryID { entry }
  func removable(deletedBy time: Timestamp) async throws -> [ThreadID] { [] }
}
