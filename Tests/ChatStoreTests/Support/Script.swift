import ChatCore
import Testing

@testable import ChatStore

/// Changes of every kind, made one group after the other in a store whose disk may fail, and what
/// has come of them.
struct Script {
  let store: SQLiteStore
  /// Every entry as the store last acknowledged it.
  private(set) var entries: [EntryID: Entry] = [:]
  private(set) var seq: Int64
  private(set) var title: String?
  private(set) var generation: Int64 = 0
  private(set) var draft: (message: EntryID, text: String)?
  /// How many groups failed.
  private(set) var failureCount = 0
  /// What went otherwise than it may.
  private(set) var faults: [String] = []

  /// Begins with a store that holds nothing yet.
  init(in store: SQLiteStore) async throws {
    self.store = store
    seq = try await store.lastSeq()
  }

  /// The whole of it once.
  mutating func run(_ number: Int) async {
    let said = Entry.said("said \(number)")
    await commit([.append(said, turn: true)])
    let long = Entry.said(String(repeating: "x", count: 5000))
    let answer = Entry.said("", status: .streaming, role: .assistant)
    await commit([
      .append(long), .append(.said("lost", after: EntryID("none"))), .append(answer),
    ])
    if entries[answer.id] != nil {
      await commit([.draft(answer.id, text: "draft \(number)")])
      await commit([
        .amend(answer.id) { entry in
          guard case .message(var message) = entry else { return }
          (message.content, message.status) = ("answer", .complete)
          entry = .message(message)
        }
      ])
    }
    await commit([.thread(.main) { $0.title = "title \(number)" }, .turnEnded(.main)])
    await commit([.child(ChildID("c"), .init(generation: Int64(number)))])
    await read()
  }

  /// Commits a group and notes what has come of it.
  mutating func commit(_ changes: [Change]) async {
    let results = await store.commit(changes)
    let unavailable = results.compactMap(\.error).filter { $0.code == "unavailable" }
    guard unavailable.isEmpty else {
      failureCount += 1
      let isWhole = unavailable.count == changes.count && Set(unavailable).count == 1
      if !isWhole { faults.append("half a group failed: \(results)") }
      faults += unavailable.filter { !Self.isInWords($0) }.map { "these are no words: \($0)" }
      return
    }
    for (change, result) in zip(changes, results) { note(result, of: change) }
  }

  private mutating func note(_ result: Result<Committed, ChatError>, of change: Change) {
    if let prevSeq = result.prevSeq {
      if prevSeq != seq { faults.append("\(prevSeq) was said to be before, it was \(seq)") }
      seq = prevSeq + 1
    }
    switch (result, change) {
    case (.success(.entry(let entry, _)), _):
      entries[entry.id] = entry
      if draft?.message == entry.id { draft = nil }
    case (.success(.thread(let thread, _)), _): title = thread.title
    case (.success(.done), .draft(let id, let text)): draft = (id, text)
    case (.success(.done), .child(_, let new)): generation = new.generation ?? generation
    case (.failure(.notFound(what: "entry none")), _), (.success, _): break
    case (.failure(let error), _): faults.append("refused: \(error)")
    }
  }

  /// Reads while the disk may fail: what was acknowledged, or an error.
  private mutating func read() async {
    do {
      let found = try await differences(in: store)
      faults += found
    } catch {
      if !Self.isInWords(error) { faults.append("these are no words: \(error)") }
    }
  }

  /// How a store differs from what was acknowledged.
  func differences(in store: SQLiteStore) async throws(ChatError) -> [String] {
    var differences: [String] = []
    let page = try await store.page(of: .main, before: nil, limit: 1)
    if page.seq != seq { differences.append("the log ends with \(page.seq), not \(seq)") }
    let changes = try await store.changes(after: 1, limit: .max)
    let found = changes.compactMap { if case .entry(let entry) = $0 { entry } else { nil } }
    if found != entries.values.sorted(by: { $0.seq < $1.seq }) {
      differences.append("other entries: \(found.map(\.seq))")
    }
    let threads = try await store.threads()
    if threads.first?.title != title { differences.append("another title") }
    let child = try await store.children()[ChildID("c")]
    if child?.generation ?? 0 != generation { differences.append("another generation") }
    let streaming = try await store.unfinished().streaming
    if let draft, streaming.first(where: { $0.message.id == draft.message })?.draft != draft.text {
      differences.append("another draft")
    }
    return differences
  }

  /// Whether a person can act upon an error: it is one of a failing disk, and says so.
  static func isInWords(_ error: any Error) -> Bool {
    guard let error = error as? ChatError, error.code == "unavailable" else { return false }
    let words = "\(error)"
    return [
      "the disk of the database is full", "the disk of the database failed",
      "the database can't be opened", "another program holds the database",
    ].contains { words.contains($0) }
  }
}
