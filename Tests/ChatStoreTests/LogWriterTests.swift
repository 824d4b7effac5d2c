import ChatCore
import ChildProtocol
import Testing

@testable import ChatStore

@Suite struct LogWriterTests {
  private let keeper = ChildID("keeper")

  @Test func `Changes without a number take none`() async throws {
    try await withStore { store in
      let speech = try await store.stored(.append(.said("", status: .streaming, role: .assistant)))
      let results = await store.commit([
        .draft(speech.id, text: "once"), .turnEnded(.main), .child(keeper, .init(wanted: true)),
      ])
      for result in results {
        guard case .success(.done) = result else {
          Issue.record("\(result)")
          continue
        }
      }
      #expect(try await store.lastSeq() == speech.seq)
    }
  }

  @Test func `How often children are asked about a message counts from the second time on`()
    async throws
  {
    try await withPath { path in
      let (first, second) = (EntryID("1"), EntryID("2"))
      for expected in [(first, 2), (first, 3), (second, 2), (second, 3), (second, 4), (first, 2)] {
        // Each by a chatd of its own: it is on disk.
        let store = try SQLiteStore(path: path)
        let result = try await store.commit([.askedAgain(expected.0, thread: .main)])[0].get()
        guard case .attempt(expected.1) = result else {
          Issue.record("\(result), expected \(expected.1)")
          continue
        }
        #expect(try await store.lastSeq() == 1, "it takes no number")
        try store.close()
      }
      let store = try SQLiteStore(path: path)
      let none = await store.commit([.askedAgain(first, thread: ThreadID("none"))])
      #expect(none.map(\.error) == [.notFound(what: "thread none")])
    }
  }

  @Test func `The last draft is what is kept`() async throws {
    try await withStore { store in
      let speech = try await store.stored(.append(.said("", status: .streaming, role: .assistant)))
      for text in ["once", "once upon", "once upon a time \0 🎲"] {
        try await store.commit(.draft(speech.id, text: text))
      }
      #expect(
        try await store.unfinished().streaming.map(\.draft) == ["once upon a time \u{FFFD} 🎲"])
      #expect(try await store.entry(speech.id) == speech)
    }
  }

  @Test func `There is no draft of what is not being written`() async throws {
    try await withStore { store in
      let hello = try await store.say("hello")
      let results = await store.commit([
        .draft(hello.id, text: "x"), .draft(EntryID("none"), text: "x"),
        .turnEnded(ThreadID("none")),
      ])
      #expect(
        results.map(\.error) == [
          .conflict(reason: "entry \(hello.id) is not being written any more"),
          .notFound(what: "entry none"), .notFound(what: "thread none"),
        ])
    }
  }

  @Test func `Of a child each field is kept until it is given anew`() async throws {
    try await withStore { store in
      try await store.commit(.child(keeper, .init(generation: 3)))
      var record = try #require(try await store.children()[keeper])
      #expect(record.wanted == nil && record.generation == 3 && record.state == nil)

      let state: JSON = ["n": .number("1.0"), "text": "\0🎲"]
      try await store.commit(.child(keeper, .init(wanted: false, state: state)))
      record = try #require(try await store.children()[keeper])
      #expect(record.wanted == false && record.generation == 3 && record.state == state)

      try await store.commit(.child(keeper, .init(wanted: true, generation: 4, state: .null)))
      record = try #require(try await store.children()[keeper])
      #expect(record.wanted == true && record.generation == 4 && record.state == .null)

      let words: JSON = ["calculate": ["approve": "auto", "of": [:]]]
      try await store.commit(.child(keeper, .init(approvals: words)))
      try await store.commit(.child(keeper, .init(generation: 5)))
      #expect(try await store.children()[keeper]?.approvals == words)
      try await store.commit(.child(keeper, .init(approvals: .null)))
      record = try #require(try await store.children()[keeper])
      #expect(record.approvals == nil && record.generation == 5 && record.state == .null)

      try await store.commit(.child(ChildID("dice"), .init(approvals: .null)))
      #expect(try await store.children()[ChildID("dice")]?.approvals == nil)
      let dice = try #require(try await store.children()[ChildID("dice")])
      #expect(dice.wanted == nil && dice.generation == 0 && dice.state == nil)
      #expect(try await store.children().count == 2)
    }
  }
}
