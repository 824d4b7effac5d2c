import Synchronization
import TestSupport
import Testing

@testable import ChatCore

/// The transcript only grows, in a chat that runs.
@Suite(.timeLimit(.minutes(2))) struct ConversationGrowthTests {
  private static let slow = ChildID("slow")

  private func texts(_ chat: Chat) -> [[String]] {
    chat.model.requests.value.map { $0.turns.map(\.text) }
  }

  @Test func `A late reply that comes while the answer is being begun comes with the next turn`()
    async throws
  {
    let chat = Chat()
    chat.children.follow { $0.message.content == "1" ? [.silent(Self.slow)] : nil }
    let reading = Gate()
    chat.log.interceptReading { if $0 == "path" { await reading.pass() } }
    try await chat.run {
      try await chat.send("1")
      await reading.reached()
      try await chat.children.asked(about: "1").late(.late(Self.slow, "late"))
      await chat.log.state.wait { $0.path()[1].gist == "rollup: slow=late" }
      reading.open()
      await chat.settle()
      try await chat.send("2")
      await chat.settle()
      #expect(
        texts(chat) == [["1"], ["1", "answer 1", "<actor id=\"slow\">late</actor>\n\n2"]])
    }
  }

  @Test func `So does one that could not be stored before the answer was begun`() async throws {
    let asking = Gate()
    let chat = Chat()
    chat.children.follow { inquiry in
      if inquiry.message.content == "2" { await asking.pass() }
      return inquiry.message.content == "1" ? [.silent(Self.slow)] : nil
    }
    let isRefusing = Watched(true)
    chat.log.intercept { [log = chat.log] changes in
      guard case .amend(let id, _, _) = changes[0], isRefusing.value,
        log.state.value.entries[id]?.rollup != nil
      else { return nil }
      return .unavailable(reason: "disk full")
    }
    let speaking = Gate()
    chat.model.follow { _, count, hear in
      if count == 1 { await speaking.pass() }
      await hear(.text("answer \(count + 1)"))
      return .ended
    }
    try await chat.run {
      try await chat.send("1")
      await chat.settle()
      try await chat.send("2")
      await asking.reached()
      try await chat.children.asked(about: "1").late(.late(Self.slow, "late"))
      // Refused while the children are asked, it is tried again once the model has been asked
      // without it.
      await chat.pauses.asked.wait { $0.count == 1 }
      asking.open()
      await speaking.reached()
      isRefusing.update { $0 = false }
      await chat.pauses.endNext()
      await chat.log.state.wait { $0.path()[1].gist == "rollup: slow=late" }
      speaking.open()
      await chat.settle()
      try await chat.send("3")
      await chat.settle()
      let told = "<actor id=\"slow\">late</actor>\n\n3"
      #expect(texts(chat).last == ["1", "answer 1", "2", "answer 2", told])
      #expect(growthFault(of: chat.model.requests.value.map(\.turns)) == nil)
    }
  }

  @Test func `One that came in time for the answer stands where it belongs`() async throws {
    let chat = Chat()
    chat.children.follow { $0.message.content == "1" ? [.silent(Self.slow)] : nil }
    chat.model.follow { _, count, hear in
      await hear(.text("answer \(count + 1)"))
      return .ended
    }
    let begun = Gate()
    chat.log.intercept { changes in
      guard case .append(.rollup, _, _, _) = changes[0] else { return nil }
      await begun.pass()
      return nil
    }
    try await chat.run {
      try await chat.send("1")
      await begun.reached()
      try await chat.children.asked(about: "1").late(.late(Self.slow, "late"))
      begun.open()
      await chat.log.state.wait { $0.path().dropFirst().first?.gist == "rollup: slow=late" }
      await chat.settle()
      try await chat.send("2")
      await chat.settle()
      #expect(growthFault(of: chat.model.requests.value.map(\.turns)) == nil)
    }
  }

  @Test(arguments: 0..<12 as Range<UInt64>)
  func `It grows whatever children, disk, model and people do`(seed: UInt64) async throws {
    let dice = Dice(seed)
    let names = ["a", "b", "slow"].map { ChildID($0) }
    let chat = Chat(
      children: FakeChildren(names: Set(names)) { inquiry in
        if dice.roll(8) { return nil }
        return names.map { name in
          guard name == Self.slow || dice.roll(3) else { return .replied(name, "\(name) <here>") }
          inquiry.late(.late(name, "late on \(inquiry.message.content)"))
          return .silent(name)
        }
      },
      model: FakeModel { _, count, hear in
        if dice.roll(5) { throw ModelFailure(isInterruption: false, reason: "no") }
        if dice.roll(5) { return .ended }
        if dice.roll(2) { return .calling(ModelCall("a", "add"), ModelCall("a", "ask")) }
        await hear(.text("answer \(count + 1)"))
        if dice.roll(5) { throw ModelFailure(isInterruption: true, reason: "broken off") }
        return .ended
      }, maxToolRounds: 3)
    chat.children.offer("a", "add")
    chat.children.offer("a", "ask", approval: .ask)
    chat.log.intercept { changes in
      for _ in 0..<dice.number(5) { await Task.yield() }
      // The end of a turn is not tried again, and the test waits for it.
      for change in changes { if case .turnEnded = change { return nil } }
      return dice.roll(6) ? .unavailable(reason: "disk full") : nil
    }
    try await chat.run {
      let impatience = Task {
        while !Task.isCancelled { await chat.pauses.endNext() }
      }
      let person = Task {
        while !Task.isCancelled {
          await chat.log.state.wait { $0.waitingCall != nil }
          guard let call = chat.log.state.value.waitingCall else { continue }
          // It may have been stopped a moment ago, or the disk refuses.
          _ = try? await chat.conversations.approve(
            call.callID, allow: dice.roll(2), remember: false)
        }
      }
      for number in 0..<25 {
        let sent = try? await chat.send("said \(number)")
        if let sent, dice.roll(6) {
          _ = try? await chat.conversations.stopTurn(of: sent.message.id)
        }
        if dice.roll(2) { await chat.settle() }
      }
      chat.log.intercept(nil)
      try await chat.send("the end")
      await chat.settle()
      for task in [impatience, person] {
        task.cancel()
        await task.value
      }
    }
    let requests = chat.model.requests.value.map(\.turns)
    #expect(growthFault(of: requests) == nil)
    #expect(requests.count > 3)
    let path = chat.log.state.value.path()
    #expect(path.map(\.parent) == [nil] + path.dropLast().map(\.id))
    let calls = path.rounds.flatMap(\.calls)
    #expect(!calls.isEmpty && path.rounds.allSatisfy { $0.isOver })
    #expect(chat.children.toolCalls.value.count == calls.filter { $0.status == .done }.count)
  }
}

/// Chance that many tasks share.
private final class Dice: Sendable {
  private let generator: Mutex<SeededGenerator>

  init(_ seed: UInt64) { generator = Mutex(SeededGenerator(seed: seed)) }

  func number(_ limit: Int) -> Int {
    generator.withLock { Int.random(in: 0..<limit, using: &$0) }
  }

  func roll(_ oneIn: Int) -> Bool { number(oneIn) == 0 }
}
