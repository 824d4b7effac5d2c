import ChildProtocol
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(3))) struct MainJobTests {
  @Test func `a message goes to four children and Claude, and is there after a restart`()
    async throws
  {
    let folder = try TemporaryFolder()
    let claude = try Program(
      "python3",
      [Places.root.appendingPathComponent("Tests/Support/messages_api.py").path, "--port", "0"])
    let environment = [
      "ANTHROPIC_BASE_URL": try #require(claude.ready["url"]?.string),
      "ANTHROPIC_API_KEY": "test-key",
    ]
    var entries: [JSON] = []
    do {
      let chatd = try RunningChatd(
        data: folder.url.appendingPathComponent("data"), children: [Places.exampleChildren],
        assistant: "claude", environment: environment)
      for name in ["calculator", "dice", "keeper", "sentiment"] {
        #expect(await chatd.pid(of: name) != nil)
      }
      let sent = try await chatd.post(
        "/api/messages", ["content": "I love this! What is 6*7? Please roll 1d6."])
      #expect(sent.status == 201)
      entries = try await chatd.thread(of: 4)
      #expect(chatd.program.end(SIGTERM) == 0)
    }
    #expect(
      entries.compactMap { $0["type"]?.string } == ["Message", "Rollup", "Message", "Rollup"])
    #expect(entries.dropFirst().map { $0["parent"] } == entries.dropLast().map { $0["id"] })
    let responses = try #require(entries[1]["child_responses"]?.array)
    #expect(
      responses.compactMap { $0["status"]?.string }
        == ["replied", "replied", "declined", "replied"])
    #expect(responses[0]["text"]?.string?.contains("42") == true)
    #expect(entries[2]["status"]?.string == "complete")
    #expect(entries[2]["content"]?.string?.contains("calculator") == true)
    #expect(entries[3]["original_message_id"] == entries[2]["id"])

    let again = try RunningChatd(
      data: folder.url.appendingPathComponent("data"), children: [Places.exampleChildren],
      assistant: "claude", environment: environment)
    #expect(try await again.thread(of: 4) == entries)
    let saved = await again.child("sentiment") { $0["generation"]?.int == 2 }
    #expect(saved != nil)
  }

  @Test func `faulty children have their outcomes and the turn ends on time`() async throws {
    let folder = try TemporaryFolder()
    let children = try faulty(["crash-always", "echo", "hang", "late"], in: folder)
    let chatd = try RunningChatd(
      data: folder.url.appendingPathComponent("data"), children: [children], assistant: "off")
    for name in ["crash-always", "echo", "hang", "late"] {
      #expect(await chatd.pid(of: name) != nil)
    }
    _ = try await chatd.post("/api/messages", ["content": "hello"])
    let entries = try await chatd.thread(of: 2)
    let statuses = entries[1]["child_responses"]?.array?.compactMap { $0["status"]?.string }
    // The fourth answers late, which may have come by now.
    #expect(statuses?.prefix(3) == ["crashed", "replied", "timed_out"])
    let isAmended = await holds(within: .seconds(20)) {
      let rollup = try? await chatd.thread(of: 2)[1]
      let late = rollup?["child_responses"]?.array?.last
      return late?["late"]?.bool == true && late?["status"]?.string == "replied"
    }
    #expect(isAmended)
  }

  @Test func `nothing outlives a chatd that is killed, and a bystander does`() async throws {
    let folder = try TemporaryFolder()
    let bystander = try Bystander()
    let children = try faulty(["daemonised", "echo", "grandchild"], in: folder)
    let chatd = try RunningChatd(
      data: folder.url.appendingPathComponent("data"), children: [children], assistant: "off")
    var pids: [Int32] = []
    for name in ["daemonised", "echo", "grandchild"] {
      pids.append(try #require(await chatd.pid(of: name)))
    }
    for name in ["daemonised", "grandchild"] {
      pids.append(try #require(await chatd.grandchild(of: name)))
    }
    #expect(pids.allSatisfy(isAlive))
    kill(chatd.program.pid, SIGKILL)
    #expect(await holds(within: .seconds(2)) { !pids.contains(where: isAlive) })
    #expect(bystander.isAlive)
  }

  @Test func `a warden that is killed is replaced and the children come back`() async throws {
    let folder = try TemporaryFolder()
    let bystander = try Bystander()
    let children = try faulty(["daemonised", "echo"], in: folder)
    let chatd = try RunningChatd(
      data: folder.url.appendingPathComponent("data"), children: [children], assistant: "off")
    let first = try #require(await chatd.pid(of: "echo"))
    _ = try #require(await chatd.pid(of: "daemonised"))
    let grandchild = try #require(await chatd.grandchild(of: "daemonised"))
    kill(try #require(parent(of: first)), SIGKILL)
    let second = try #require(await chatd.pid(of: "echo", past: 1))
    #expect(second != first)
    #expect(!isAlive(first))
    #expect(await holds(within: .seconds(2)) { !isAlive(grandchild) })
    let echo = await chatd.child("echo") { $0["last_exit"]?["cause"]?.string == "parent" }
    #expect(echo != nil)
    #expect(bystander.isAlive)
  }

  @Test func `a second chatd on the same data names the one that holds it`() async throws {
    let folder = try TemporaryFolder()
    let data = folder.url.appendingPathComponent("data")
    let chatd = try RunningChatd(data: data, children: [], assistant: "off")
    let second = try RunningChatd(data: data, children: [], assistant: "off")
    #expect(second.program.ready == .null)
    #expect(second.program.exitCode() == 1)
    #expect(chatd.program.end(SIGINT) == 0)
  }

  /// Copies faulty children into a folder, to be started at once.
  private func faulty(_ names: [String], in folder: TemporaryFolder) throws -> URL {
    let home = try folder.folder("children")
    let files = FileManager.default
    try files.copyItem(
      at: Places.faultyChildren.appendingPathComponent("chatd_child.py"),
      to: home.appendingPathComponent("chatd_child.py"))
    for name in names {
      let target = home.appendingPathComponent(name)
      try files.copyItem(at: Places.faultyChildren.appendingPathComponent(name), to: target)
      let manifest = target.appendingPathComponent("manifest.toml")
      let text = try String(contentsOf: manifest, encoding: .utf8)
      try Data(("autostart = true\n" + text).utf8).write(to: manifest)
    }
    return home
  }

  private func parent(of pid: Int32) -> Int32? {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else { return nil }
    return stat[end...].split(separator: " ").dropFirst(2).first.flatMap { Int32($0) }
  }
}
