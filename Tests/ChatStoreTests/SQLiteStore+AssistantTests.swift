import ChatCore
import ChildProtocol
import GRDB
import TestSupport
import Testing

@testable import ChatStore

/// What the assistant is given, and what it has come to.
@Suite struct SQLiteStoreAssistantTests {
  private let kept: JSON = ["model": "m", "content": [["type": "thinking", "text": "\0🎲"]]]

  private func answer(
    _ text: String = "", after parent: EntryID?, _ change: (inout Message) -> Void = { _ in }
  ) -> Entry {
    var message = Message(
      id: .next(at: .then), parent: parent, thread: .main, createdAt: .then, role: .assistant,
      content: text)
    change(&message)
    return .message(message)
  }

  @Test func `What is kept is in the path alone, and stays until it is given anew`() async throws {
    try await withStore { store in
      let said = try await store.say("hello")
      let begun = answer(after: said.id) { $0.status = .streaming }
      try await store.stored(.append(begun))
      try await store.stored(
        .amend(begun.id) {
          guard case .message(var message) = $0 else { return }
          (message.status, message.content, message.kept) = (.complete, "hi", kept)
          $0 = .message(message)
        })
      let end = try await store.say("end", after: begun.id)
      #expect(try await store.path(of: .main, before: end.id).map(\.message?.kept) == [nil, kept])
      #expect(try await store.entry(begun.id)?.message?.kept == nil)
      #expect(try await store.path().allSatisfy { $0.message?.kept == nil })
      let bodies = try await store.entries(of: store.tree(of: .main))
      #expect(bodies.allSatisfy { !$0.contains("thinking") })

      try await store.stored(.amend(begun.id) { _ in })
      #expect(try await store.path(of: .main, before: end.id)[1].message?.kept == kept)
      try await store.stored(
        .amend(begun.id) {
          guard case .message(var message) = $0 else { return }
          message.kept = ["new": true]
          $0 = .message(message)
        })
      #expect(try await store.path(of: .main, before: end.id)[1].message?.kept == ["new": true])
      #expect(try await Verification.run(on: store.pool.path)?.findings == [])
    }
  }

  @Test func `An answer that is appended whole has what is kept of it, too`() async throws {
    try await withStore { store in
      let said = try await store.say("hello")
      let answer = answer("hi", after: said.id) { $0.kept = kept }
      try await store.stored(.append(answer))
      let end = try await store.say("end", after: answer.id)
      #expect(try await store.path(of: .main, before: end.id).last?.message?.kept == kept)
    }
  }

  @Test func `What could not be read back is not kept, and the answer is stored`() async throws {
    try await withStore { store in
      let said = try await store.say("hello")
      var deep = JSON.null
      for _ in 0..<JSON.depthLimit + 1 { deep = [deep] }
      let answer = answer("hi", after: said.id) { $0.kept = deep }
      try await store.stored(.append(answer))
      let end = try await store.say("end", after: answer.id)
      let path = try await store.path(of: .main, before: end.id)
      #expect(path.map(\.text) == ["hello", "hi"] && path[1].message?.kept == nil)
    }
  }

  @Test func `What is kept and is no JSON is an error that names the entry`() async throws {
    try await withStore { store in
      let said = try await store.say("hello")
      let end = try await store.say("end", after: said.id)
      try await store.pool.write { try $0.execute(sql: "UPDATE entry SET kept = '[' ") }
      let error = try await #require(throws: ChatError.self) {
        try await store.path(of: .main, before: end.id)
      }
      #expect("\(error)".contains("what is kept of entry \(said.id)"))
    }
  }

  @Test(arguments: 1...6)
  func `A path is what stands before an entry, whatever the branches`(seed: Int) async throws {
    var numbers = SeededGenerator(seed: UInt64(seed))
    try await withStore { store in
      let tree = try await Tree(growingIn: store, using: &numbers)
      for _ in 0..<40 {
        let end = try #require(tree.placed.randomElement(using: &numbers))
        #expect(try await store.path(of: end.thread, before: end.id) == tree.path(before: end))
      }
    }
  }

  @Test func `A long path comes whole, of several readings`() async throws {
    try await withStore { store in
      // More entries than one reading has, and more bytes: most of those are kept.
      let long = JSON.string(String(repeating: "ü", count: 20_000))
      var changes: [Change] = []
      var path: [Entry] = []
      for number in 0..<600 {
        let next = answer("\(number)", after: path.last?.id) {
          $0.kept = number.isMultiple(of: 20) ? long : nil
        }
        path.append(next)
        changes.append(.append(next))
      }
      for result in await store.commit(changes) { _ = try result.get() }
      let last = try #require(path.last)
      let read = try await store.path(of: .main, before: last.id)
      #expect(read.map(\.id) == path.dropLast().map(\.id))
      #expect(read.map(\.message?.kept) == path.dropLast().map(\.message?.kept))
    }
  }

  @Test func `A path of what is not there is not found`() async throws {
    try await withStore { store in
      let (other, gone) = (ThreadID("t"), ThreadID("gone"))
      for thread in [other, gone] { try await store.commit(.thread(thread, create: true) { _ in }) }
      let there = try await store.say("x", thread: other)
      try await store.commit(.thread(gone) { $0.deletedAt = .then })
      #expect(try await store.path(of: other, before: there.id) == [])
      for (thread, before, what) in [
        (ThreadID("none"), there.id, "thread none"), (gone, there.id, "thread gone"),
        (.main, there.id, "entry \(there.id)"), (.main, EntryID("none"), "entry none"),
      ] {
        await #expect(throws: ChatError.notFound(what: what)) {
          try await store.path(of: thread, before: before)
        }
      }
    }
  }
}
