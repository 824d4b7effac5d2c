import Foundation
import TestSupport
import Testing

extension System {
  @Suite struct ChatdCheckTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func check(
      _ options: [String] = ["--children", "children", "--no-database"]
    ) throws -> Execution {
      try RunningChatd.run(["check"] + options, in: folder)
    }

    private func manifest(_ child: String, _ text: String) throws {
      let head = "name = \"One\"\ndescription = \"Does something\"\nversion = \"0.1.0\"\n"
      try folder.file("children/\(child)/manifest.toml", head + text)
    }

    @Test func `what is right is listed, and nothing is started or made`() throws {
      try manifest("first", "command = [\"sh\", \"-c\", \"touch started\"]\nautostart = true\n")
      try manifest("second", "command = [\"cat\"]\n")
      try folder.file("chatd.toml", "data = \"data\"\nchildren = [\"children\"]\nport = 0\n")
      let result = try check([])
      #expect(
        result.lines == [
          "# \(folder.url.path)/children",
          "ok       first  sh -c touch started  (autostart)",
          "ok       second  cat  (by hand)",
          "# \(folder.url.path)/data/chatd.sqlite",
          "none     no database yet",
        ])
      #expect(result.errors == "")
      #expect(result.exitCode == 0)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      #expect(Set(names) == ["chatd.toml", "children"])
    }

    @Test func `the children that come with chatd are right`() throws {
      let result = try check(["--children", Places.exampleChildren.path])
      #expect(result.exitCode == 0 && result.errors == "")
      let folders = try FileManager.default.contentsOfDirectory(atPath: Places.exampleChildren.path)
      let children = folders.filter {
        FileManager.default.fileExists(
          atPath: Places.exampleChildren.appendingPathComponent("\($0)/manifest.toml").path)
      }
      #expect(children.count > 5 && result.lines.count == children.count + 3)
    }

    @Test func `each fault of a manifest is told with file, line and key`() throws {
      try manifest("good", "command = [\"cat\"]\n")
      try manifest(
        "bad",
        """
        command = ["cat"]
        autostrat = true

        [messages]
        timeout_ms = 0
        roles = ["robot"]
        [restart]
        policy = "sometimes"
        """)
      try manifest("torn", "command = [\"cat\"\n")
      let result = try check()
      #expect(result.exitCode == 78)
      #expect(
        result.lines.dropFirst() == [
          "invalid  bad", "ok       good  cat  (by hand)", "invalid  torn",
        ])
      let complaints = result.errorLines
      for expected in [
        "chatd: bad/manifest.toml:5: autostrat: unknown key; did you mean \"autostart\"?",
        "chatd: bad/manifest.toml:8: messages.timeout_ms: expected a whole number from 1 to "
          + "86400000, got 0",
        "chatd: bad/manifest.toml:9: messages.roles: expected \"user\", \"assistant\" or both, "
          + "got [\"robot\"]",
      ] {
        #expect(complaints.contains(expected), "\(result.errors)")
      }
      #expect(
        complaints.contains {
          $0.hasPrefix("chatd: bad/manifest.toml:11: restart.policy: expected one of \"permanent\"")
        })
      #expect(complaints.contains { $0.hasPrefix("chatd: torn/manifest.toml:") })
      #expect(complaints.count == 5)
    }

    @Test func `each fault of chatd's own file is told with file, line and key`() throws {
      let file = try folder.file(
        "chatd.toml",
        """
        # What is wrong with it:
        port = 70000
        childen = ["children"]
        assistant = "gpt"
        host = "0.0.0.0"
        """)
      for command in ["check", "start"] {
        let result = try RunningChatd.run([command], in: folder)
        #expect(result.exitCode == 78)
        #expect(result.output == "")
        #expect(
          Set(result.errorLines) == [
            "chatd: \(file.path):2: port: expected a whole number from 0 to 65535, got 70000",
            "chatd: \(file.path):3: childen: unknown key; did you mean \"children\"?",
            "chatd: \(file.path):4: assistant: expected claude, demo or off, got \"gpt\"",
            "chatd: \(file.path):5: host: expected a loopback address, since without sign-in "
              + "chatd serves this machine alone, got \"0.0.0.0\"",
          ])
      }
    }

    @Test func `a key that resembles none is unknown without a guess`() throws {
      try folder.file("chatd.toml", "telemetry = true\n")
      let result = try check([])
      #expect(result.exitCode == 78)
      #expect(result.errors == "chatd: \(folder.url.path)/chatd.toml:1: telemetry: unknown key\n")
    }

    @Test func `a configuration that was named has to be there`() throws {
      let result = try check(["--config", "nowhere.toml"])
      #expect(result.exitCode == 78)
      #expect(result.errors.hasPrefix("chatd: \(folder.url.path)/nowhere.toml: can't be read: "))
    }
  }
}
