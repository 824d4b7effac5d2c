import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  @Suite struct ConfigTests {
    private let folder: TemporaryFolder
    /// What every start here gets, so that it takes nothing of the machine's.
    private static let quiet = [
      "CHATD_PORT": "0", "CHATD_WS_PORT": "0", "CHATD_DATA": "data", "CHATD_CHILDREN": "none",
    ]

    init() throws { folder = try TemporaryFolder() }

    private func start(
      _ options: [String] = [], _ environment: [String: String] = [:], file: String = ""
    ) throws -> RunningChatd {
      try folder.file("chatd.toml", file)
      return try RunningChatd(
        options, in: folder, environment: Self.quiet.merging(environment) { $1 })
    }

    private func assistant(of chatd: RunningChatd) async throws -> JSON? {
      try await chatd.join().hello["assistant"]
    }

    @Test func `the ready line says where it is, and nothing else is written`() throws {
      let chatd = try start()
      let line = chatd.ready
      #expect(line.members?.map(\.key) == ["ready", "http", "ws", "pid"])
      #expect(line["ready"] == true)
      #expect(line["pid"]?.int == Int64(chatd.pid))
      for (key, scheme) in [("http", "http"), ("ws", "ws")] {
        let url = try #require(line[key]?.string.flatMap { URL(string: $0) })
        #expect(url.scheme == scheme && url.host == "127.0.0.1" && url.path == "")
        #expect((url.port ?? 0) > 0, "port 0 is a port that was free")
      }
      #expect(line["http"] != line["ws"])
      #expect(chatd.end(SIGTERM) == 0)
      #expect(chatd.restOfOutput() == "")
    }

    @Test func `the data folder is its user's alone and says who runs on it`() throws {
      let chatd = try start()
      let files = FileManager.default
      func mode(_ path: URL) throws -> Int? {
        try files.attributesOfItem(atPath: path.path)[.posixPermissions] as? Int
      }
      #expect(try mode(folder.data) == 0o700)
      #expect(try mode(folder.card) == 0o600)
      #expect(try mode(folder.data.appendingPathComponent("chatd.sqlite")) == 0o600)
      let card = try JSON(parsing: Data(contentsOf: folder.card))
      for key in ["pid", "http", "ws"] { #expect(card[key] == chatd.ready[key]) }
      #expect(chatd.end(SIGTERM) == 0)
      #expect(!files.fileExists(atPath: folder.card.path))
    }

    @Test func `a flag outranks the environment, which outranks the file and the default`()
      async throws
    {
      let file = "assistant = \"demo\"\nmodel = \"from-file\"\n"
      let key = ["ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://127.0.0.1:1"]
      let claude = key.merging(["CHATD_ASSISTANT": "claude", "CHATD_MODEL": "from-env"]) { $1 }
      #expect(try await assistant(of: start())?["kind"] == "off")
      #expect(try await assistant(of: start([], key))?["kind"] == "claude")
      #expect(try await assistant(of: start([], key, file: file))?["kind"] == "demo")
      let second = try await assistant(of: start([], claude, file: file))
      #expect(second?["kind"] == "claude" && second?["model"] == "from-env")
      let third = try await assistant(of: start(["--model", "from-flag"], claude, file: file))
      #expect(third?["kind"] == "claude" && third?["model"] == "from-flag")
      let last = try await assistant(of: start(["--assistant", "off"], claude, file: file))
      #expect(last?["kind"] == "off" && last?["enabled"] == false)
    }

    @Test func `a port that is outranked is not looked at`() throws {
      let taken = try TakenPort()
      let (file, port) = ("port = \(taken.port)\n", "\(taken.port)")
      #expect(throws: RunningChatd.NotReady.self) { try start(["--port", port], file: file) }
      #expect(throws: RunningChatd.NotReady.self) { try start([], ["CHATD_PORT": port]) }
      #expect(try start([], file: file).end(SIGTERM) == 0)
      #expect(try start(["--port", "0"], ["CHATD_PORT": port]).end(SIGTERM) == 0)
    }

    @Test func `folders of children come from where they are named first`() throws {
      for name in ["children", "config/chatd/children", "home/.config/chatd/children"] {
        _ = try folder.folder(name)
      }
      let path = folder.url.path
      func folders(_ options: [String] = [], _ environment: [String: String] = [:]) throws
        -> [String]
      {
        let result = try RunningChatd.run(
          ["check", "--no-database"] + options, in: folder,
          environment: ["HOME": "\(path)/home"].merging(environment) { $1 })
        return result.lines.map { $0.replacing("# \(path)/", with: "") }
      }
      #expect(try folders() == ["children", "home/.config/chatd/children"])
      let xdg = ["XDG_CONFIG_HOME": "\(path)/config"]
      #expect(try folders([], xdg) == ["children", "config/chatd/children"])
      try folder.file("chatd.toml", "children = [\"x\", \"y/z\"]\n")
      #expect(try folders([], xdg) == ["x", "y/z"])
      #expect(try folders([], ["CHATD_CHILDREN": "p:\(path)/q"]) == ["p", "q"])
      #expect(
        try folders(["--children", "a", "--children", "b"], ["CHATD_CHILDREN": "p:q"])
          == ["a", "b"])
    }

    @Test func `paths in a file are relative to it, so that its folder can be moved`() async throws
    {
      let home = try folder.folder("home")
      let names = ["data", "children", "assets"]
      try folder.file(
        "home/chatd.toml",
        "port = 0\nws_port = 0\n"
          + names.map { name in
            name == "children" ? "children = [\"mine\"]\n" : "\(name) = \"\(name)\"\n"
          }.joined())
      try folder.file("home/assets/index.html", "<title>mine</title>")
      _ = try folder.children(["echo"], in: "home/mine")
      for (options, environment) in [
        (["--config", "home/chatd.toml"], [:]), ([], ["CHATD_CONFIG": "home/chatd.toml"]),
      ] {
        let chatd = try RunningChatd(options, in: folder, environment: environment)
        try await chatd.join().pid(of: "echo")
        let port = try #require(chatd.port)
        let page = try await Wire.request(port, "GET", "/")
        #expect(page.status == 200 && page.body.contains("<title>mine</title>"))
        #expect(chatd.end(SIGTERM) == 0)
      }
      let data = home.appendingPathComponent("data/chatd.sqlite").path
      #expect(FileManager.default.fileExists(atPath: data))
    }

    @Test func `names may be allowed besides those of this machine`() async throws {
      let chatd = try start(
        ["--allow-host", "chat.example"], ["CHATD_ALLOW_HOST": "other.example"])
      let port = try #require(chatd.port)
      for (name, status) in [
        ("localhost", 200), ("127.0.0.1", 200), ("chat.example", 200), ("other.example", 403),
      ] {
        let answer = try await Wire.request(
          port, "GET", "/api/children", headers: ["Host: \(name):\(port)"])
        #expect(answer.status == status, "\(name)")
      }
    }

    @Test func `logs go to standard error, in the form and from the level asked for`() throws {
      #expect(try start(["--log-format", "json"]).end(SIGTERM) == 0)
      let lines = try String(contentsOf: folder.errors, encoding: .utf8).split(separator: "\n")
      #expect(!lines.isEmpty)
      for line in lines { #expect(try JSON(parsing: line.utf8)["level"]?.string != nil) }
      try FileManager.default.removeItem(at: folder.errors)
      #expect(try start([], file: "log_level = \"critical\"\n").end(SIGTERM) == 0)
      #expect(try String(contentsOf: folder.errors, encoding: .utf8) == "")
    }
  }
}
