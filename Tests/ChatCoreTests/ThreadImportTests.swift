import ChildProtocol
import Testing

@testable import ChatCore

@Suite struct ThreadImportTests {
  private static let ids = (0..<6).map { "01a20630-dc80-7032-b307-c98ab8fe3f0\($0)" }

  private static func message(_ index: Int, after parent: Int? = nil) -> JSON {
    [
      "type": "Message", "id": .string(ids[index]),
      "parent": parent.map { .string(ids[$0]) } ?? .null, "thread": "t",
      "seq": 9, "created_at": "2026-11-22T10:00:00.123Z", "role": "user", "content": "hello",
      "to": nil, "author": nil, "status": "complete", "error": nil, "model": nil,
      "stop_reason": nil, "usage": nil,
    ]
  }

  private static func rollup(_ index: Int, after parent: Int) -> JSON {
    let responses: [JSON] = ["dice", "keeper"].map { child in
      [
        "child_id": .string(child), "message_id": .string(ids[5]), "status": "replied",
        "reason": nil, "late": false, "text": "6", "html": nil, "data": ["a": [1, 2]],
        "latency_ms": .number("3.2"), "attempt": 1, "generation": 4,
      ]
    }
    return [
      "type": "Rollup", "id": .string(ids[index]), "parent": .string(ids[parent]), "thread": "t",
      "seq": 9, "created_at": "2026-11-22T10:00:00.123Z",
      "original_message_id": .string(ids[parent]), "child_responses": .array(responses),
    ]
  }

  private static func round(_ index: Int, after parent: Int) -> JSON {
    [
      "type": "ToolRound", "id": .string(ids[index]), "parent": .string(ids[parent]),
      "thread": "t", "seq": 9, "created_at": "2026-11-22T10:00:00.123Z",
      "original_message_id": .string(ids[parent]),
      "calls": [
        [
          "call_id": "c", "child_id": "dice", "tool": "roll", "arguments": [:],
          "status": "waiting", "reason": nil, "content": [], "latency_ms": 0,
        ]
      ],
    ]
  }

  private static func document(
    _ entries: [JSON], thread: JSON = [:], queued: JSON = []
  ) -> JSON {
    let own: JSON = [
      "id": "t", "title": "T", "created_at": "2026-11-22T10:00:00.000Z",
      "head": .string(ids[0]), "model": nil, "system": "Be brief.", "muted": ["dice"],
      "read_seq": 7, "deleted_at": nil, "seq": 8,
    ]
    return [
      "format": "chatd-thread", "version": 1, "exported_at": "2026-11-22T10:00:00.123Z",
      "thread": .object((own.members ?? []) + (thread.members ?? [])), "entries": .array(entries),
      "queued": queued,
    ]
  }

  private func read(_ document: JSON) async throws -> ThreadImport {
    try await ThreadImport(parsing: document.bytes)
  }

  /// The field that a document is refused for.
  private func field(_ document: JSON) async -> String? {
    do {
      _ = try await read(document)
      return nil
    } catch let error as ChatError {
      guard case .invalid(let field, _) = error else { return "\(error)" }
      return field
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [(ImportReading.entryByteLimit + 1, true), (100, false)])
  func `An entry that is too long is refused before it is read`(byteCount: Int, isTooLong: Bool) {
    var reading = ImportReading(thread: ThreadID("t"))
    let error = #expect(throws: ChatError.self) {
      try reading.take(Array(repeating: UInt8(ascii: " "), count: byteCount)[...])
    }
    #expect((error?.description.contains("at most 16777216 bytes") == true) == isTooLong)
  }

  @Test func `A thread comes without what belongs to the place it comes from`() async throws {
    let new = try await read(Self.document([Self.message(0)]))
    #expect(new.thread.id.text == "t" && new.thread.title == "T")
    #expect(new.thread.system == "Be brief." && new.thread.muted == [ChildID("dice")])
    #expect(new.thread.head?.text == Self.ids[0])
    #expect(new.thread.createdAt.description == "2026-11-22T10:00:00.000Z")
    let limited = try await read(
      Self.document([Self.message(0)], thread: ["max_tokens": 9, "max_tool_rounds": 0]))
    #expect(limited.thread.maxTokens == 9 && limited.thread.maxToolRounds == 0)
    #expect(new.thread.maxTokens == nil && new.thread.maxToolRounds == nil)
    #expect(new.thread.readSeq == 0 && new.thread.seq == 0 && new.thread.deletedAt == nil)
    #expect(new.items.map(\.entry.seq) == [0])
  }

  @Test func `What waited is skipped, what was under way is broken off`() async throws {
    let queued = Self.message(1).with("status", "queued")
    let streaming = Self.message(2, after: 0).with("status", "streaming")
      .with("role", "assistant")
    let new = try await read(
      Self.document(
        [Self.message(0), queued, streaming, Self.round(3, after: 2)], queued: [queued, queued]))
    #expect(new.skippedCount == 3)
    #expect(new.items.map(\.place) == ["entries[0]", "entries[2]", "entries[3]"])
    #expect(new.items[1].entry.message?.status == .interrupted)
    #expect(new.items[1].entry.message?.error != nil)
    guard case .toolRound(let round) = new.items[2].entry else {
      Issue.record("no round")
      return
    }
    #expect(round.calls[0].status == .failed && round.calls[0].reason != nil)
  }

  @Test func `Each comes behind its parent, whatever the order`() async throws {
    let new = try await read(
      Self.document([
        Self.rollup(3, after: 2), Self.message(2, after: 1), Self.message(4, after: 0),
        Self.message(0), Self.message(1, after: 0), Self.message(5),
      ]))
    #expect(new.items.map(\.entry.id.text) == [0, 1, 2, 3, 4, 5].map { Self.ids[$0] })
    #expect(new.items.map(\.place).first == "entries[3]")
  }

  @Test(arguments: [
    ([0: 0], "entries[0].parent"), ([0: 1, 1: 0], "entries[1].parent"),
    ([0: 1, 1: 2, 2: 1], "entries[2].parent"), ([2: 4, 3: 2, 4: 3], "entries[3].parent"),
  ])
  func `What is its own ancestor is refused`(parents: [Int: Int], place: String) async {
    let entries = (0..<5).map { Self.message($0, after: parents[$0]) }
    #expect(await field(Self.document(entries)) == place)
  }

  @Test(
    arguments: [
      ("id", "x"), ("id", 7), ("id", nil), ("id", "01A20630-DC80-7032-B307-C98AB8FE3F01"),
      ("id", "01a20630-dc80-7032-b307-c98ab8fe3f0/"), ("parent", "../.."), ("parent", 7),
      ("parent", [:]), ("thread", "main"), ("thread", nil), ("type", "Note"),
      ("created_at", "yesterday"), ("created_at", "2026-02-30T10:00:00.123Z"), ("role", "system"),
      ("content", nil), ("content", 5), ("to", "dice"), ("to", [1]), ("to", ["Dice"]),
      ("to", [".."]), ("author", "a b"), ("author", 1), ("status", "done"), ("error", 1),
      ("model", []), ("stop_reason", false), ("usage", 3), ("html", 1),
      ("context_from", 7), ("context_from", "x"),
      ("content", .string(String(repeating: "x", count: 256 << 10 + 1))),
    ] as [(String, JSON)])
  func `A message that is not as expected is named`(member: String, value: JSON) async {
    let bad = Self.message(1, after: 0).with(member, value)
    let field = await field(Self.document([Self.message(0), bad]))
    #expect(field?.hasPrefix("entries[1].\(member)") == true)
    #expect(await self.field(Self.document([Self.message(0), Self.message(1, after: 0)])) == nil)
  }

  @Test(
    arguments: [
      ("child_id", "Dice"), ("child_id", "dice"), ("message_id", "x"), ("status", "late"),
      ("late", "no"), ("text", 1), ("attempt", 9_223_372_036_854_775_807), ("attempt", -1),
      ("generation", -1), ("generation", 9_007_199_254_740_993), ("latency_ms", "3"),
      ("latency_ms", .number("1e300")),
    ] as [(String, JSON)])
  func `A response that is not as expected is named`(member: String, value: JSON) async {
    var responses = Self.rollup(1, after: 0)["child_responses"]?.array ?? []
    responses[1] = responses[1].with(member, value)
    let bad = Self.rollup(1, after: 0).with("child_responses", .array(responses))
    let field = await field(Self.document([Self.message(0), bad])) ?? "none"
    #expect(field == "entries[1].child_responses[1].\(member)")
  }

  @Test(
    arguments: [
      ("id", ""), ("id", "a/b"), ("id", "a\0"), ("id", nil), ("id", 1), ("title", 7),
      ("title", .string(String(repeating: "x", count: 1025))), ("created_at", "now"),
      ("created_at", nil), ("muted", "dice"), ("muted", [1]), ("muted", ["A"]), ("head", 1),
      ("model", []), ("system", [:]), ("max_tokens", 0), ("max_tokens", "9"),
      ("max_tokens", 10_000_001), ("max_tool_rounds", -1), ("max_tool_rounds", 101),
    ] as [(String, JSON)])
  func `A thread that is not as expected is named`(member: String, value: JSON) async {
    let document = Self.document([], thread: .object([.init(member, value)]))
    #expect(await field(document) == "thread.\(member)")
  }

  @Test(
    arguments: [
      ("format", "other", "format"), ("format", nil, "format"), ("version", 2, "version"),
      ("version", "1", "version"), ("thread", [], "thread"), ("entries", [:], "entries"),
      ("entries", 7, "entries"), ("queued", [:], "queued"),
    ] as [(String, JSON, String)])
  func `A document of another kind is refused`(
    member: String, value: JSON, place: String
  ) async {
    #expect(await field(Self.document([]).with(member, value)) == place)
  }

  @Test(arguments: ["format", "version", "thread", "entries"])
  func `What is missing is named`(member: String) async {
    let whole = Self.document([Self.message(0)])
    #expect(await field(.object((whole.members ?? []).filter { $0.key != member })) == member)
    // What else there is does not matter, nor that nothing waited.
    let more = (whole.members ?? []).filter { $0.key != "queued" } + [.init("more", [1])]
    #expect(await field(.object(more)) == nil)
  }

  @Test func `A message has one rollup`() async {
    let entries = [Self.message(0), Self.rollup(1, after: 0), Self.rollup(2, after: 0)]
    #expect(await field(Self.document(entries)) == "entries[2].original_message_id")
    #expect(await field(Self.document(entries.dropLast())) == nil)
  }

  @Test func `Only what stands on a person's side can be a child's`() async {
    let answer = Self.message(1, after: 0).with("role", "assistant")
    let posed = Self.document([Self.message(0), answer.with("author", "dice")])
    #expect(await field(posed) == "entries[1].author")
    #expect(await field(Self.document([Self.message(0), answer])) == nil)
  }

  @Test func `An identifier stands once`() async {
    let twice = Self.document([Self.message(0), Self.message(1), Self.message(0)])
    #expect(await field(twice) == "entries[2].id")
  }

  @Test(arguments: ["", "{", "[]", "1", #"{"format":}"#, #"{"entries":[}"#, "\u{FEFF}{}"])
  func `What is no JSON object is refused as such`(_ text: String) async {
    await #expect(throws: JSONError.self) { try await ThreadImport(parsing: Array(text.utf8)) }
  }

  @Test func `An entry that is no JSON is named`() async {
    for entry in ["nul", "{", #""x""#, "3", #"{"id":"a" "b"}"#] {
      let text =
        #"{"format":"chatd-thread","version":1,"entries":["# + entry
        + #"],"thread":{"id":"t","created_at":"2026-11-22T10:00:00.000Z"}}"#
      await #expect(throws: (any Error).self) {
        try await ThreadImport(parsing: Array(text.utf8))
      }
    }
  }

  @Test func `What is nested too deep is refused`() async {
    func nested(_ depth: Int) -> JSON {
      let data = (0..<depth).reduce(JSON.null) { value, _ in [value] }
      return Self.document([Self.message(0).with("author", "dice").with("data", data)])
    }
    #expect(await field(nested(150)) == nil)
    #expect(await field(nested(200)) == "entries[0]")
  }
}

extension JSON {
  /// The object with one member otherwise; nil: without it.
  fileprivate func with(_ name: String, _ value: JSON) -> JSON {
    let others = (members ?? []).filter { $0.key != name }
    return .object(others + [Member(name, value)])
  }
}
