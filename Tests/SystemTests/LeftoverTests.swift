import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  /// What a chatd leaves that was killed at its worst moment, and what becomes of it.
  @Suite struct LeftoverTests {
    private let folder: TemporaryFolder
    private let bystander: Bystander

    init() throws {
      folder = try TemporaryFolder()
      bystander = try Bystander()
    }

    @Test func `the next start ends what chatd and warden left that were killed at once`()
      async throws
    {
      let children = try folder.children(["daemonised", "echo"])
      var left: Int32 = 0
      do {
        let chatd = try RunningChatd(in: folder, children: [children])
        let person = try await chatd.join()
        try await person.pid(of: "echo")
        let child = try await person.pid(of: "daemonised")
        left = try await person.grandchild(of: "daemonised")
        let warden = try Parentage(of: child).parent
        // So that it can't clear up when it sees chatd gone.
        kill(warden, SIGSTOP)
        let watch = ProcessWatch([child, warden])
        _ = chatd.end(SIGKILL)
        kill(warden, SIGKILL)
        #expect(watch.sawAllEnd(within: .seconds(2)))
      }
      // The control: it did get away.
      #expect(isAlive(left))
      let innocent = try Bystander(environment: ["CHATD_SOCKET": "/tmp/chatd-another/1.1"])
      let watch = ProcessWatch([left])
      let chatd = try RunningChatd(in: folder, children: [children])
      #expect(watch.sawAllEnd(within: .zero), "it is ended before anything is started")
      let person = try await chatd.join()
      try await person.pid(of: "daemonised")
      #expect(innocent.isAlive && bystander.isAlive)
    }

    @Test func `a chatd that is killed while many children start leaves nothing`() async throws {
      let home = try folder.folder("children")
      let nimble = Places.faultyChildren.appendingPathComponent("nimble")
      for number in 0..<200 {
        let child = try folder.folder("children/child-\(number)")
        for file in ["manifest.toml", "main.pl"] {
          try FileManager.default.copyItem(
            at: nimble.appendingPathComponent(file), to: child.appendingPathComponent(file))
        }
        try folder.amendManifest(of: child.lastPathComponent, in: home) {
          "autostart = true\n" + $0
        }
      }
      var started: [Int32] = []
      do {
        let chatd = try RunningChatd(in: folder, children: [home])
        // Whatever there is at this moment: some run, some are being made.
        started = descendants(of: chatd.pid)
        let watch = ProcessWatch(started)
        _ = chatd.end(SIGKILL)
        #expect(watch.sawAllEnd(within: .seconds(2)))
      }
      #expect(!started.isEmpty)
      let mark = "CHATD_SOCKET="
      #expect(processes(withEnvironment: mark, in: home.path).isEmpty)
      let chatd = try RunningChatd(in: folder, children: [home])
      let person = try await chatd.join()
      for number in 0..<200 { try await person.pid(of: "child-\(number)") }
      #expect(bystander.isAlive)
    }

    /// Every process below another one.
    private func descendants(of pid: Int32) -> [Int32] {
      let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
      let children = tasks.flatMap { task in
        let list = "/proc/\(pid)/task/\(task)/children"
        return ((try? String(contentsOfFile: list, encoding: .utf8)) ?? "").split(separator: " ")
          .compactMap { Int32($0) }
      }
      return children + children.flatMap(descendants)
    }

    /// Processes with such a variable whose working directory is below `folder`.
    private func processes(withEnvironment mark: String, in folder: String) -> [Int32] {
      let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      return all.compactMap { Int32($0) }.filter { pid in
        let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")
        guard place?.hasPrefix(folder) == true,
          let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ")
        else { return false }
        return String(decoding: environment, as: UTF8.self).contains(mark) && isAlive(pid)
      }
    }
  }
}
