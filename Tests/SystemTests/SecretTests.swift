import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  /// The key, and who can come by it.
  @Suite struct SecretTests {
    @Test func `the key is in no environment that a child can read, and works all the same`()
      async throws
    {
      let folder = try TemporaryFolder()
      let claude = try MessagesAPI()
      let secret = try #require(claude.environment["ANTHROPIC_API_KEY"])
      let children = try folder.children(["inspect"])
      let chatd = try RunningChatd(
        in: folder, children: [children], assistant: "claude",
        environment: claude.environment)
      let person = try await chatd.join()
      let child = try await person.pid(of: "inspect")
      let warden = try Parentage(of: child).parent
      for pid in [chatd.pid, warden, child] {
        let environment = try #require(FileManager.default.contents(atPath: "/proc/\(pid)/environ"))
        #expect(!String(decoding: environment, as: UTF8.self).contains(secret), "process \(pid)")
      }
      let message = try await person.say("hello")
      let found = try await person.rollup(of: message).response(of: "inspect")?["data"]
      #expect(found?.text.contains("CHATD_SOCKET") == true)
      #expect(found?.text.contains(secret) == false)
      #expect(found?.text.contains("ANTHROPIC") == false)
      let answer = try await person.answer(to: message) { $0["status"] == "complete" }
      #expect(answer["content"]?.string?.isEmpty == false)
    }
  }
}
