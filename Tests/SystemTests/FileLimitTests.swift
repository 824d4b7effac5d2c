import Foundation
import TestSupport
import Testing

extension System {
  @Suite struct FileLimitTests {
    @Test func `chatd takes all the descriptors it may have, its children what it was given`()
      async throws
    {
      let folder = try TemporaryFolder()
      let children = try folder.children(["echo"])
      let chatd = try RunningChatd(in: folder, children: [children])
      let child = try await chatd.join().pid(of: "echo")
      let own = try limit(of: getpid())
      #expect(try limit(of: chatd.pid) == (own.hard, own.hard))
      #expect(try limit(of: child) == own)
    }

    private func limit(of pid: Int32) throws -> (soft: String, hard: String) {
      let text = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8)
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("Max open files") })
      let words = line.split(separator: " ")
      return (String(words[3]), String(words[4]))
    }
  }
}
