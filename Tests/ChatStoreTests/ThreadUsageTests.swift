import ChatCore
import ChildProtocol
import GRDB
import Testing

@testable import ChatStore

@Suite struct ThreadUsageTests {
  private func answer(
    after parent: Entry, _ usage: Message.Usage?, status: Message.Status = .complete
  ) -> Change {
    var message = Message(
      id: .next(at: .then), parent: parent.id, thread: parent.thread, createdAt: .then,
      role: .assistant, content: "words", status: status)
    message.usage = usage
    return .append(.message(message))
  }

  @Test func `A thread without answers has used nothing`() async throws {
    try await withStore { store in
      #expect(try await store.usage(of: .main) == ThreadUsage())
      let said = try await store.say("hello")
      try await store.stored(.append(.rolledUp(said)))
      #expect(try await store.usage(of: .main) == ThreadUsage())
      await #expect(throws: ChatError.notFound(what: "thread none")) {
        try await store.usage(of: ThreadID("none"))
      }
    }
  }

  @Test func `Every branch counts, of this thread alone, whatever became of the answer`()
    async throws
  {
    try await withStore { store in
      let other = ThreadID("other")
      try await store.commit(.thread(other, create: true) { _ in })
      let (said, elsewhere) = (
        try await store.say("hello"), try await store.say("hello", thread: other)
      )
      let price = Message.Usage(
        inputTokens: 10, outputTokens: 20, cacheCreationInputTokens: 3, cacheReadInputTokens: 4,
        costMicroUSD: 500)
      try await store.stored(answer(after: said, price))
      try await store.stored(answer(after: said, price, status: .stopped))
      try await store.stored(answer(after: said, .init(inputTokens: 5), status: .interrupted))
      // Of these it is not known what they have used.
      try await store.stored(answer(after: said, nil))
      try await store.stored(answer(after: said, nil, status: .failed))
      try await store.stored(answer(after: said, nil, status: .streaming))
      try await store.stored(answer(after: elsewhere, .init(inputTokens: 1_000)))
      var expected = ThreadUsage()
      (expected.answers, expected.unpriced, expected.costMicroUSD) = (3, 1, 1_000)
      (expected.inputTokens, expected.outputTokens) = (25, 40)
      (expected.cacheCreationInputTokens, expected.cacheReadInputTokens) = (6, 8)
      #expect(try await store.usage(of: .main) == expected)
      var there = ThreadUsage()
      (there.answers, there.unpriced, there.inputTokens) = (1, 1, 1_000)
      #expect(try await store.usage(of: other) == there)
    }
  }

  @Test func `Numbers that nobody can have used add up all the same`() async throws {
    try await withStore { store in
      let said = try await store.say("hello")
      let odd = Message.Usage(
        inputTokens: .max, outputTokens: .min, cacheReadInputTokens: -1, costMicroUSD: .max)
      for _ in 1...3 { try await store.stored(answer(after: said, odd)) }
      let usage = try await store.usage(of: .main)
      #expect(usage.answers == 3 && usage.inputTokens == 3_000_000_000_000)
      #expect(usage.outputTokens == 0 && usage.cacheReadInputTokens == 0)
      #expect(usage.costMicroUSD == 3_000_000_000_000)
    }
  }
}
