import ChatCore
import ChildProtocol
import GRDB
import Testing

@testable import ChatStore

extension SQLiteStore {
  /// Searches without regard to time, so that a slow machine finds the same.
  func search(
    _ text: String, in thread: ThreadID? = nil, before: EntryID? = nil, limit: Int = 100,
    _ change: (inout SearchBounds) -> Void = { _ in }
  ) async throws -> SearchPage {
    var bounds = SearchBounds(time: .seconds(60))
    change(&bounds)
    return try await search(
      SearchQuery(text, thread: thread, before: before, limit: limit), bounds: bounds)
  }

  /// The identifiers of what is found, the best first.
  func found(_ text: String, in thread: ThreadID? = nil) async throws -> [EntryID] {
    try await search(text, in: thread).hits.map(\.entry.id)
  }

  /// Compares every word of the index with the texts of the log.
  func checkIndex() async throws {
    try await pool.write {
      try $0.execute(sql: "INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")
    }
  }

  /// A person says something else than they said.
  func amend(_ id: EntryID, to text: String) async throws {
    try await commit(
      .amend(id) { entry in
        guard case .message(var message) = entry else { return }
        message.content = text
        entry = .message(message)
      })
  }
}

extension ChildResponse {
  static func replied(_ child: String, _ text: String?, late: Bool = false) -> ChildResponse {
    ChildResponse(
      child: ChildID(child), messageID: EntryID("r-\(child)"), status: .replied, late: late,
      text: text)
  }
}

extension Entry {
  static func round(after parent: Entry, _ content: JSON...) -> Entry {
    .toolRound(
      ToolRound(
        id: .next(at: .then), parent: parent.id, thread: parent.thread, createdAt: .then,
        originalMessageID: parent.id,
        calls: content.enumerated().map { index, content in
          ToolCall(
            callID: "c\(index)", child: ChildID("child\(index)"), tool: "t", arguments: [:],
            status: .done, content: content)
        }))
  }
}

extension SearchHit {
  /// The snippet with what was found in brackets.
  var marked: String { snippet.map { $0.isMatch ? "[\($0.text)]" : $0.text }.joined() }
}
