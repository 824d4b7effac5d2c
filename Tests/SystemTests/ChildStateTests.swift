import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  /// `chatd child state`, while a chatd runs, after it has ended and after a crash.
  @Suite struct ChildStateTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func state(_ options: String...) throws -> Execution {
      try RunningChatd.run(["child", "state", "--data", folder.data.path] + options, in: folder)
    }

    /// A chatd whose child `saver` has saved that it heard one message.
    private func start() async throws -> RunningChatd {
      let chatd = try RunningChatd(in: folder, children: [try folder.children(["saver"])])
      let person = try await chatd.join()
      try await person.pid(of: "saver")
      _ = try await person.rollup(of: try await person.say("hello"))
      return chatd
    }

    @Test(arguments: [nil, SIGTERM, SIGKILL])
    func `it is shown and cleared, whether a chatd runs, has ended or was killed`(
      signal: Int32?
    ) async throws {
      let chatd = try await start()
      if let signal { _ = chatd.end(signal) }
      #expect(try state("saver").output == "{\"count\":1}\n")
      let cleared = try state("saver", "--clear")
      #expect(cleared.exitCode == 0 && cleared.output == "")
      #expect(cleared.errors.hasSuffix("chatd: saver: what it had saved is forgotten\n"))
      #expect(try state("saver").output == "null\n")
      if signal == nil { _ = chatd.end(SIGTERM) }
      // What is cleared is cleared for the child, too.
      let next = try RunningChatd(
        in: folder, children: [folder.url.appendingPathComponent("children")])
      let person = try await next.join()
      try await person.pid(of: "saver")
      let rollup = try await person.rollup(of: try await person.say("again"))
      #expect(rollup["child_responses"]?.array?.first?["text"] == "count: 1")
    }

    @Test func `a child or a folder that nobody knows is an error that names it`() async throws {
      let none = try state("saver")
      #expect(none.exitCode == 1)
      #expect(none.errors.hasPrefix("chatd: no chatd has run on \(folder.data.path): "))
      let chatd = try await start()
      let stranger = try state("nobody")
      #expect(stranger.exitCode == 1)
      #expect(stranger.errors.contains("child \"nobody\""))
      _ = chatd.end(SIGTERM)
      #expect(try state("nobody").errors.hasPrefix("chatd: nothing is kept of a child \"nobody\""))
    }
  }
}
