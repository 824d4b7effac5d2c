import ChatCore
import GRDB
import Synchronization
import Testing

@testable import ChatStore

@Suite struct DatabaseLogTests {
  @Test func `No question reads the whole log`() async throws {
    try await withStore { store in
      let asked = Statements()
      try await store.pool.read { db in db.trace { asked.add($0.expandedDescription) } }
      try await store.pool.writeWithoutTransaction { db in
        db.trace { asked.add($0.expandedDescription) }
      }
      try await Self.useAll(of: store)
      for part in [
        "BETWEEN", "'Rollup'", "seq > ", "'streaming'", "FROM child", "turn IS NOT", "MATCH",
        "'delete'", "FROM search_word",
      ] {
        #expect(asked.all.withLock { $0.contains { $0.contains(part) } }, "\(part)")
      }
      for sql in asked.all.withLock({ $0 }).sorted() {
        let plan = try await store.pool.writeWithoutTransaction { db in
          db.trace(options: [])
          return try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)").map {
            "\($0["detail"] ?? "")"
          }
        }
        for step in plan where step.hasPrefix("SCAN") {
          // Few rows, or an index of just the rows that are asked for.
          let small = ["log", "thread", "child", "main.search_config", "CONSTANT ROW"]
          let isSmall = small.contains { step.hasPrefix("SCAN \($0)") }
          #expect(
            isSmall || step.contains("USING INDEX entry_queued") || Self.isBounded(step)
              || step.contains("USING INDEX entry_streaming"), "\(step) in \(sql)")
        }
      }
    }
  }

  /// Whether FTS5 looks for words, from an arrival to another; or its vocabulary for a word.
  private static func isBounded(_ step: String) -> Bool {
    (step.hasPrefix("SCAN search VIRTUAL TABLE") && step.contains(":M"))
      || step.hasPrefix("SCAN search_word VIRTUAL TABLE")
  }

  private static func useAll(of store: SQLiteStore) async throws {
    let hello = try await store.stored(.append(.said("hello"), clientMessageID: "a", turn: true))
    try await store.stored(.append(.rolledUp(hello)))
    let queued = try await store.stored(
      .append(.said("x", status: .queued), branchFrom: .entry(hello.id)))
    let speech = try await store.stored(
      .append(.said("", after: hello.id, status: .streaming, role: .assistant)))
    try await store.commit(.draft(speech.id, text: "x"))
    try await alone(in: store) { _ = try await store.unfinished() }
    try await store.stored(.amend(queued.id) { $0.place(after: hello.id) })
    try await store.commit(.thread(.main) { $0.head = hello.id })
    try await store.commit(.askedAgain(hello.id, thread: .main))
    try await store.commit(.turnEnded(.main))
    try await store.commit(.child(ChildID("x"), .init(wanted: true)))
    try await alone(in: store) {
      _ = try await store.page(of: .main, before: speech.id, limit: 3)
    }
    try await alone(in: store) { _ = try await store.changes(after: 3, limit: 5) }
    try await alone(in: store) { _ = try await store.entry(hello.id) }
    try await alone(in: store) { _ = try await store.rollup(of: hello.id) }
    try await alone(in: store) { _ = try await store.threads() }
    try await store.amend(hello.id, to: "hello again")
    try await alone(in: store) { _ = try await store.search("hello again", in: .main) }
    try await alone(in: store) {
      _ = try await store.search(SearchQuery("hello", before: speech.id))
    }
    try await alone(in: store) { _ = try await store.children() }
  }

  /// Reads with the first reader, the one that is traced: once nothing else is being read.
  private static func alone(in store: SQLiteStore, _ read: () async throws -> Void) async throws {
    try await store.pool.barrierWriteWithoutTransaction { _ in }
    try await read()
  }
}

private final class Statements: Sendable {
  let all = Mutex<Set<String>>([])

  func add(_ sql: String) {
    let words = ["SELECT", "INSERT", "UPDATE"]
    guard words.contains(where: { sql.hasPrefix($0) }) else { return }
    all.withLock { _ = $0.insert(sql) }
  }
}
