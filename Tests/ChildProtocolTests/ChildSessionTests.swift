import Foundation
import Synchronization
import Testing

@testable import ChildProtocol

@Suite(.timeLimit(.minutes(1))) struct ChildSessionTests {
  private static let hello =
    #"{"jsonrpc":"2.0","id":1,"method":"message","params":"#
    + #"{"message":{"id":"m1","thread":"main","role":"user","content":"hello"},"#
    + #""attempt":2,"deadline_ms":5000}}"#

  @Test func `The child begins with what chatd tells it`() async throws {
    let started = Mutex<ChildStart?>(nil)
    let child = Puppet(beginning: { start in started.withLock { $0 = start } })
    let ending = try await endOfSession(of: child) { chatd in
      try chatd.send(
        #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocol":1,"child_id":"x","#
          + #""generation":3,"state":{"n":1},"config":{"k":"v"},"chatd":"0.1"}}"#)
      #expect(try chatd.receive() == #"{"jsonrpc":"2.0","id":1,"result":{}}"#)
    }
    #expect(ending == nil)
    let start = try #require(started.withLock { $0 })
    #expect(start.childID == "x")
    #expect(start.generation == 3)
    #expect(start.state == ["n": 1])
    #expect(start.config == ["k": "v"])
  }

  @Test(arguments: [#""state":null"#, #""generation":1"#])
  func `A child that has saved nothing has no state`(member: String) async throws {
    let states = Mutex<[JSON?]>([])
    let child = Puppet(beginning: { start in states.withLock { $0.append(start.state) } })
    _ = try await endOfSession(of: child) { chatd in
      try chatd.send(#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{\#(member)}}"#)
      _ = try chatd.receive()
    }
    #expect(states.withLock { $0 } == [nil])
  }

  @Test func `A child that can't begin says why`() async throws {
    let ending = try await endOfSession(of: Puppet(beginning: { _ in throw Trouble("no key") })) {
      chatd in
      try chatd.send(#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#)
      #expect(
        try chatd.receive()
          == #"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no key"}}"#)
    }
    #expect(ending == nil)
  }

  @Test func `A message is heard and answered`() async throws {
    let heard = Mutex<ChildMessage?>(nil)
    let child = Puppet(answering: { message, _ in
      heard.withLock { $0 = message }
      return ChildReply("a \"text\"", html: "<b>", data: ["n": .number("1.0")])
    })
    _ = try await endOfSession(of: child) { chatd in
      try chatd.send(Self.hello)
      #expect(
        try chatd.receive() == #"{"jsonrpc":"2.0","id":1,"result":"#
          + #"{"text":"a \"text\"","html":"<b>","data":{"n":1.0}}}"#)
    }
    let message = try #require(heard.withLock { $0 })
    #expect(message.id == "m1")
    #expect(message.thread == "main")
    #expect(message.role == "user")
    #expect(message.content == "hello")
    #expect(message.attempt == 2)
    #expect(message.deadline == .seconds(5))
    #expect(message.params["deadline_ms"] == 5000)
  }

  @Test func `A child that has nothing to say declines`() async throws {
    _ = try await endOfSession(of: Puppet()) { chatd in
      try chatd.send(Self.hello)
      #expect(try chatd.receive() == #"{"jsonrpc":"2.0","id":1,"result":null}"#)
    }
  }

  @Test func `A child that throws fails with its words and goes on`() async throws {
    let count = Mutex(0)
    let child = Puppet(answering: { _, _ in
      switch count.withLock({
        $0 += 1
        return $0
      }) {
      case 1: throw Trouble("out of dice")
      case 2: throw RPCFailure(code: -32601, message: "not mine")
      default: return ChildReply("here")
      }
    })
    let ending = try await endOfSession(of: child) { chatd in
      try chatd.send(Self.hello)
      #expect(
        try chatd.receive()
          == #"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"out of dice"}}"#)
      try chatd.send(Self.hello)
      #expect(
        try chatd.receive()
          == #"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"not mine"}}"#)
      try chatd.send(Self.hello)
      #expect(try chatd.receive() == #"{"jsonrpc":"2.0","id":1,"result":{"text":"here"}}"#)
    }
    #expect(ending == nil)
  }

  @Test(arguments: ["7", "\"x\"", "1.0", "null"])
  func `An answer bears the id as chatd wrote it`(id: String) async throws {
    _ = try await endOfSession(of: Puppet()) { chatd in
      try chatd.send(#"{"jsonrpc":"2.0","id":\#(id),"method":"ping","params":{}}"#)
      #expect(try chatd.receive() == #"{"jsonrpc":"2.0","id":\#(id),"result":{}}"#)
    }
  }

  @Test func `A request that it does not know is refused as such`() async throws {
    _ = try await endOfSession(of: Puppet()) { chatd in
      try chatd.send(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#)
      #expect(
        try chatd.receive() == #"{"jsonrpc":"2.0","id":1,"error":"#
          + #"{"code":-32601,"message":"no method tools/call"}}"#)
    }
  }

  @Test func `Notifications and answers to nothing are passed over`() async throws {
    let ending = try await endOfSession(of: Puppet()) { chatd in
      try chatd.send(#"{"jsonrpc":"2.0","method":"cancel","params":{"id":1}}"#)
      try chatd.send(#"{"jsonrpc":"2.0","method":"whatever"}"#)
      try chatd.send(#"{"jsonrpc":"2.0","id":99,"result":{}}"#)
      try chatd.send(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}"#)
      #expect(try chatd.receive() == #"{"jsonrpc":"2.0","id":1,"result":{}}"#)
    }
    #expect(ending == nil)
  }

  @Test func `A log line is a notification`() async throws {
    let child = Puppet(answering: { _, session in
      try session.log("careful", level: "warning")
      return nil
    })
    _ = try await endOfSession(of: child) { chatd in
      try chatd.send(Self.hello)
      #expect(
        try chatd.receive() == #"{"jsonrpc":"2.0","method":"log","#
          + #""params":{"level":"warning","message":"careful"}}"#)
      #expect(try chatd.receive() == #"{"jsonrpc":"2.0","id":1,"result":null}"#)
    }
  }

  @Test func `Frames may come in any pieces, and as long as chatd writes them`() async throws {
    let child = Puppet(answering: { message, _ in ChildReply("\(message.content.utf8.count)") })
    _ = try await endOfSession(of: child) { chatd in
      try chatd.send(Self.hello, pieceByteCount: 1)
      #expect(try chatd.receive() == #"{"jsonrpc":"2.0","id":1,"result":{"text":"5"}}"#)
      let frame =
        #"{"jsonrpc":"2.0","id":1,"method":"message","params":{"message":{"content":""}}}"#
      let count = Frame.byteLimit - frame.utf8.count
      let content = String(repeating: "x", count: count)
      try chatd.send(frame.replacing(#""content":""#, with: #""content":"\#(content)"#))
      #expect(try chatd.receive() == #"{"jsonrpc":"2.0","id":1,"result":{"text":"\#(count)"}}"#)
    }
  }

  @Test func `What other children said may be nested deeper than a frame of its own`() async throws
  {
    let child = Puppet(answering: { message, _ in ChildReply(message.content) })
    let deep = String(repeating: "[", count: 140) + String(repeating: "]", count: 140)
    _ = try await endOfSession(of: child) { chatd in
      try chatd.send(
        #"{"jsonrpc":"2.0","id":1,"method":"message","params":"#
          + #"{"message":{"content":"x"},"context":[{"child_responses":[{"data":\#(deep)}]}]}}"#)
      #expect(try chatd.receive() == #"{"jsonrpc":"2.0","id":1,"result":{"text":"x"}}"#)
    }
  }
}
