import Synchronization
import TestSupport
import Testing

@testable import ChildProtocol

/// Children written with the library say what the golden transcripts have them say, to the byte.
@Suite(.timeLimit(.minutes(1))) struct GoldenSessionTests {
  /// Plays chatd's side of a transcript to `child`, and compares what that writes.
  private func play(_ name: String, to child: Puppet) async throws {
    let transcript = try GoldenTranscript(name)
    try await expectEnd(of: child, nil) { chatd in
      for line in transcript.lines {
        switch line.side {
        case .chatd: try chatd.send(line.text)
        case .child:
          let frame = try chatd.receive()
          #expect(frame.map { Array($0.utf8) } == Array(line.text.utf8), "\(frame ?? "the end")")
        }
      }
      #expect(try chatd.receive() == nil)
    }
  }

  @Test func `The parrot`() async throws {
    try await play(
      "parrot",
      to: Puppet(answering: { message, _ in ChildReply("🦜 " + message.content.uppercased()) }))
  }

  @Test func `A child that remembers`() async throws {
    let notes = Mutex<[JSON]>([])
    let child = Puppet(
      beginning: { start in
        #expect(start.childID == "memory" && start.generation == 7)
        #expect(start.config == ["room": 2])
        notes.withLock { $0 = start.state?.array ?? [] }
      },
      answering: { message, session in
        guard message.role == "user" else { return nil }
        let all = notes.withLock { $0 } + [.string(message.content)]
        try session.log("\(all.count - 1) of 2 places taken", level: "debug")
        try session.save(.array(all))
        notes.withLock { $0 = all }
        return ChildReply(
          "\(all.count) kept", html: "<b>\(all.count)</b>",
          data: ["count": .number("\(all.count)")])
      })
    try await play("memory", to: child)
  }
}
