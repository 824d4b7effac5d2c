import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  /// What chatd makes of a database that is not as it left it: a sentence, and not a byte changed.
  @Suite struct DatabaseStateTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ command: String, _ options: String...) throws -> Execution {
      try RunningChatd.run(
        [command, "--data", folder.data.path, "--children", "none", "--port", "0"]
          + ["--ws-port", "0", "--assistant", "off"] + options, in: folder)
    }

    /// Leaves a database with a few entries and no write-ahead log.
    private func makeDatabase() async throws -> Data {
      let chatd = try RunningChatd(in: folder)
      let person = try await chatd.join()
      for number in 0..<20 {
        _ = try await person.say("\(number) " + String(repeating: "x", count: 2000))
      }
      _ = chatd.end(SIGTERM)
      return try Data(contentsOf: folder.database)
    }

    @Test(arguments: [
      Damage("its head overwritten", "is no SQLite database") { $0.overwrite(0..<100) },
      Damage("cut in its head", "is damaged") { $0.prefix(60) },
      Damage("cut in the middle", "is damaged") { $0.prefix($0.count / 2) },
      Damage("all but its head overwritten", "is damaged") { $0.overwrite(4096..<$0.count) },
      Damage("of another program", "belongs to another program") { $0.overwrite(68..<72) },
    ])
    func `a damaged database is refused and left as it is`(damage: Damage) async throws {
      let bytes = damage.change(try await makeDatabase())
      try bytes.write(to: folder.database)
      for command in ["start", "check"] {
        let result = try run(command)
        #expect(result.exitCode == 1)
        let words = "chatd: \(folder.database.path): the database"
        #expect(result.errorLines.first?.hasPrefix(words) == true, "\(result.errors)")
        #expect(result.errors.contains(damage.words), "\(result.errors)")
        #expect(try Data(contentsOf: folder.database) == bytes)
      }
    }

    @Test func `damage in the middle is found by looking for it, and what is whole is served`()
      async throws
    {
      var bytes = try await makeDatabase()
      let words = Data("\"content\":\"7 x".utf8)
      // What an amended entry was before may still lie about.
      while let found = bytes.range(of: words) { bytes = bytes.overwrite(found) }
      try bytes.write(to: folder.database)
      let result = try run("check")
      #expect(result.exitCode == 1)
      #expect(result.lines.last == "damaged  database")
      #expect(result.errors.contains(": its JSON can't be read: "), "\(result.errors)")
      #expect(try run("check", "--no-database").exitCode == 0)
      #expect(try Data(contentsOf: folder.database) == bytes)

      let chatd = try RunningChatd(in: folder)
      let page = try await chatd.send("GET", "/api/messages?limit=5")
      #expect(page.status == 200 && page.body["messages"]?.array?.count == 5)
      #expect(try await chatd.post("/api/messages", ["content": "on"]).status == 201)
    }

    @Test func `the manifests' mistakes outrank the database's`() async throws {
      try Data("words".utf8).write(
        to: folder.folder("data").appendingPathComponent("chatd.sqlite"))
      try folder.file("none/bad/manifest.toml", "x = 1\n")
      let result = try run("check")
      #expect(result.exitCode == 78)
      #expect(result.lines.contains("refused  database"))
    }

    @Test func `a look at a database beside the chatd that writes it`() async throws {
      let chatd = try RunningChatd(in: folder)
      let person = try await chatd.join()
      for number in 0..<10 { _ = try await person.say("\(number)") }
      let result = try run("check")
      #expect(result.exitCode == 0 && result.errors == "")
      #expect(result.lines.last?.hasPrefix("ok       database  10 entries, last seq ") == true)
      _ = try await person.say("on")
    }

    @Test func `a copy beside the log that a killed chatd left is refused`() async throws {
      let chatd = try RunningChatd(in: folder)
      let person = try await chatd.join()
      _ = try await person.say("before")
      let backup = try RunningChatd.run(
        ["backup", "copy", "--data", folder.data.path], in: folder)
      #expect(backup.exitCode == 0)
      _ = try await person.say("after")
      _ = chatd.end(SIGKILL)
      let copy = folder.url.appendingPathComponent("copy")
      try FileManager.default.removeItem(at: folder.database)
      try FileManager.default.moveItem(at: copy, to: folder.database)
      let bytes = try Data(contentsOf: folder.database)
      let result = try run("start")
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("write-ahead log (-wal) of another"), "\(result.errors)")
      #expect(try Data(contentsOf: folder.database) == bytes)
    }

    @Test func `a log that is damaged in its middle is refused, and neither file is changed`()
      async throws
    {
      let chatd = try RunningChatd(in: folder)
      let person = try await chatd.join()
      for number in 0..<20 { _ = try await person.say("\(number)") }
      _ = chatd.end(SIGKILL)
      let log = URL(fileURLWithPath: folder.database.path + "-wal")
      let whole = try Data(contentsOf: log)
      let bytes = whole.overwrite(whole.count / 2..<whole.count / 2 + 8)
      try bytes.write(to: log)
      let database = try Data(contentsOf: folder.database)
      for command in ["start", "check"] {
        let result = try run(command)
        #expect(result.exitCode == 1)
        let words = "\(folder.database.path): its write-ahead log (-wal) is damaged in frame "
        #expect(result.errorLines.first?.hasPrefix("chatd: " + words) == true, "\(result.errors)")
        #expect(try Data(contentsOf: log) == bytes)
        #expect(try Data(contentsOf: folder.database) == database)
      }
      let backup = try RunningChatd.run(
        ["backup", "copy", "--data", folder.data.path], in: folder)
      #expect(backup.exitCode == 1 && backup.errors.contains("is damaged in frame "))

      // It was these bytes alone.
      try whole.write(to: log)
      let again = try RunningChatd(in: folder)
      #expect(try await again.get("/api/messages")["messages"]?.array?.count == 20)
    }

    @Test func `while nothing can be written it can be read, and chatd says that it is not ready`()
      async throws
    {
      let chatd = try RunningChatd(in: folder)
      let person = try await chatd.join()
      _ = try await person.say("before")
      try #require(
        try Execution("prlimit", ["--pid", "\(chatd.pid)", "--fsize=16384:"]).exitCode == 0)
      let post = try await chatd.post("/api/messages", ["content": "now"])
      #expect(post.status == 503 && post.body["code"] == "unavailable")
      #expect(post.body["detail"]?.string?.contains("disk") == true, "\(post.body.text)")
      let ready = try await chatd.send("GET", "/readyz")
      #expect(ready.status == 503 && ready.body["detail"] == post.body["detail"])
      #expect(try await chatd.get("/api/messages")["messages"]?.array?.count == 1)
      try #require(
        try Execution("prlimit", ["--pid", "\(chatd.pid)", "--fsize=unlimited:"]).exitCode == 0)
      #expect(try await chatd.send("GET", "/readyz").status == 200)
    }
  }
}

/// What is done to a database, and what chatd says of it.
struct Damage: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let words: String
  let change: @Sendable (Data) -> Data

  init(_ name: String, _ words: String, _ change: @escaping @Sendable (Data) -> Data) {
    (testDescription, self.words, self.change) = (name, words, change)
  }
}

extension Data {
  /// The same with other bytes at these places.
  fileprivate func overwrite(_ range: Range<Int>) -> Data {
    var bytes = self
    bytes.replaceSubrange(range, with: Data(repeating: 0xA5, count: range.count))
    return bytes
  }
}
