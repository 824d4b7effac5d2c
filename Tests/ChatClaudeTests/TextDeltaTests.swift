import TestSupport
import Testing

@testable import ChatClaude

@Suite struct TextDeltaTests {
  private static let pieces = [
    "Hi", "", " ", "漢字", "👩‍👩‍👧", "e\u{301}", "\u{2028}", #"\n"#, #"\""#, #"\ud83d\ude42"#, #"\ud83d"#,
    "\u{7F}", "{", "}", "[", ":", ",", "'", "/", "0",
  ]
  private static let spaces = ["", "", "", " ", "       ", "\n", "\t\r"]
  private static let indices = [
    "0", "0", "7", "12", "01", "-1", "1.0", "1e1", "123456789", "12345678901",
  ]

  /// An event's data, mostly as the API writes it.
  private static func data(_ generator: inout SeededGenerator) -> [UInt8] {
    func any(_ list: [String]) -> String { list.randomElement(using: &generator) ?? "" }
    let text = (0..<Int.random(in: 0...4, using: &generator)).map { _ in any(pieces) }.joined()
    let more = any(["", "", "", "", #","text":"again""#, #","p":"abc""#, any(spaces)])
    return Array(
      (#"{"type":"content_block_delta","index":\#(any(indices)),"delta":{"type":"text_delta","#
        + #""text":"\#(text)"\#(more)}\#(any(spaces))}\#(any(spaces))"#).utf8)
  }

  private static func damage(_ data: inout [UInt8], _ generator: inout SeededGenerator) {
    for _ in 0..<Int.random(in: 0...2, using: &generator) where !data.isEmpty {
      let place = Int.random(in: data.indices, using: &generator)
      switch Int.random(in: 0...3, using: &generator) {
      case 0: data[place] = UInt8.random(in: 0...255, using: &generator)
      case 1: data.remove(at: place)
      case 2: data.insert(data[place], at: place)
      default: data.removeSubrange(place...)
      }
    }
  }

  @Test func `It means what the parser takes it for, whatever comes`() {
    var plainCount = 0
    for seed in 0..<4_000 {
      var generator = SeededGenerator(seed: UInt64(seed))
      var data = Self.data(&generator)
      if seed.isMultiple(of: 2) { Self.damage(&data, &generator) }
      for name in ["content_block_delta", nil] {
        let event = EventStreamDecoder.Event(name: name, data: data)
        let read = Result { () throws(ClaudeError) in try ClaudeStreamEvent(event) }
        let parsed = Result { () throws(ClaudeError) in try ClaudeStreamEvent.parsed(event) }
        #expect(read == parsed, "seed \(seed)")
      }
      if TextDelta(data) != nil { plainCount += 1 }
    }
    #expect(plainCount > 200, "what the API writes is read without the parser")
  }

  @Test func `What the API writes is read without the parser`() {
    for end in ["}}", "}            }", "}}\n"] {
      let data =
        #"{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"Hé, 漢""#
      let delta = TextDelta(Array((data + end).utf8))
      #expect(delta?.text == "Hé, 漢")
      #expect(delta?.index == 3)
    }
  }

  @Test func `Only an event of that name is one`() throws {
    let data =
      #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#
    #expect(
      try ClaudeStreamEvent(EventStreamDecoderTests.event("message_stop", data)) == .stop)
    #expect(
      try ClaudeStreamEvent(EventStreamDecoderTests.event(nil, data)) == .text("Hi", index: 0))
  }
}
