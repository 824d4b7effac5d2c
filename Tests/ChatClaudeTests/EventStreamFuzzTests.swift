import ChatCore
import TestSupport
import Testing

@testable import ChatClaude

@Suite struct EventStreamFuzzTests {
  /// A stream as the API writes it, and every oddity of the format besides.
  private static let stream = """
    event: message_start
    data: {"type":"message_start","message":{"model":"claude-opus-5-5","usage":{"input_tokens":11}}}

    event: content_block_start
    data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

    event: ping
    data: {"type": "ping"}

    : a comment

    event: content_block_delta
    data: {"type":"content_block_delta",
    data: "delta":{"type":"text_delta","text":"Grüße 漢字 👩‍👩‍👧 \\ud83d\\ude42\\n"}}

    event: content_block_delta
    data: {"type":"content_block_delta","index":0,
    data: "delta":{"type":"text_delta","text":"e\u{301}\u{2028}."}}

    event: message_delta
    data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},
    data: "usage":{"output_tokens":6}  }  \u{20}

    event: message_stop
    data: {"type":"message_stop"}


    """

  /// Cuts bytes into pieces at random, empty ones among them.
  private static func pieces(
    _ bytes: [UInt8], _ generator: inout SeededGenerator
  ) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = min(Int.random(in: 0...12, using: &generator), rest.count)
      pieces.append(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    return pieces
  }

  @Test(arguments: ["\n", "\r", "\r\n"]) func `Any split gives the same events`(
    end: String
  ) throws {
    let text = Self.stream.split(separator: "\n", omittingEmptySubsequences: false)
      .joined(separator: end)
    let bytes = Array(text.utf8)
    let expected = try EventStreamDecoderTests.decode([bytes])
    #expect(expected.count == 7)
    #expect(try EventStreamDecoderTests.decode(bytes.map { [$0] }) == expected)
    for seed in 0..<300 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let pieces = Self.pieces(bytes, &generator)
      #expect(try EventStreamDecoderTests.decode(pieces) == expected, "seed \(seed)")
    }
  }

  @Test func `The stream means what it says`() throws {
    var stream = ClaudeStream()
    var text = ""
    for event in try EventStreamDecoderTests.decode([Array(Self.stream.utf8)]) {
      text += try stream.receive(ClaudeStreamEvent(event)) ?? ""
    }
    #expect(text == "Grüße 漢字 👩‍👩‍👧 🙂\ne\u{301}\u{2028}.")
    let answer = try stream.answer(to: .sample)
    #expect(answer.model == "claude-opus-5-5")
    #expect(answer.usage == Message.Usage(inputTokens: 11, outputTokens: 6))
  }

  @Test func `A stream that ends anywhere is whole only with its stop reason`() throws {
    let bytes = Array(Self.stream.utf8)
    for count in 0...bytes.count {
      var stream = ClaudeStream()
      for event in try EventStreamDecoderTests.decode([Array(bytes.prefix(count))]) {
        _ = try stream.receive(ClaudeStreamEvent(event))
      }
      if stream.stopReason == nil {
        #expect(throws: ClaudeError.cutOff) { try stream.answer(to: .sample) }
      } else {
        #expect(try stream.answer(to: .sample).stopReason == "end_turn")
      }
    }
  }

  @Test func `Random bytes do no harm`() {
    for seed in 0..<500 {
      var generator = SeededGenerator(seed: UInt64(seed))
      var decoder = EventStreamDecoder(byteLimit: 64)
      var stream = ClaudeStream()
      // Bytes that mean something come often, so that the garbage gets somewhere.
      let alphabet = Array("data: event{}\"\r\n\r\n\u{FEFF}".utf8) + [0, 0xFF, 0xC3]
      let pieces = (0..<20).map { _ in
        (0..<Int.random(in: 0...30, using: &generator)).map { _ in
          alphabet.randomElement(using: &generator) ?? 0
        }
      }
      do {
        for piece in pieces {
          try decoder.decode(piece) { _ = try stream.receive(ClaudeStreamEvent($0)) }
        }
      } catch {
        #expect(error is ClaudeError || error is EventStreamDecoder.TooLong, "seed \(seed)")
      }
    }
  }

  @Test func `A stream with bytes changed does no harm`() {
    let bytes = Array(Self.stream.utf8)
    for seed in 0..<500 {
      var generator = SeededGenerator(seed: UInt64(seed))
      var bytes = bytes
      for _ in 0..<5 {
        let index = Int.random(in: bytes.indices, using: &generator)
        bytes[index] = UInt8.random(in: 0...255, using: &generator)
      }
      var decoder = EventStreamDecoder()
      var stream = ClaudeStream()
      do {
        try decoder.decode(bytes) { _ = try stream.receive(ClaudeStreamEvent($0)) }
      } catch {
        #expect(error is ClaudeError, "seed \(seed)")
      }
    }
  }
}
