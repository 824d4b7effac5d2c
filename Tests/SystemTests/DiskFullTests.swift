import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  /// A disk that takes no more, as far as a test can have one: chatd's files may not grow.
  @Suite struct DiskFullTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `when nothing can be written, sending fails, reading goes on, nothing is lost`()
      async throws
    {
      var kept: [JSON] = []
      do {
        let chatd = try RunningChatd(in: folder)
        let person = try await chatd.join()
        kept.append(try await person.say("before"))
        try limitFiles(of: chatd, to: "65536")
        let refused = try await fill(person, keeping: &kept)
        #expect(refused["code"] == "unavailable", "\(refused.text)")
        #expect(refused["message"]?.string?.isEmpty == false)
        let post = try await chatd.post("/api/messages", ["content": .string(filler)])
        #expect(post.status == 503 && post.body["code"] == "unavailable", "\(post.body.text)")
        #expect(try await chatd.get("/api/messages").everything == kept.map { $0["id"] })
        #expect(try await person.ask(Self.read).everything == kept.map { $0["id"] })

        try limitFiles(of: chatd, to: "unlimited")
        kept.append(try await person.say("after"))
        #expect(try await person.ask(Self.read).everything == kept.map { $0["id"] })
        _ = chatd.end(SIGKILL)
      }
      let again = try RunningChatd(in: folder)
      let person = try await again.join()
      #expect(try await person.ask(Self.read).everything == kept.map { $0["id"] })
    }

    private static let read: JSON = ["type": "get_messages"]

    private var filler: String { String(repeating: "x", count: 40_000) }

    /// Sends until it is refused.
    private func fill(_ person: Participant, keeping kept: inout [JSON]) async throws -> JSON {
      while true {
        let command: JSON = ["type": "send_message", "content": .string(filler)]
        let answer = try await person.ask(command)
        guard answer.type == "message_update" else { return answer }
        kept.append(try #require(answer["messages"]?.array?.first))
      }
    }

    /// Sets the size beyond which chatd can't write a file; the limit that can't be raised again
    /// stays as it is.
    private func limitFiles(of chatd: RunningChatd, to limit: String) throws {
      let result = try Execution(
        "prlimit", ["--pid", "\(chatd.pid)", "--fsize=\(limit):"])
      try #require(result.exitCode == 0, "\(result.errors)")
    }
  }
}

extension JSON {
  /// The identifiers of all messages that are on disk, whether their turn has come or not.
  fileprivate var everything: [JSON?] {
    ((self["messages"]?.array ?? []) + (self["queued"]?.array ?? [])).map { $0["id"] }
  }
}
