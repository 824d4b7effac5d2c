import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  @Suite struct KillTests {
    private let folder: TemporaryFolder
    /// A process of the same user, started before chatd.
    private let bystander: Bystander

    init() throws {
      folder = try TemporaryFolder()
      bystander = try Bystander()
    }

    @Test func `nothing outlives a chatd that is killed, and a bystander does`() async throws {
      let children = try folder.children(["daemonised", "echo", "grandchild", "ignores-term"])
      let chatd = try RunningChatd(in: folder, children: [children])
      let person = try await chatd.join()
      var pids: [Int32] = []
      for name in ["daemonised", "echo", "grandchild", "ignores-term"] {
        pids.append(try await person.pid(of: name))
      }
      let warden = try Parentage(of: pids[0]).parent
      let daemon = try await person.grandchild(of: "daemonised")
      let grandchild = try await person.grandchild(of: "grandchild")
      try checkThatItGotAway(daemon, from: pids[0])
      let stayed = try Parentage(of: grandchild)
      #expect(stayed.parent == pids[2] && stayed.session == pids[2])

      let all = pids + [daemon, grandchild, warden]
      #expect(all.allSatisfy(isAlive))
      let watch = ProcessWatch(all)
      _ = chatd.end(SIGKILL)
      #expect(watch.sawAllEnd(within: .seconds(2)))
      #expect(bystander.isAlive)
    }

    /// The control: a signal to the child's group or session would not reach it, and it was forked
    /// once more after it had a session of its own.
    private func checkThatItGotAway(_ daemon: Int32, from child: Int32) throws {
      let (lost, origin) = (try Parentage(of: daemon), try Parentage(of: child))
      #expect(origin.session == child && origin.group == child)
      #expect(lost.session != child && lost.group != child)
      #expect(lost.session != daemon, "it does not lead the session that was made for it")
      #expect(
        lost.parent == child, "the one that forked it has ended; the child reaps what it lost")
    }

    @Test func `a killed child leaves nothing behind, wherever that went`() async throws {
      let children = try folder.children(["daemonised", "echo"])
      let chatd = try RunningChatd(in: folder, children: [children])
      let person = try await chatd.join()
      let echo = try await person.pid(of: "echo")
      let child = try await person.pid(of: "daemonised")
      let watch = ProcessWatch([child, try await person.grandchild(of: "daemonised")])
      kill(child, SIGKILL)
      let next = try await person.pid(of: "daemonised", past: 1)
      #expect(watch.sawAllEnd(within: .zero), "all of it is gone before the next one begins")
      #expect(next != child)
      let exit = try #require(person.children["daemonised"]?["last_exit"])
      #expect(exit["cause"] == "signal" && exit["signal"] == "SIGKILL")
      #expect(try await person.pid(of: "echo") == echo)
      #expect(bystander.isAlive)
    }

    @Test func `a warden that is killed is replaced and the children come back`() async throws {
      let children = try folder.children(["daemonised", "echo"])
      let chatd = try RunningChatd(in: folder, children: [children])
      let person = try await chatd.join()
      let first = try await person.pid(of: "echo")
      try await person.pid(of: "daemonised")
      let daemon = try await person.grandchild(of: "daemonised")
      let warden = try Parentage(of: first).parent
      let watch = ProcessWatch([first, daemon, warden])
      kill(warden, SIGKILL)
      let second = try await person.pid(of: "echo", past: 1)
      try await person.pid(of: "daemonised", past: 1)
      #expect(watch.sawAllEnd(within: .seconds(2)))
      #expect(second != first)
      #expect(try Parentage(of: second).parent != warden)
      #expect(person.children["echo"]?["last_exit"]?["cause"] == "parent")
      let message = try await person.say("hello")
      #expect(try await person.rollup(of: message).statuses == ["replied", "replied"])
      #expect(bystander.isAlive)
    }
  }
}
