import Synchronization
import Testing

@testable import ChatCore

/// One turn at a time per thread, in the order received; threads side by side.
@Suite(.timeLimit(.minutes(1))) struct ConversationOrderTests {
  @Test func `What is sent while a turn runs is queued, and has its turn in the order received`()
    async throws
  {
    let chat = Chat(children: .echoing("a"))
    let gate = Gate()
    chat.model.follow { _, count, hear in
      await gate.pass()
      await hear(.text("answer \(count + 1)"))
      return .ended
    }
    try await chat.run {
      let first = try await chat.send("1")
      await gate.reached()
      let second = try await chat.send("2")
      let third = try await chat.send("3")
      #expect(first.message.status == .complete)
      #expect([second, third].map(\.message.status) == [.queued, .queued])
      #expect([second, third].map(\.message.parent) == [nil, nil])
      let page = try await chat.log.page(of: .main, before: nil, limit: nil)
      #expect(page.queued.map(\.content) == ["2", "3"])
      #expect(page.entries.gists == ["user: 1", "rollup: a=a heard 1", "assistant:  (streaming)"])
      gate.open()
      let path = await chat.settledPath()
      #expect(
        path.compactMap(\.message).map(\.content) == [
          "1", "answer 1", "2", "answer 2", "3", "answer 3",
        ])
      #expect(path.compactMap(\.message).allSatisfy { $0.status == .complete })
      #expect(path.map(\.parent) == [nil] + path.dropLast().map(\.id))
      #expect(path.contains { $0.id == second.message.id })
    }
  }

  @Test func `Who fills the queue of a thread is refused, and others are not`() async throws {
    let chat = Chat(model: .off)
    let (main, other) = (Gate(), ThreadID("other"))
    chat.children.follow { inquiry in
      if inquiry.message.thread == .main { await main.pass() }
      return []
    }
    try await chat.run {
      _ = try await chat.conversations.changeThread(other, create: true) { _ in }
      try await chat.send("first")
      await main.reached()
      let long = String(repeating: "x", count: Message.contentByteLimit)
      var count = 0
      await #expect {
        while count < 100 {
          try await chat.send(long)
          count += 1
        }
      } throws: {
        "\($0)".contains("too much waits in thread main already")
      }
      // 16 MiB, with what stands around the texts.
      #expect(count == 64)
      #expect(try await chat.send("elsewhere", thread: other).message.status == .complete)
      main.open()
      await chat.settle()
      #expect(try await chat.send("again").message.content == "again")
      await chat.settle()
    }
  }

  @Test func `One turn at a time per thread, threads side by side`() async throws {
    let chat = Chat(model: .off)
    let running = Watched<[ThreadID: Int]>([:])
    let most = Watched<[ThreadID: Int]>([:])
    let both = Watched<Set<ThreadID>>([])
    chat.children.follow { inquiry in
      let thread = inquiry.message.thread
      let count = running.update {
        $0[thread, default: 0] += 1
        return $0[thread, default: 0]
      }
      most.update { $0[thread] = max($0[thread] ?? 0, count) }
      both.update { $0.insert(thread) }
      // Nobody goes on before both threads are here: they don't wait for one another.
      await both.wait { $0.count == 2 }
      for _ in 0..<10 { await Task.yield() }
      running.update { $0[thread, default: 0] -= 1 }
      return [.replied(ChildID("a"), "x")]
    }
    try await chat.run {
      _ = try await chat.conversations.changeThread(ThreadID("t"), create: true) { _ in }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<20 {
          group.addTask {
            try await chat.send("\(number)", thread: number % 2 == 0 ? .main : ThreadID("t"))
          }
        }
        try await group.waitForAll()
      }
      await chat.settle()
      #expect(most.value == [.main: 1, ThreadID("t"): 1])
      for thread in [ThreadID.main, ThreadID("t")] {
        let path = chat.log.state.value.path(of: thread)
        #expect(path.compactMap(\.message).count == 10)
        #expect(path.compactMap(\.rollup).count == 10)
        #expect(path.map(\.parent) == [nil] + path.dropLast().map(\.id))
      }
    }
  }

  @Test(arguments: 0..<4)
  func `Many who send at once have their turns in the order in which the log took them`(
    round: Int
  ) async throws {
    let chat = Chat(children: .echoing("a"))
    try await chat.run {
      let sent = try await withThrowingTaskGroup(of: Sent.self) { group in
        for number in 0..<40 { group.addTask { try await chat.send("\(number)") } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let path = await chat.settledPath()
      let said = path.compactMap(\.message).filter { $0.role == .user }
      let log = chat.log.state.value
      #expect(said.map(\.id) == log.arrival.filter { log.entries[$0]?.message?.role == .user })
      #expect(Set(said.map(\.id)) == Set(sent.map(\.message.id)))
      #expect(said.map(\.id) == said.map(\.id).sorted())
      #expect(path.map(\.parent) == [nil] + path.dropLast().map(\.id))
      // One message, one rollup, one answer, one rollup each, and nothing of one turn within
      // another.
      #expect(path.count == 160)
      for turn in stride(from: 0, to: 160, by: 4) {
        #expect(path[turn].message?.role == .user)
        #expect(path[turn + 1].rollup?.originalMessageID == path[turn].id)
        #expect(path[turn + 2].message?.role == .assistant)
        #expect(path[turn + 3].rollup?.originalMessageID == path[turn + 2].id)
      }
    }
  }

  @Test func `The same client_msg_id counts once, at once and later`() async throws {
    let chat = Chat(children: .echoing("a"))
    try await chat.run {
      let sent = try await withThrowingTaskGroup(of: Sent.self) { group in
        for _ in 0..<16 {
          group.addTask { try await chat.send("1", clientMessageID: "x") }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(sent.map(\.message.id)).count == 1)
      #expect(sent.filter { !$0.isDuplicate }.count == 1)
      await chat.settle()
      let again = try await chat.send("other words", clientMessageID: "x")
      #expect(again.isDuplicate)
      #expect(again.message.content == "1")
      let path = await chat.settledPath()
      #expect(path.compactMap(\.message).map(\.content) == ["1", "answer 1"])
      #expect(chat.log.state.value.turns.isEmpty)
    }
  }

  @Test func `The same client_msg_id in another thread is another message`() async throws {
    let chat = Chat(model: .off)
    try await chat.run {
      let other = ThreadID("t")
      _ = try await chat.conversations.changeThread(other, create: true) { _ in }
      let first = try await chat.send("1", clientMessageID: "x")
      let second = try await chat.send("1", thread: other, clientMessageID: "x")
      #expect(!second.isDuplicate)
      #expect(first.message.id != second.message.id)
      await chat.settle()
    }
  }

  @Test func `A message branches off where its sender says`() async throws {
    let before = Chat(children: .echoing("a"))
    let first = try await before.run {
      let first = try await before.send("1").message
      try await before.send("2")
      await before.settle()
      return first
    }
    let chat = Chat(log: MemoryLog(before.log.state.value), children: .echoing("a"))
    try await chat.run {
      let other = try await chat.send("other 2", parent: first.id)
      #expect(other.message.parent == first.id)
      #expect(other.message.status == .complete)
      #expect(
        await chat.settledPath().gists == [
          "user: 1", "user: other 2", "rollup: a=a heard other 2", "assistant: answer 1",
          "rollup: a=a heard answer 1",
        ])
    }
  }

  @Test func `A queued message branches off there when its turn comes`() async throws {
    let chat = Chat()
    let gate = Gate()
    chat.model.follow { _, count, hear in
      if count == 1 { await gate.pass() }
      await hear(.text("answer \(count + 1)"))
      return .ended
    }
    try await chat.run {
      let first = try await chat.send("1").message
      try await chat.send("2")
      await gate.reached()
      let queued = try await chat.send("other 2", parent: first.id).message
      #expect(queued.parent == nil)
      #expect(chat.log.state.value.branchFrom[queued.id] == .entry(first.id))
      gate.open()
      #expect(
        await chat.settledPath().gists == ["user: 1", "user: other 2", "assistant: answer 3"])
      #expect(chat.log.state.value.entries[queued.id]?.parent == first.id)
    }
  }

  @Test func `A message that can't be stored is refused, and the next has its turn`() async throws {
    let chat = Chat(model: .off)
    try await chat.run {
      chat.log.intercept { _ in .unavailable(reason: "disk full") }
      await #expect(throws: ChatError.unavailable(reason: "disk full")) { try await chat.send("1") }
      chat.log.intercept(nil)
      try await chat.send("2")
      #expect(await chat.settledPath().gists == ["user: 2"])
    }
  }

  @Test func `A message that can't be stored holds up nobody who waits behind it`() async throws {
    let chat = Chat(model: .off)
    let gate = Gate()
    try await chat.run {
      try await chat.send("1")
      await chat.settle()
      chat.log.intercept { changes in
        guard case .append(.message(let message), _, _, _) = changes[0], message.content == "2"
        else { return nil }
        await gate.pass()
        return .unavailable(reason: "disk full")
      }
      async let refused = Result { try await chat.send("2") }
      await gate.reached()
      async let third = chat.send("3")
      async let fourth = chat.send("4")
      gate.open()
      _ = try await (third, fourth)
      let result = await refused
      #expect(throws: ChatError.self) { try result.get() }
      let contents = await chat.settledPath().compactMap(\.message?.content)
      #expect(contents.first == "1")
      #expect(Set(contents) == ["1", "3", "4"])
    }
  }
}

extension Result where Failure == any Error, Success: Sendable {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
