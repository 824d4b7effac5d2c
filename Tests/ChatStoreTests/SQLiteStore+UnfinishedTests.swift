import ChatCore
import Testing

@testable import ChatStore

@Suite struct SQLiteStoreUnfinishedTests {
  @Test func `Where everything was done nothing is left`() async throws {
    try await withStore { store in
      try await store.say("hello")
      let unfinished = try await store.unfinished()
      #expect(unfinished.turns.isEmpty)
      #expect(unfinished.queued.isEmpty)
      #expect(unfinished.streaming.isEmpty)
    }
  }

  @Test func `What a run left is found by the next one`() async throws {
    try await withPath { path in
      let first = try SQLiteStore(path: path)
      let thread = ThreadID("t")
      try await first.commit(.thread(thread, create: true) { _ in })
      let hello = try await first.stored(.append(.said("hello"), turn: true))
      let there = try await first.stored(.append(.said("there", thread: thread), turn: true))
      let speech = Entry.said("", after: hello.id, status: .streaming, role: .assistant)
      try await first.commit(.append(speech))
      try await first.commit(.draft(speech.id, text: "once upon"))
      let other = Entry.said(
        "", after: there.id, thread: thread, status: .streaming, role: .assistant)
      try await first.commit(.append(other))
      let queued: [(String, ThreadID, BranchPoint?)] = [
        ("1", thread, .entry(there.id)), ("2", .main, nil), ("3", thread, .beginning),
      ]
      for (text, place, point) in queued {
        try await first.commit(
          .append(.said(text, thread: place, status: .queued), branchFrom: point))
      }
      try first.close()

      let unfinished = try await SQLiteStore(path: path).unfinished()
      #expect(unfinished.turns == [.main: hello.id, thread: there.id])
      #expect(unfinished.queued.map(\.message.content) == ["1", "2", "3"])
      #expect(unfinished.queued.map(\.branchFrom) == [.entry(there.id), nil, .beginning])
      #expect(unfinished.streaming.map(\.message.id) == [speech.id, other.id])
      #expect(unfinished.streaming.map(\.draft) == ["once upon", ""])
    }
  }

  @Test func `In a deleted thread only what was being written is left`() async throws {
    try await withStore { store in
      let thread = ThreadID("t")
      try await store.commit(.thread(thread, create: true) { _ in })
      let hello = try await store.stored(.append(.said("hello", thread: thread), turn: true))
      let speech = Entry.said(
        "", after: hello.id, thread: thread, status: .streaming, role: .assistant)
      try await store.commit(.append(speech))
      try await store.commit(.append(.said("later", thread: thread, status: .queued)))
      try await store.commit(.thread(thread) { $0.deletedAt = .then })
      var unfinished = try await store.unfinished()
      #expect(unfinished.turns.isEmpty && unfinished.queued.isEmpty)
      #expect(unfinished.streaming.map(\.message.id) == [speech.id])
      // It can be ended all the same.
      try await store.stored(
        .amend(speech.id) { entry in
          guard case .message(var message) = entry else { return }
          message.status = .interrupted
          entry = .message(message)
        })
      try await store.commit(.thread(thread) { $0.deletedAt = nil })
      unfinished = try await store.unfinished()
      #expect(unfinished.turns == [thread: hello.id])
      #expect(unfinished.queued.map(\.message.content) == ["later"])
    }
  }
}
