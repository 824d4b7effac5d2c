import ChatCore
import ChildProtocol
import TestSupport
import Testing

@testable import ChatClaude

/// Whatever a thread's past is, the API takes what is made of it.
@Suite struct HistoryPropertyTests {
  private static let configuration = ClaudeConfiguration(credential: .none)
  private static let seeds: Range<UInt64> = 0..<500

  /// What is wrong with a request of these turns; nil: nothing. `undo` takes back what one of the
  /// guards did.
  private func breach(
    of turns: [Transcript.Turn], undo: (inout JSON) -> Void = { _ in }
  ) throws -> String? {
    let request = ClaudeRequest(RandomHistory.request(turns), Self.configuration)
    var body = try JSON(parsing: request.body)
    undo(&body)
    var rules = RequestRules(model: RandomHistory.model, from: RandomHistory.from)
    do { try rules.check(body.bytes) } catch let breach as RequestRules.Breach {
      return breach.description
    }
    return nil
  }

  @Test func `Every history makes a request that the API takes`() throws {
    for seed in Self.seeds {
      let turns = RandomHistory(seed: seed).turns
      #expect(try breach(of: turns) == nil, "seed \(seed)")
    }
  }

  @Test func `What was sent is never rewritten`() {
    for seed in Self.seeds {
      let turns = RandomHistory(seed: seed).turns
      let whole = MessagesBody(turns, model: RandomHistory.model, from: RandomHistory.from)
      for count in turns.indices.dropFirst() where turns[count - 1].role == .user {
        let sent = MessagesBody(
          Array(turns.prefix(count)), model: RandomHistory.model, from: RandomHistory.from)
        #expect(
          growthFault(from: sent.messages, to: whole.messages) == nil, "seed \(seed), \(count)")
      }
    }
  }

  /// Which block of an earlier request a later one does not hold any more.
  private func growthFault(
    from sent: [MessagesBody.Message], to later: [MessagesBody.Message]
  ) -> String? {
    for (place, message) in sent.enumerated() {
      guard later.indices.contains(place), later[place].role == message.role,
        later[place].blocks.starts(with: message.blocks)
      else { return "message \(place): \(message)" }
    }
    return nil
  }

  @Test func `A word that is put in ahead is seen`() {
    let turns = RandomHistory(seed: 1).turns
    let sent = MessagesBody(turns, model: RandomHistory.model).messages
    let rewritten = MessagesBody(
      [.init(role: .user, text: "late")] + turns, model: RandomHistory.model
    ).messages
    #expect(growthFault(from: sent, to: rewritten) != nil)
  }

  /// Without a guard some history has to be refused, or the guard and the rule test nothing.
  private func expectNeeded(
    _ words: String, claim: (Transcript.Turn) -> Transcript.Turn = { $0 },
    undo: (inout JSON) -> Void
  ) throws {
    var others: Set<String> = []
    for seed in Self.seeds {
      let turns = RandomHistory(seed: seed).turns.map(claim)
      guard let breach = try breach(of: turns, undo: undo) else { continue }
      if breach.contains(words) { return }
      others.insert(breach)
    }
    Issue.record("nothing is refused for \(words), but for \(others.prefix(5))")
  }

  @Test func `Without results that are made up it would be refused`() throws {
    try expectNeeded("answers") { body in
      body.mapBlocks { block in
        block["content"]?.text.contains("the answer ended first") == true ? [] : [block]
      }
    }
  }

  @Test func `With the thoughts of others it would be refused`() throws {
    try expectNeeded("a thought that is signed", claim: Self.claimed) { _ in }
  }

  /// A turn whose answers all say that they come from the model that is asked.
  private static func claimed(_ turn: Transcript.Turn) -> Transcript.Turn {
    var turn = turn
    turn.parts = turn.parts.map { part in
      guard case .answer(let answer) = part, let kept = answer.kept.flatMap({ KeptAnswer($0) })
      else { return part }
      let claim = KeptAnswer(
        model: RandomHistory.model, from: RandomHistory.from, content: kept.content)
      return .answer(.init(text: answer.text, kept: claim.json, calls: answer.calls))
    }
    return turn
  }

  @Test func `With identifiers that come twice it would be refused`() throws {
    try expectNeeded("identifier") { body in
      body.mapBlocks { block in
        var block = block
        for key in ["id", "tool_use_id"] where block[key]?.string?.hasPrefix("call") == true {
          block.set(key, "call_1")
        }
        return [block]
      }
    }
  }

  @Test func `Without the tools that are gone it would be refused`() throws {
    try expectNeeded("name") { body in
      let offered = body["tools"]?.array?.filter { $0["description"] != "Not available now." }
      body.set("tools", .array(offered ?? []))
    }
  }

  @Test func `With results behind words it would be refused`() throws {
    try expectNeeded("answers") { body in
      let messages = body["messages"]?.array?.map { message in
        var message = message
        message.set("content", .array((message["content"]?.array ?? []).reversed()))
        return message
      }
      body.set("messages", .array(messages ?? []))
    }
  }

  @Test func `With neighbours apart it would be refused`() throws {
    try expectNeeded("is not") { body in
      let messages = body["messages"]?.array?.flatMap { message in
        (message["content"]?.array ?? []).map { block -> JSON in
          ["role": message["role"] ?? nil, "content": [block]]
        }
      }
      body.set("messages", .array(messages ?? []))
    }
  }

  @Test(arguments: [
    ("control characters", "a\u{0}"), ("blank", " \n"),
  ]) func `With text as it came it would be refused`(words: String, raw: String) throws {
    try expectNeeded(words) { body in
      body.mapBlocks { block in
        var block = block
        // What the guard has made of the text.
        if block["type"] == "text", block["text"] == "ab" { block.set("text", .string(raw)) }
        return [block]
      }
    }
  }

  @Test func `With a thought at the end it would be refused`() throws {
    let signature = RequestRules.signature(RandomHistory.model, RandomHistory.from)
    try expectNeeded("ends with a thought") { body in
      body.mapBlocks { block in
        guard block["type"] == "fallback" else { return [block] }
        return [block, ["type": "redacted_thinking", "data": .string(signature)]]
      }
    }
  }
}

extension JSON {
  /// Puts others in the place of each block of a request's messages.
  fileprivate mutating func mapBlocks(_ transform: (JSON) -> [JSON]) {
    let messages = self["messages"]?.array?.map { message in
      var message = message
      message.set("content", .array((message["content"]?.array ?? []).flatMap(transform)))
      return message
    }
    set("messages", .array(messages ?? []))
  }
}
