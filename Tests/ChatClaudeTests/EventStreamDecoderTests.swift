import Testing

@testable import ChatClaude

@Suite struct EventStreamDecoderTests {
  typealias Event = EventStreamDecoder.Event

  static func event(_ name: String?, _ data: String = "") -> Event {
    Event(name: name, data: Array(data.utf8))
  }

  /// The events of the pieces, decoded one after the other.
  static func decode(_ pieces: [[UInt8]], byteLimit: Int = 1 << 20) throws -> [Event] {
    var decoder = EventStreamDecoder(byteLimit: byteLimit)
    var events: [Event] = []
    for piece in pieces { try decoder.decode(piece) { events.append($0) } }
    return events
  }

  static func decode(_ text: String) throws -> [Event] { try decode([Array(text.utf8)]) }

  @Test func `An event is its name and its data`() throws {
    #expect(try Self.decode("event: ping\ndata: {}\n\n") == [Self.event("ping", "{}")])
  }

  @Test func `Events follow one another`() throws {
    let events = try Self.decode("event: a\ndata: 1\n\nevent: b\ndata: 2\n\n\n\n")
    #expect(events == [Self.event("a", "1"), Self.event("b", "2")])
  }

  @Test func `Data needs no name and a name no data`() throws {
    #expect(try Self.decode("data: 1\n\nevent: b\n\n") == [Self.event(nil, "1"), Self.event("b")])
  }

  @Test func `Data of several lines is joined by line feeds`() throws {
    let events = try Self.decode("data: {\ndata:\ndata:  \"a\"\ndata\ndata: }\n\n")
    #expect(events == [Self.event(nil, "{\n\n \"a\"\n\n}")])
  }

  @Test func `Empty data is data`() throws {
    #expect(try Self.decode("data\n\ndata:\n\n") == [Self.event(nil), Self.event(nil)])
  }

  @Test(arguments: ["\n", "\r", "\r\n"]) func `Lines end in three ways`(end: String) throws {
    let lines = ["event: a", "data: 1", "data: 2", "", "event: b", "data: 3", "", ""]
    let events = try Self.decode(lines.joined(separator: end))
    #expect(events == [Self.event("a", "1\n2"), Self.event("b", "3")])
  }

  @Test func `Ends of lines may be mixed, and split`() throws {
    let text = "event: a\rdata: 1\r\n\r\ndata: 2\n\r\ndata: 3\r\r"
    let expected = [Self.event("a", "1"), Self.event(nil, "2"), Self.event(nil, "3")]
    #expect(try Self.decode(text) == expected)
    #expect(try Self.decode(text.utf8.map { [$0] }) == expected)
  }

  @Test func `Comments and other fields mean nothing`() throws {
    let events = try Self.decode(": hello\n\n:\nid: 7\nretry: 5\nother: x\n data: y\ndata: 1\n\n")
    #expect(events == [Self.event(nil, "1")])
  }

  @Test func `One space behind the colon belongs to it`() throws {
    let events = try Self.decode("event:a\ndata:  1 \n\n")
    #expect(events == [Self.event("a", " 1 ")])
  }

  @Test func `A byte order mark ahead is skipped, and no other`() throws {
    let events = try Self.decode("\u{FEFF}data: \u{FEFF}1\n\n\u{FEFF}data: 2\n\n")
    #expect(events == [Self.event(nil, "\u{FEFF}1")])
    let split = try Self.decode("\u{FEFF}data: 1\n\n".utf8.map { [$0] })
    #expect(split == [Self.event(nil, "1")])
  }

  @Test func `Line separators of Unicode end no line`() throws {
    let data = "a\u{2028}b\u{2029}c\u{85}d\u{0}e"
    #expect(try Self.decode("data: \(data)\n\n") == [Self.event(nil, data)])
  }

  @Test func `What the end cuts off does not count`() throws {
    #expect(try Self.decode("data: 1\n\ndata: 2\n") == [Self.event(nil, "1")])
    #expect(try Self.decode("data: 1") == [])
  }

  @Test func `A name does not outlive its event`() throws {
    #expect(try Self.decode("event: a\n\ndata: 1\n\n") == [Self.event("a"), Self.event(nil, "1")])
  }

  @Test func `A line that is too long is refused before it ends`() throws {
    let line = Array(repeating: UInt8(ascii: "a"), count: 60)
    #expect(throws: EventStreamDecoder.TooLong.self) {
      try Self.decode([line, line], byteLimit: 100)
    }
    #expect(try Self.decode([line], byteLimit: 100) == [])
  }

  @Test func `An event that is too long is refused whatever its lines are`() throws {
    let line = Array("data: 123456789\n".utf8)
    #expect(throws: EventStreamDecoder.TooLong.self) {
      try Self.decode(Array(repeating: line, count: 12), byteLimit: 100)
    }
    let event = line + [UInt8(ascii: "\n")]
    #expect(try Self.decode(Array(repeating: event, count: 12), byteLimit: 100).count == 12)
  }

  @Test func `What the listener throws comes through`() {
    struct Stop: Error {}
    var decoder = EventStreamDecoder()
    #expect(throws: Stop.self) {
      try decoder.decode(Array("data: 1\n\n".utf8)) { _ in throw Stop() }
    }
  }
}
