import Foundation
import Synchronization
import Testing

@testable import ChildProtocol

/// What a child asks of chatd while it holds a message.
@Suite(.timeLimit(.minutes(1))) struct ChildSessionSavingTests {
  private let saver = Puppet(answering: { message, session in
    try session.save(["said": .string(message.content)])
    return ChildReply("kept \(message.content)")
  })

  private func message(_ id: Int, _ content: String) -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"message","params":{"message":{"content":"\#(content)"}}}"#
  }

  private func request(_ id: Int, _ content: String) -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"state/save","params":{"state":{"said":"\#(content)"}}}"#
  }

  @Test func `What arrives while the child saves waits and is not lost`() async throws {
    try await expectEnd(of: saver, nil) { [self] chatd in
      try chatd.send(message(1, "a"))
      #expect(try chatd.receive() == request(1, "a"))
      try chatd.send(message(2, "b"))
      try chatd.send(#"{"jsonrpc":"2.0","id":3,"method":"ping","params":{}}"#)
      try chatd.send(#"{"jsonrpc":"2.0","id":77,"result":"for nobody"}"#)
      try chatd.send(#"{"jsonrpc":"2.0","id":1.0,"result":{}}"#)
      #expect(try chatd.receive() == #"{"jsonrpc":"2.0","id":1,"result":{"text":"kept a"}}"#)
      #expect(try chatd.receive() == request(2, "b"))
      try chatd.send(#"{"jsonrpc":"2.0","id":2,"result":{}}"#)
      #expect(try chatd.receive() == #"{"jsonrpc":"2.0","id":2,"result":{"text":"kept b"}}"#)
      #expect(try chatd.receive() == #"{"jsonrpc":"2.0","id":3,"result":{}}"#)
    }
  }

  @Test func `A child that does not mind a refusal fails with chatd's words and goes on`()
    async throws
  {
    try await expectEnd(of: saver, nil) { [self] chatd in
      try chatd.send(message(1, "a"))
      #expect(try chatd.receive() == request(1, "a"))
      try chatd.send(#"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"disk full"}}"#)
      #expect(
        try chatd.receive()
          == #"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"disk full"}}"#)
      try chatd.send(#"{"jsonrpc":"2.0","id":2,"method":"ping","params":{}}"#)
      #expect(try chatd.receive() == #"{"jsonrpc":"2.0","id":2,"result":{}}"#)
    }
  }

  @Test func `A refusal reaches the child, which may answer all the same`() async throws {
    let child = Puppet(answering: { _, session in
      do {
        try session.save(1)
      } catch ChildSessionError.refused(let failure) {
        return ChildReply("not saved: \(failure)")
      }
      return nil
    })
    try await expectEnd(of: child, nil) { [self] chatd in
      try chatd.send(message(1, "a"))
      _ = try chatd.receive()
      try chatd.send(#"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"no"}}"#)
      #expect(
        try chatd.receive()
          == #"{"jsonrpc":"2.0","id":1,"result":{"text":"not saved: no (-32001)"}}"#)
    }
  }

  @Test
  func `What is longer than a frame is refused before it is sent, since nothing would answer it`()
    async throws
  {
    let long = JSON.string(String(repeating: "x", count: Frame.fromChildByteLimit))
    let child = Puppet(answering: { message, session in
      if message.content == "save" { try session.save(long) }
      return ChildReply(long.string ?? "")
    })
    try await expectEnd(of: child, nil) { [self] chatd in
      for (id, content) in [(1, "save"), (2, "reply")] {
        try chatd.send(message(id, content))
        let answer = try RPCMessage(parsing: try #require(try chatd.receive()).utf8)
        guard case .failure(let answered, let failure) = answer else {
          throw Trouble("expected an error, got \(answer)")
        }
        #expect(answered.int == Int64(id))
        #expect(failure.code == RPCFailure.invalidParams)
        #expect(failure.message.contains("\(Frame.fromChildByteLimit) is the most"))
      }
    }
  }

  @Test func `The longest frame is sent`() async throws {
    let around = #"{"jsonrpc":"2.0","id":1,"result":{"text":""}}"#.utf8.count
    let text = String(repeating: "x", count: Frame.fromChildByteLimit - around)
    try await expectEnd(of: Puppet(answering: { _, _ in ChildReply(text) }), nil) { [self] chatd in
      try chatd.send(message(1, "a"))
      #expect(try chatd.receive()?.utf8.count == Frame.fromChildByteLimit)
    }
  }

  @Test func `A session that ends while the child saves ends like any other`() async throws {
    try await expectEnd(of: saver, nil) { [self] chatd in
      try chatd.send(message(1, "a"))
      _ = try chatd.receive()
    }
  }
}
