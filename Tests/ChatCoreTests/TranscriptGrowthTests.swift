import ChildProtocol
import TestSupport
import Testing

@testable import ChatCore

/// The transcript only grows.
@Suite struct TranscriptGrowthTests {
  /// A thread that chance writes, and what the model was asked in its course.
  private struct History {
    private static let children = ["a", "b", "c"].map { ChildID($0) }

    var generator: SeededGenerator
    var path: [Entry] = []
    var requests: [[Transcript.Turn]] = []
    /// The numbers of those requests that an answer goes on with.
    var goingOn: [Int] = []
    var lateCount = 0
    /// Gives a late reply another identifier than it should have: the fault that the tests are
    /// there for.
    var lateID: @Sendable (EntryID) -> EntryID = { $0 }

    private mutating func chance(_ oneIn: Int) -> Bool {
      Int.random(in: 0..<oneIn, using: &generator) == 0
    }

    private mutating func text(_ what: String) -> String {
      chance(6) ? " " : "\(what) \(Int.random(in: 0..<1000, using: &generator)) </actor>"
    }

    private mutating func say(
      _ role: Message.Role, _ text: String, id: EntryID, by: ChildID? = nil, stop: String? = nil
    ) {
      var message = Message(
        id: id, thread: .main, createdAt: .now, role: role, content: text, author: by)
      message.stopReason = stop
      if stop == "tool_use" { message.kept = ["text": .string(text)] }
      path.append(.message(message))
    }

    /// A round of calls, behind an answer that asks for them or by a person.
    private mutating func call(byPerson: Bool) {
      guard let last = path.last else { return }
      let id = EntryID.next(at: .now)
      let count = byPerson ? 1 : Int.random(in: 1...3, using: &generator)
      let calls = (0..<count).map { number in
        ToolCall(
          callID: byPerson ? id.text : "\(id)-\(number)", child: Self.children[0], tool: "t",
          arguments: [:], status: chance(3) ? .failed : .done, content: [.string(text("result"))])
      }
      path.append(
        .toolRound(
          ToolRound(
            id: id, parent: last.id, thread: .main, createdAt: .now, originalMessageID: last.id,
            calls: calls)))
    }

    /// An answer with its rounds; each of its messages is asked for.
    private mutating func answer() {
      for number in 0..<5 {
        let answer = EntryID.next(at: .now)
        hearLate()
        requests.append(Transcript(path, for: answer).turns)
        if number > 0 { goingOn.append(requests.count - 1) }
        guard number < 4, chance(2) else {
          return say(.assistant, text("answer"), id: answer, stop: "end_turn")
        }
        say(.assistant, text("see"), id: answer, stop: "tool_use")
        hearLate()
        // One that was broken off before its round was begun goes on without.
        if !chance(6) { call(byPerson: false) }
        hearLate()
      }
    }

    private mutating func rollUp() {
      guard let last = path.last, !chance(5) else { return }
      let responses = Self.children.map { child in
        let status = ChildResponse.Status.allCases.randomElement(using: &generator) ?? .replied
        return ChildResponse(
          child: child, messageID: .next(at: .now), status: chance(2) ? .timedOut : status,
          text: text("\(child)"))
      }
      path.append(
        .rollup(
          Rollup(
            id: .next(at: .now), parent: last.id, thread: .main, createdAt: .now,
            originalMessageID: last.id, responses: responses)))
    }

    /// Late replies to what was ever asked.
    private mutating func hearLate() {
      for index in path.indices {
        guard case .rollup(var rollup) = path[index] else { continue }
        for response in rollup.responses where response.status == .timedOut && chance(4) {
          var late = ChildResponse.late(response.child, text("late"))
          late = late.heard(as: lateID(late.messageID))
          _ = rollup.replace(with: late)
          lateCount += 1
        }
        path[index] = .rollup(rollup)
      }
    }

    mutating func takeTurn() {
      if chance(4) { say(.user, text("post"), id: .next(at: .now), by: Self.children[0]) }
      say(.user, "said \(requests.count)", id: .next(at: .now))
      hearLate()
      rollUp()
      hearLate()
      if chance(6) { return }
      answer()
      if chance(5) { call(byPerson: true) }
      hearLate()
      if chance(2) { rollUp() }
      hearLate()
    }
  }

  private func history(
    _ seed: UInt64, lateID: @escaping @Sendable (EntryID) -> EntryID = { $0 }
  ) -> History {
    var history = History(generator: SeededGenerator(seed: seed), lateID: lateID)
    for _ in 0..<15 { history.takeTurn() }
    return history
  }

  @Test(arguments: 0..<64 as Range<UInt64>)
  func `The transcript only grows, whatever is said and whenever late replies come`(seed: UInt64) {
    let history = history(seed)
    #expect(growthFault(of: history.requests) == nil)
    #expect(history.lateCount > 0)
    // Behind results nothing else is said.
    #expect(!history.goingOn.isEmpty)
    for number in history.goingOn {
      let parts = history.requests[number].last?.parts
      #expect(parts?.count == 1 && parts?.first?.isResults == true)
    }
  }

  @Test(arguments: 0..<64 as Range<UInt64>)
  func `Every reply is told once, in the end`(seed: UInt64) {
    var history = history(seed)
    let replies = history.path.compactMap(\.rollup).flatMap(\.responses).filter {
      $0.status == .replied && $0.text?.isBlank == false
    }
    history.path.append(
      .message(
        Message(id: .next(at: .now), thread: .main, createdAt: .now, role: .user, content: "end")))
    let all = Transcript(history.path).turns.map(\.text).joined()
    let posted = history.path.compactMap(\.message).filter {
      $0.author != nil && !$0.content.isBlank
    }
    let called = history.path.rounds.filter(\.isPersons)
    let count = replies.count + posted.count + called.count
    #expect(all.ranges(of: "<actor id=").count == count)
    #expect(all.ranges(of: "</actor>").count >= count)
    let results = Transcript(history.path).turns.flatMap(\.parts).flatMap { part in
      if case .results(let calls) = part { calls.map(\.callID) } else { [String]() }
    }
    #expect(results == history.path.rounds.filter { !$0.isPersons }.flatMap(\.calls).map(\.callID))
  }

  @Test func `A late reply that claims to have come early would be noticed`() {
    let faults = (0..<64 as Range<UInt64>).compactMap { seed in
      growthFault(of: history(seed, lateID: { _ in EntryID("00000000") }).requests)
    }
    #expect(faults.count > 30)
  }

  @Test func `Requests that are none would be noticed`() {
    func user(_ text: String) -> Transcript.Turn { .init(role: .user, text: text) }
    func model(_ text: String) -> Transcript.Turn { .init(role: .assistant, text: text) }
    #expect(growthFault(of: [[user("1")], [user("1"), model("2"), user("3")]]) == nil)
    #expect(growthFault(of: [[user("1")], [user("1\n\n2")]]) == nil)
    for requests in [
      [[]], [[model("1")]], [[user("1"), model("2")]], [[user("1"), user("2")]], [[user(" ")]],
      [[user("1")], [user("2")]], [[user("1")], [user("11")]],
      [[user("1")], [user("1\n\n2"), model("2"), user("3")]],
      [[user("1"), model("2"), user("3")], [user("1")]],
      [[user("1"), model("2"), user("3")], [user("1"), model("4"), user("3")]],
    ] {
      #expect(growthFault(of: requests) != nil)
    }
  }
}
