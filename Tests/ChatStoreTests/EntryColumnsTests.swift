import ChatCore
import ChildProtocol
import GRDB
import Testing

@testable import ChatStore

@Suite struct EntryColumnsTests {
  /// Every kind of entry, with what is hard to keep.
  static let entries: [Entry] = {
    let said = Entry.said(
      "Grüße \u{1F3B2} \"q\" \\ \n\t\r \0 \u{1} e\u{301} \u{2028} 漢字 \u{FFFD}")
    var answer = Message(
      id: .next(at: .then), parent: said.id, thread: .main, createdAt: .then, role: .assistant,
      content: "", to: [], author: ChildID("dice"), status: .failed)
    answer.error = "no answer"
    answer.model = "model-1"
    answer.stopReason = "end_turn"
    answer.usage = .init(inputTokens: .max, outputTokens: 0, cacheReadInputTokens: 7)
    let responses = ChildResponse.Status.allCases.enumerated().map { index, status in
      ChildResponse(
        child: ChildID("child-\(index)"), messageID: .next(at: .then), status: status,
        reason: "because", late: index.isMultiple(of: 2), text: "**\(index)**",
        html: "<p class=\"a\">&amp;</p>",
        data: [
          "huge": .number("123456789012345678901234567890"), "float": .number("1.0"),
          "tiny": .number("1e-400"), "text": "\0", "deep": [[[nil, true]]],
        ], latency: .microseconds(3200 + index), attempt: 2, generation: .max)
    }
    let round = ToolRound(
      id: .next(at: .then), parent: said.id, thread: ThreadID("other"), createdAt: .then,
      originalMessageID: said.id,
      calls: ToolCall.Status.allCases.map {
        ToolCall(
          callID: "c", child: ChildID("x"), tool: "t", arguments: ["n": .number("1.50")],
          status: $0, reason: nil, content: [["type": "text", "text": "🎲"]],
          latency: .milliseconds(5))
      })
    return [said, .message(answer), .rolledUp(said), .rolledUp(said, responses), .toolRound(round)]
  }()

  /// As deep as JSON may be by itself, and so too deep inside an entry.
  static let tooDeep: ChildResponse = {
    var data = JSON.null
    for _ in 0..<JSON.depthLimit - 2 { data = [data] }
    return ChildResponse(
      child: ChildID("deep"), messageID: EntryID("r"), status: .replied, data: data)
  }()

  @Test(arguments: entries) func `What is written is read back as it was`(entry: Entry) throws {
    var entry = entry
    entry.seq = 42
    let (id, body) = (entry.id.text, try entry.body())
    let row = try DatabaseQueue().read { db in
      try #require(try Row.fetchOne(db, sql: "SELECT ?, ?", arguments: [id, body]))
    }
    #expect(try Entry(row: row) == entry)
  }

  @Test func `The columns repeat what is searched by`() {
    let said = Entry.said("x", status: .streaming, role: .assistant)
    #expect(said.typeColumn == "Message")
    #expect(said.statusColumn == "streaming")
    #expect(said.isStreaming)
    #expect(said.original == nil)
    let rollup = Entry.rolledUp(said)
    #expect(rollup.typeColumn == "Rollup")
    #expect(rollup.statusColumn == nil)
    #expect(!rollup.isStreaming)
    #expect(rollup.original == said.id)
    #expect(Self.entries[4].typeColumn == "ToolRound")
    #expect(Self.entries[4].original == Self.entries[0].id)
  }

  @Test func `What could not be read back is not written`() throws {
    let rollup = Entry.rolledUp(.said("x"), [Self.tooDeep])
    let error = try #require(throws: ChatError.self) { try rollup.body() }
    #expect(error.code == "conflict")
    #expect("\(error)".contains("at most \(JSON.depthLimit) levels"))
  }

  @Test(arguments: ["", "{", "{}", "[]", #"{"type":"Message","seq":1}"#, #"{"seq":1,"type":"X"}"#])
  func `A body that is no entry is an error that names the entry`(body: String) throws {
    let row = try DatabaseQueue().read { db in
      try #require(try Row.fetchOne(db, sql: "SELECT 'the-id', ?", arguments: [body]))
    }
    let error = try #require(throws: StoreError.self) { try Entry(row: row) }
    #expect("\(error)".contains("entry the-id: not "))
  }
}
