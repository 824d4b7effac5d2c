import ChildProtocol
import TestSupport
import Testing

@testable import ChatCore

@Suite struct EntryJSONTests {
  private static let time = Timestamp(milliseconds: 1_795_341_600_123)

  private static var message: Message {
    var message = Message(
      id: EntryID("m1"), parent: nil, thread: .main, createdAt: time, role: .user,
      content: "hé \"", status: .queued)
    message.seq = 12
    return message
  }

  private static var rollup: Rollup {
    var rollup = Rollup(
      id: EntryID("r1"), parent: EntryID("m1"), thread: ThreadID("t"), createdAt: time,
      originalMessageID: EntryID("m1"),
      responses: [
        ChildResponse(
          child: ChildID("sentiment"), messageID: EntryID("c1"), status: .replied, text: "good",
          html: "<b>", data: ["n": .number("1.0")], latency: .microseconds(3200), attempt: 1,
          generation: 4),
        ChildResponse(
          child: ChildID("slow"), messageID: EntryID("c2"), status: .timedOut,
          reason: "it was slow",
          late: true, latency: .seconds(5), attempt: 2),
      ])
    rollup.seq = 13
    return rollup
  }

  private func text(_ entry: Entry) -> String { String(decoding: entry.json, as: UTF8.self) }

  @Test func `A message has the contract's shape`() {
    #expect(
      text(.message(Self.message)) == #"{"type":"Message","id":"m1","parent":null,"thread":"main","#
        + #""seq":12,"created_at":"2026-11-22T10:00:00.123Z","role":"user","content":"hé \"","#
        + #""to":null,"author":null,"status":"queued","error":null,"#
        + #""model":null,"stop_reason":null,"usage":null}"#)
  }

  @Test func `A message with everything in it has the contract's shape`() {
    var message = Message(
      id: EntryID("m2"), parent: EntryID("m1"), thread: .main, createdAt: Self.time,
      role: .assistant, content: "", to: [ChildID("a"), ChildID("b")], author: ChildID("c"),
      status: .failed)
    message.seq = 14
    message.error = "no"
    message.model = "model-1"
    message.stopReason = "end_turn"
    message.usage = Message.Usage(inputTokens: 7, outputTokens: 2, cacheReadInputTokens: 0)
    #expect(
      text(.message(message)) == #"{"type":"Message","id":"m2","parent":"m1","thread":"main","#
        + #""seq":14,"created_at":"2026-11-22T10:00:00.123Z","role":"assistant","content":"","#
        + #""to":["a","b"],"author":"c","status":"failed","error":"no","#
        + #""model":"model-1","stop_reason":"end_turn","usage":{"input_tokens":7,"#
        + #""output_tokens":2,"cache_creation_input_tokens":null,"cache_read_input_tokens":0}}"#)
  }

  @Test func `What a child has posted has its html and data behind it, and comes back whole`()
    throws
  {
    var message = Self.message
    (message.author, message.html, message.data) = (ChildID("c"), "<b>", ["n": nil])
    #expect(text(.message(message)).hasSuffix(#","usage":null,"html":"<b>","data":{"n":null}}"#))
    #expect(try Entry(JSON(parsing: Entry.message(message).json)) == .message(message))
  }

  @Test func `A rollup has the contract's shape`() {
    #expect(
      text(.rollup(Self.rollup)) == #"{"type":"Rollup","id":"r1","parent":"m1","thread":"t","#
        + #""seq":13,"created_at":"2026-11-22T10:00:00.123Z","original_message_id":"m1","#
        + #""child_responses":[{"child_id":"sentiment","message_id":"c1","status":"replied","#
        + #""reason":null,"late":false,"text":"good","html":"<b>","data":{"n":1.0},"#
        + #""latency_ms":3.200,"attempt":1,"generation":4},"#
        + #"{"child_id":"slow","message_id":"c2","status":"timed_out","#
        + #""reason":"it was slow","late":true,"text":null,"html":null,"data":null,"#
        + #""latency_ms":5000,"attempt":2,"generation":0}]}"#)
  }

  @Test func `A tool round has the contract's shape`() {
    var round = ToolRound(
      id: EntryID("t1"), parent: EntryID("r1"), thread: .main, createdAt: Self.time,
      originalMessageID: EntryID("m1"),
      calls: [
        ToolCall(
          callID: "x", child: ChildID("calculator"), tool: "calculate", arguments: ["a": 1],
          status: .done, content: [["type": "text"]], latency: .microseconds(2100))
      ])
    round.seq = 14
    #expect(
      text(.toolRound(round)) == #"{"type":"ToolRound","id":"t1","parent":"r1","thread":"main","#
        + #""seq":14,"created_at":"2026-11-22T10:00:00.123Z","original_message_id":"m1","#
        + #""calls":[{"call_id":"x","child_id":"calculator","tool":"calculate","#
        + #""arguments":{"a":1},"status":"done","reason":null,"#
        + #""content":[{"type":"text"}],"latency_ms":2.100}]}"#)
  }

  @Test func `Every word of the contract is there and no other`() {
    #expect(
      Message.Status.allCases.map(\.rawValue) == [
        "queued", "streaming", "complete", "stopped", "interrupted", "failed",
      ])
    #expect(Message.Role.allCases.map(\.rawValue) == ["user", "assistant"])
    #expect(
      ChildResponse.Status.allCases.map(\.rawValue) == [
        "replied", "declined", "failed", "timed_out", "crashed", "skipped",
      ])
    #expect(
      ToolCall.Status.allCases.map(\.rawValue) == [
        "waiting", "running", "done", "failed", "timed_out", "refused",
      ])
  }

  @Test(arguments: 0..<16 as Range<UInt64>)
  func `What was written is read back as it was`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      let entry = Entry.random(using: &generator)
      #expect(try Entry(JSON(parsing: entry.json)) == entry)
    }
  }

  @Test(arguments: [
    ("seq", "\"1\"", "a whole number"), ("type", "\"Other\"", "Message, Rollup or ToolRound"),
    ("type", "1", "a string"), ("id", "null", "a string"), ("thread", "1", "a string"),
    ("created_at", "\"yesterday\"", "a time as 2026-11-22T10:00:00.123Z"),
    ("original_message_id", "1", "a string"), ("child_responses", "{}", "an array"),
    ("parent", "null", "a string"),
  ])
  func `What is wrong is named`(member: String, value: String, expected: String) throws {
    var json = try JSON(parsing: Entry.rollup(Self.rollup).json)
    json = .object(
      try json.members.unwrapped.map {
        try $0.key == member ? .init(member, JSON(parsing: value.utf8)) : $0
      })
    #expect(throws: EntryMalformed(member: member, expected: expected)) { try Entry(json) }
    json = .object(try json.members.unwrapped.filter { $0.key != member })
    #expect(throws: EntryMalformed.self) { try Entry(json) }
  }

  @Test(arguments: [
    (#""status":"replied""#, #""status":"gone""#, "status"),
    (#""latency_ms":3.200"#, #""latency_ms":1e300"#, "latency_ms"),
    (#""attempt":1"#, #""attempt":1.5"#, "attempt"),
    (#""generation":4"#, #""generation":"4""#, "generation"),
    (#""child_id":"sentiment""#, #""child_id":null"#, "child_id"),
    (#""message_id":"c1""#, #""message_id":{}"#, "message_id"),
  ])
  func `What is wrong in a response is named`(old: String, new: String, member: String) throws {
    let json = try JSON(parsing: text(.rollup(Self.rollup)).replacing(old, with: new).utf8)
    #expect { try Entry(json) } throws: {
      ($0 as? EntryMalformed)?.member == "child_responses[0].\(member)"
    }
  }

  @Test func `What is no object is no entry`() {
    for json in [JSON.null, [], 1, "x", [:]] {
      #expect(throws: EntryMalformed.self) { try Entry(json) }
    }
  }

  @Test(arguments: [
    (0, "0"), (1, "0.001"), (999, "0.999"), (1000, "1"), (1010, "1.010"), (3200, "3.200"),
    (5_000_000, "5000"), (-1, "-0.001"), (-1500, "-1.500"), (-2000, "-2"),
  ])
  func `A latency is milliseconds to the microsecond`(microseconds: Int64, text: String) {
    #expect(Duration.microseconds(microseconds).json == .number(text))
  }

  @Test func `A thread has the contract's shape`() {
    var thread = ChatThread(
      id: ThreadID("t"), title: "T", createdAt: Self.time, head: EntryID("m"), model: "x",
      system: "y", muted: [ChildID("b"), ChildID("a")], readSeq: 3, deletedAt: Self.time)
    (thread.maxTokens, thread.maxToolRounds) = (5, 0)
    (thread.seq, thread.lastSeq) = (9, 8)
    var writer = JSONWriter()
    thread.write(to: &writer)
    #expect(
      String(decoding: writer.bytes, as: UTF8.self)
        == #"{"id":"t","title":"T","created_at":"2026-11-22T10:00:00.123Z","head":"m","#
        + #""model":"x","system":"y","max_tokens":5,"max_tool_rounds":0,"muted":["a","b"],"read_seq":3,"#
        + #""last_seq":8,"deleted_at":"2026-11-22T10:00:00.123Z","seq":9}"#)
  }
}
