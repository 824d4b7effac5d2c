import ChatChildren
import ChatCore
import ChildProtocol
import Foundation
import TestSupport
import Testing

@testable import ChildAuthoring

@Suite(.timeLimit(.minutes(1))) struct RigTests {
  private let limit = Duration.seconds(30)

  private func setup(_ child: String) throws -> Rig.Setup {
    try Rig.Setup.of(Places.faultyChildren.appendingPathComponent(child))
  }

  /// A child that has answered `initialize`.
  private func ready(
    _ setup: Rig.Setup, _ body: @escaping @Sendable (Rig) throws -> Void
  ) async throws {
    try await Rig.with(setup) { rig in
      #expect(rig.connect(), "\(rig.absence(within: .zero))")
      #expect(rig.initialize()?.result != nil)
      try body(rig)
    }
  }

  @Test func `a child is spoken to from initialize to its end`() async throws {
    try await ready(try setup("echo")) { [limit] rig in
      let answer = rig.ask("message", rig.message("grüße"), within: limit)
      #expect(answer?.result?["text"]?.string == "echo: grüße")
      #expect(rig.ask("shutdown", [:], within: limit)?.result == [:])
      rig.disconnect()
      #expect(rig.exit(within: limit)?.end == .exited(0))
      rig.end()
      let pid = try #require(rig.pid)
      #expect(!isAlive(pid))
      let kinds = rig.transcript.entries.map(\.kind)
      let talk = kinds.filter { $0 == .sent || $0 == .received }
      #expect(talk == [.sent, .received, .sent, .received, .sent, .received])
      #expect(rig.board.look(\.breaches) == [])
    }
  }

  @Test func `a frame comes byte by byte, and many come at once`() async throws {
    try await ready(try setup("echo")) { [limit] rig in
      let (first, frame) = rig.request("message", rig.message("grüße"))
      rig.send([frame], .byteByByte)
      #expect(rig.answer(to: first, within: limit)?.result?["text"]?.string == "echo: grüße")
      let asked = (0..<40).map { _ in rig.request("ping", [:]) }
      rig.send(asked.map(\.1), .joined)
      for (id, _) in asked { #expect(rig.answer(to: id, within: limit)?.result == [:]) }
    }
  }

  @Test func `bytes that are paced are read one at a time`() async throws {
    let folder = try TemporaryFolder()
    try folder.file("child/manifest.toml", manifest(["python3", "main.py"]))
    // Counts the reads that brought it its first sixty bytes.
    let script = """
      import os, socket
      chatd = socket.socket(socket.AF_UNIX)
      chatd.connect(os.environ["CHATD_SOCKET"])
      print("sizes", sorted({len(chatd.recv(4096)) for _ in range(60)}), flush=True)
      chatd.recv(1)
      """
    try folder.file("child/main.py", script)
    let setup = try Rig.Setup.of(folder.url.appendingPathComponent("child"))
    try await Rig.with(setup) { [limit] rig in
      #expect(rig.connect())
      rig.send([rig.request("ping", ["padding": "0123456789"]).1], .byteByByte)
      let line = rig.board.wait(within: limit) { contents in
        contents.transcript.entries.first { $0.kind == .log(.stdout) }?.text
      }
      #expect(line == "sizes [1]")
    }
  }

  @Test func `what it saves is kept`() async throws {
    try await ready(try setup("saver")) { [limit] rig in
      #expect(rig.savedState == nil)
      _ = rig.ask("message", rig.message("one"), within: limit)
      _ = rig.ask("message", rig.message("two"), within: limit)
      #expect(rig.savedState == ["count": 2])
    }
    var again = try setup("saver")
    again.state = ["count": 2]
    again.generation = 2
    try await ready(again) { [limit] rig in
      let answer = rig.ask("message", rig.message("three"), within: limit)
      #expect(answer?.result?["text"] == "count: 3")
    }
  }

  @Test func `what it may not have is refused as chatd does`() async throws {
    var asker = try setup("asker")
    try await ready(asker) { [limit] rig in
      let answer = rig.ask("message", rig.message("hello"), within: limit)
      #expect(answer?.result?["text"] == "1 entries")
    }
    asker.manifest.permissions.history = false
    try await ready(asker) { [limit] rig in
      let answer = rig.ask("message", rig.message("hello"), within: limit)
      #expect(answer?.result?["data"]?["code"]?.int == RPCFailure.refused)
    }
  }

  @Test(arguments: [
    ("zero-length", RigBreach.Kind.frame), ("not-json", .frame), ("wrong-id", .unasked),
    ("too-long", .frame), ("huge-length", .frame), ("half-frame", .frame),
  ])
  func `what it breaks is kept`(child: String, kind: RigBreach.Kind) async throws {
    try await ready(try setup(child)) { [limit] rig in
      rig.send([rig.request("message", rig.message("hello")).1])
      let breach = rig.board.wait(within: limit) { $0.breaches.first }
      #expect(breach?.kind == kind)
    }
  }

  @Test func `one that does not come is waited for no longer than it may take`() async throws {
    try await Rig.with(try setup("never-connects")) { rig in
      #expect(!rig.connect())
      #expect(rig.absence(within: .milliseconds(1)).hasPrefix("no connection within"))
    }
    try await Rig.with(try setup("exit-at-once")) { rig in
      #expect(!rig.connect())
      #expect(rig.absence(within: .zero) == "it exited with code 3")
    }
  }

  @Test func `a program that is not there is the child's fault`() async throws {
    var setup = try setup("echo")
    setup.manifest.command = ["no-such-program"]
    let error = await #expect(throws: AuthoringError.self) { try await Rig.with(setup) { _ in } }
    #expect(error?.kind == .child)
    #expect(error?.description.contains("echo: command: the program \"no-such-program\"") == true)
  }

  @Test(arguments: ["grandchild", "daemonised"])
  func `nothing of it is left`(child: String) async throws {
    let pids = try await Rig.with(try setup(child)) { rig -> [Int32] in
      #expect(rig.connect() && rig.initialize()?.result != nil)
      let answer = rig.ask("message", rig.message("hello"), within: .seconds(30))
      let grandchild = answer?.result?["data"]?["pid"]?.int.map(Int32.init)
      let pids = [rig.pid, grandchild].compactMap { $0 }
      #expect(pids.count == 2 && pids.allSatisfy { isAlive($0) })
      return pids
    }
    #expect(!pids.contains { isAlive($0) })
  }

  @Test func `what a held child leaves stays to be seen`() async throws {
    var setup = try setup("daemonised")
    setup.isHeld = true
    let pid = try await Rig.with(setup) { [limit] rig -> Int32 in
      #expect(rig.connect() && rig.initialize()?.result != nil)
      let answer = rig.ask("message", rig.message("hello"), within: limit)
      _ = rig.ask("shutdown", [:], within: limit)
      let line = rig.board.wait(within: limit) { contents in
        contents.transcript.entries.first { $0.text.hasPrefix(Rig.heldLine) }?.text
      }
      #expect(line == Rig.heldLine + "0")
      let pid = Int32(try #require(answer?.result?["data"]?["pid"]?.int))
      #expect(isAlive(pid))
      return pid
    }
    #expect(!isAlive(pid))
  }

  private func manifest(_ command: [String]) -> String {
    "name = \"N\"\ndescription = \"D\"\nversion = \"0.1.0\"\ncommand = \(command)\n"
  }
}

extension Rig.Setup {
  /// For the child in a folder, with the programs that were built.
  static func of(_ folder: URL) throws -> Rig.Setup {
    Rig.Setup(
      manifest: try Manifest(readingFolder: folder),
      wardenPath: Places.programs.appendingPathComponent("chatd-warden").path,
      chatdFolder: Places.programs.path, environment: ProcessInfo.processInfo.environment)
  }
}
