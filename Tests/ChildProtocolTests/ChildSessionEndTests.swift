import Foundation
import Synchronization
import Testing

@testable import ChildProtocol

/// How a session ends.
@Suite(.timeLimit(.minutes(1))) struct ChildSessionEndTests {
  private static let ping = #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}"#

  @Test func `Shutdown is answered and ends the session`() async throws {
    try await expectEnd(of: Puppet(), nil) { chatd in
      try chatd.send(#"{"jsonrpc":"2.0","id":5,"method":"shutdown","params":{"deadline_ms":1}}"#)
      #expect(try chatd.receive() == #"{"jsonrpc":"2.0","id":5,"result":{}}"#)
      #expect(try chatd.receive() == nil)
    }
  }

  @Test func `The end of the stream ends the session`() async throws {
    try await expectEnd(of: Puppet(), nil) { _ in }
    try await expectEnd(of: Puppet(), nil) { chatd in
      try chatd.send(Self.ping)
      _ = try chatd.receive()
    }
  }

  @Test func `So does its end within a frame`() async throws {
    try await expectEnd(of: Puppet(), nil) { try $0.sendRaw([0, 0]) }
    try await expectEnd(of: Puppet(), nil) { try $0.sendRaw([0, 0, 0, 9, 1, 2]) }
  }

  @Test func `A chatd that breaks the protocol ends the session`() async throws {
    try await expectEnd(of: Puppet(), .protocol("not JSON: expected a value at byte 0")) {
      try $0.send("x")
      #expect(try $0.receive() == nil)
    }
    try await expectEnd(of: Puppet(), .protocol(#"expected "jsonrpc":"2.0""#)) {
      try $0.send("{}")
      #expect(try $0.receive() == nil)
    }
    try await expectEnd(of: Puppet(), .protocol("a frame of length 0")) {
      try $0.sendRaw([0, 0, 0, 0])
      #expect(try $0.receive() == nil)
    }
    let limit = Frame.byteLimit
    try await expectEnd(
      of: Puppet(), .protocol("a frame of \(limit + 1) bytes; \(limit) is the most")
    ) {
      try $0.sendRaw([0, 0x80, 0, 1])
      #expect(try $0.receive() == nil)
    }
  }

  @Test func `A child that answers when chatd is gone ends like any other`() async throws {
    let gone = DispatchSemaphore(value: 0)
    let child = Puppet(answering: { _, _ in
      gone.wait()
      return ChildReply("too late")
    })
    try await expectEnd(of: child, nil) { chatd in
      try chatd.send(#"{"jsonrpc":"2.0","id":1,"method":"message","params":{}}"#)
      chatd.hangUp()
      gone.signal()
    }
  }

  @Test func `A child that chatd did not start is told so`() {
    #expect(
      throws: ChildSessionError.environment("CHATD_SOCKET is not set: a child is started by chatd")
    ) {
      try ChildSession.run(Puppet())
    }
  }

  @Test func `A socket that is not there is a failed call`() {
    #expect(throws: ChildSessionError.system("connect", ENOENT)) {
      try ChildSession.run(Puppet(), connectingTo: "/tmp/chat-session-nowhere/socket")
    }
  }

  @Test func `A path that no socket can have is refused`() {
    let path = "/tmp/" + String(repeating: "x", count: 103)
    #expect(throws: ChildSessionError.environment("CHATD_SOCKET is longer than 107 bytes")) {
      try ChildSession.run(Puppet(), connectingTo: path)
    }
  }

  @Test func `Every failure has words`() {
    let failure = RPCFailure(code: -32001, message: "no")
    let words = [
      ChildSessionError.environment("a"), .system("recv", EBADF), .protocol("a b"),
      .refused(failure), .closed,
    ].map(\.description)
    #expect(
      words == [
        "a", "recv: Bad file descriptor", "chatd sent a b", "chatd refused: no (-32001)",
        "chatd closed the session",
      ])
  }
}
