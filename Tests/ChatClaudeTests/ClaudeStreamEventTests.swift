import ChatCore
import ChildProtocol
import Testing

@testable import ChatClaude

@Suite struct ClaudeStreamEventTests {
  private func read(_ name: String?, _ data: String) throws -> ClaudeStreamEvent {
    try ClaudeStreamEvent(EventStreamDecoderTests.event(name, data))
  }

  /// An event whose data says its type, as all of the API's do.
  private func read(typed data: String) throws -> ClaudeStreamEvent { try read(nil, data) }

  @Test func `The start tells the model and the input's tokens`() throws {
    let event = try read(
      "message_start",
      #"""
      {"type":"message_start","message":{"model":"m","content":[],"usage":{"input_tokens":11,
      "cache_creation_input_tokens":2,"cache_read_input_tokens":3,"output_tokens":1}}}
      """#)
    let usage = Message.Usage(
      inputTokens: 11, outputTokens: 1, cacheCreationInputTokens: 2, cacheReadInputTokens: 3)
    #expect(event == .start(model: "m", usage))
    #expect(try read("message_start", "{}") == .start(model: nil, Message.Usage()))
  }

  @Test func `Text comes in deltas, and may come with its block`() throws {
    #expect(
      try read(
        "content_block_delta",
        #"{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"Hi"}}"#)
        == .text("Hi", index: 3))
    #expect(
      try read("content_block_start", #"{"index":1,"content_block":{"type":"text","text":"Hi"}}"#)
        == .blockStart(["type": "text", "text": "Hi"], index: 1))
  }

  @Test(arguments: [
    #"{"type":"thinking_delta","thinking":"hm"}"#, #"{"type":"signature_delta","signature":"x"}"#,
    #"{"type":"input_json_delta","partial_json":"{}"}"#, #"{"type":"new_delta","text":"x"}"#,
    #"{"type":"text_delta","text":7}"#, "{}", "7",
  ]) func `What is no text is a piece of its block`(delta: String) throws {
    #expect(
      try read("content_block_delta", #"{"index":2,"delta":\#(delta)}"#)
        == .blockDelta(JSON(parsing: delta.utf8), index: 2))
  }

  @Test func `The end tells the stop reason, and why the model refused`() throws {
    let event = try read(
      "message_delta",
      #"""
      {"delta":{"stop_reason":"refusal","stop_details":{"explanation":"no"}},
      "usage":{"output_tokens":0}}
      """#)
    #expect(
      event
        == .end(stopReason: "refusal", explanation: "no", Message.Usage(outputTokens: 0)))
    #expect(
      try read("message_delta", #"{"delta":{"stop_reason":null}}"#)
        == .end(stopReason: nil, explanation: nil, Message.Usage()))
  }

  @Test func `An error needs neither fields nor JSON`() throws {
    #expect(
      try read("error", #"{"error":{"type":"overloaded_error","message":"Overloaded"}}"#)
        == .error(type: "overloaded_error", message: "Overloaded"))
    #expect(
      try read("error", "{}") == .error(type: "error", message: "an error without a message"))
    #expect(try read("error", "bad\ngateway") == .error(type: "error", message: "bad gateway"))
  }

  @Test func `An event without a name goes by its data's type`() throws {
    #expect(try read(typed: #"{"type":"message_stop"}"#) == .stop)
    #expect(try read(typed: #"{"type":"ping"}"#) == .other)
    #expect(try read(typed: "[DONE]") == .other)
    #expect(try read(typed: "[]") == .other)
  }

  @Test func `What is not known is passed over, whatever is in it`() throws {
    #expect(try read("ping", #"{"type": "ping"}"#) == .other)
    #expect(try read("weather_report", "{{{") == .other)
  }

  @Test func `A block begins and ends by its number, where it has one`() throws {
    #expect(try read("content_block_stop", #"{"index":7}"#) == .blockStop(index: 7))
    #expect(try read("content_block_stop", "{}") == .blockStop())
    #expect(try read("content_block_start", #"{"index":-1.5}"#) == .blockStart([:]))
    #expect(try read("content_block_delta", "{}") == .blockDelta([:]))
  }

  @Test func `A known event that can't be read is named`() {
    #expect(throws: ClaudeError.unreadable("the event message_delta is not JSON: {,")) {
      try read("message_delta", "{,")
    }
    #expect(throws: ClaudeError.self) { try read("content_block_delta", "") }
  }

  @Test func `Half a surrogate pair becomes a replacement character`() throws {
    #expect(
      try read(
        "content_block_delta", #"{"delta":{"type":"text_delta","text":"\ud83d!"}}"#)
        == .text("\u{FFFD}!"))
  }
}
