import ChatCore
import ChildProtocol
import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import ChatChildren

/// The golden transcripts are what this chatd writes and takes, byte for byte.
@Suite struct GoldenTranscriptTests {
  private static let names = ["parrot", "powers", "memory"]

  /// What chatd would write to say what `frame` says: encoded anew by what encodes its frames.
  private func written(_ frame: String) throws -> String {
    let message = try RPCMessage(parsing: frame.utf8)
    return String(decoding: try bytes(of: message), as: UTF8.self)
  }

  private func bytes(of message: RPCMessage) throws -> [UInt8] {
    switch message {
    case .request(let id, let method, let params):
      return try request(try #require(id.int), method, params)
    case .notification(let method, let params):
      #expect(method == "cancel", "chatd has no other notification")
      return ChatdFrame.cancel(id: try #require(params["id"]?.int))
    case .result(let id, let value):
      let value = try entries(in: value)
      return RPCMessage.result(id: id) { $0.value(value) }
    case .failure(let id, let failure):
      return RPCMessage.failure(id: id, failure)
    }
  }

  private func request(_ id: Int64, _ method: String, _ params: JSON) throws -> [UInt8] {
    func duration(_ name: String) throws -> Duration {
      .milliseconds(try #require(params[name]?.int))
    }
    switch method {
    case "initialize":
      return ChatdFrame.initialize(
        id: id, child: ChildID(try #require(params["child_id"]?.string)),
        generation: try #require(params["generation"]?.int), state: params["state"],
        config: try #require(params["config"]), version: try #require(params["chatd"]?.string))
    case "ping": return ChatdFrame.ping(id: id)
    case "shutdown":
      return ChatdFrame.shutdown(
        id: id, deadline: try duration("deadline_ms"),
        reason: try #require(params["reason"]?.string))
    case "message":
      let entries = try params["context"]?.array?.map { try Entry($0).json }
      let (head, tail) = ChatdFrame.message(
        id: id, attempt: Int(try #require(params["attempt"]?.int)),
        deadline: try duration("deadline_ms"), context: entries.map { $0[...] })
      return head + (try Entry(try #require(params["message"])).json) + tail
    case "tools/call": return RPCMessage.request(id: id, method: "tools/call") { $0.value(params) }
    case "actor/call": return RPCMessage.request(id: id, method: "actor/call") { $0.value(params) }
    default:
      // One that this chatd does not know, so that children see that such may come.
      #expect(method == "weather/forecast")
      return RPCMessage.request(id: id, method: "weather/forecast") { $0.value(params) }
    }
  }

  /// A result with every entry in it written by what writes entries.
  private func entries(in value: JSON) throws -> JSON {
    if value["type"] != nil { return try JSON(parsing: try Entry(value).json) }
    guard let messages = value["messages"]?.array else { return value }
    return ["messages": .array(try messages.map { try JSON(parsing: try Entry($0).json) })]
  }

  @Test(arguments: names)
  func `chatd's side is what the encoder writes`(name: String) throws {
    let frames = try GoldenTranscript(name).frames(of: .chatd)
    #expect(frames.count >= 5)
    for frame in frames {
      #expect(Array(try written(frame).utf8) == Array(frame.utf8), "\(frame)")
    }
  }

  /// A transcript with any other order, spacing or escape would be noticed.
  @Test func `a frame that is written otherwise is told`() throws {
    for frame in [
      #"{"id":1,"jsonrpc":"2.0","method":"ping","params":{}}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{ }}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"\u0070ing","params":{}}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"later":1}}"#,
    ] {
      #expect(try written(frame) != frame)
    }
  }

  @Test(arguments: names)
  func `the child's side is taken, however it is cut`(name: String) throws {
    let frames = try GoldenTranscript(name).frames(of: .child)
    let stream = frames.flatMap { Frame.encode($0.utf8) }
    for size in [1, 3, 64, stream.count] {
      var taken: [String] = []
      let channel = EmbeddedChannel()
      try channel.pipeline.syncOperations.addHandler(
        FrameReader(connected: .closed) { event in
          if case .frame(.whole(let bytes)) = event {
            taken.append(String(decoding: bytes, as: UTF8.self))
          }
        })
      for start in stride(from: 0, to: stream.count, by: size) {
        let piece = stream[start..<min(start + size, stream.count)]
        try channel.writeInbound(ByteBuffer(bytes: piece))
      }
      #expect(taken == frames)
      _ = try channel.finish()
    }
    for frame in frames {
      let again: [UInt8] =
        switch try RPCMessage(parsing: frame.utf8) {
        case .result(let id, let value): RPCMessage.result(id: id) { $0.value(value) }
        case .failure(let id, let failure): RPCMessage.failure(id: id, failure)
        case .request, .notification: try JSON(parsing: frame.utf8).bytes
        }
      #expect(again == Array(frame.utf8), "\(frame)")
    }
  }

  @Test func `what the child answers to a message is a reply, a silence or a failure`() throws {
    var asked: Set<Int64> = []
    var readings: [String] = []
    for line in try GoldenTranscript("powers").lines {
      switch (line.side, try RPCMessage(parsing: line.text.utf8)) {
      case (.chatd, .request(let id, "message", _)): asked.insert(try #require(id.int))
      case (.child, .result(let id, let value)) where asked.contains(id.int ?? 0):
        switch ReplyContent.read(value) {
        case .reply(let content): readings.append(content.text ?? "")
        case .declined: readings.append("declined")
        case .unusable(let reason): Issue.record("\(reason)")
        }
      case (.child, .failure(let id, let failure)) where asked.contains(id.int ?? 0):
        readings.append(failure.message)
      default: break
      }
    }
    #expect(readings == ["📌 noted", "declined", "the pencil broke"])
  }

  @Test(arguments: GoldenTranscript.Side.allCases)
  func `the stream in hexadecimal is the session's`(side: GoldenTranscript.Side) throws {
    let stream = try GoldenTranscript.stream("parrot", from: side)
    let frames = try GoldenTranscript("parrot").frames(of: side)
    #expect(stream == frames.flatMap { Frame.encode($0.utf8) })
    let channel = EmbeddedChannel()
    for frame in frames { channel.writeFrame(Array(frame.utf8)) }
    var written: [UInt8] = []
    while let buffer = try channel.readOutbound(as: ByteBuffer.self) {
      written += Array(buffer.readableBytesView)
    }
    #expect(written == stream)
    _ = try channel.finish()
  }
}
