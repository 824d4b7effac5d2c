import ChildProtocol
import Foundation
import TestSupport
import Testing

extension System {
  /// `chatd backup`, beside a chatd that runs and without one, and the way back.
  @Suite struct ChatdBackupTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func backUp(_ words: String...) throws -> Execution {
      try RunningChatd.run(["backup", "--data", folder.data.path] + words, in: folder)
    }

    private func check() throws -> Execution {
      try RunningChatd.run(["check", "--data", folder.data.path], in: folder)
    }

    private func names(in folder: URL) throws -> Set<String> {
      Set(try FileManager.default.contentsOfDirectory(atPath: folder.path))
    }

    /// A data folder in which something was said, with no chatd on it any more.
    private func saySomething(_ texts: [String]) async throws {
      let chatd = try RunningChatd(in: folder)
      let person = try await chatd.join()
      for text in texts { _ = try await person.say(text) }
      _ = chatd.end(SIGTERM)
    }

    /// Puts a copy in the place of the database, as the documentation says.
    private func goBack(to copy: String) throws {
      for suffix in ["", "-wal", "-shm"] {
        let path = folder.database.path + suffix
        guard FileManager.default.fileExists(atPath: path) else { continue }
        try FileManager.default.removeItem(atPath: path)
      }
      try FileManager.default.moveItem(
        at: folder.url.appendingPathComponent(copy), to: folder.database)
    }

    @Test func `a copy made at work has all that was acknowledged before, and is gone back to`()
      async throws
    {
      var before: [JSON?] = []
      var old: JSON = [:]
      do {
        let chatd = try RunningChatd(in: folder)
        let person = try await chatd.join()
        for number in 0..<20 { before.append(try await person.say("\(number)")["id"]) }
        let copying = try Copying(of: folder, to: "copy")
        // Writes go on for as long as it takes.
        while !copying.isOver { _ = try await person.say("meanwhile") }
        let result = copying.end()
        #expect(result.exitCode == 0)
        let report = try JSON(parsing: result.output.utf8)
        #expect(report["path"]?.string == "\(folder.url.path)/copy")
        #expect((report["entries"]?.int ?? 0) >= 20)
        #expect((report["last_seq"]?.int ?? .max) <= person.seq)
        old = ["epoch": try #require(person.hello["epoch"]), "last_seq": .number("\(person.seq)")]
        _ = chatd.end(SIGKILL)
      }
      #expect(try names(in: folder.url) == ["copy", "data", "errors"])
      try goBack(to: "copy")
      #expect(try check().exitCode == 0)
      let again = try RunningChatd(in: folder)
      let person = try await again.join()
      let kept = try await person.ask(["type": "get_messages"])["messages"]?.array ?? []
      #expect(kept.prefix(20).map { $0["id"] } == before)
      #expect(kept.dropFirst(20).allSatisfy { $0["content"]?.string == "meanwhile" })
      // A browser that was open meanwhile: its numbers mean nothing any more.
      let subscribed = try await person.ask(
        ["type": "subscribe", "epoch": old["epoch"] ?? .null, "last_seq": old["last_seq"] ?? .null])
      #expect(subscribed["resumed"]?.bool == false)
      #expect(subscribed["epoch"] != old["epoch"])
      #expect(subscribed["messages"]?.array?.count == min(100, kept.count))
    }

    @Test func `a copy made while no chatd runs is told of in words`() async throws {
      try await saySomething(["one", "two"])
      let database = try Data(contentsOf: folder.database)
      let result = try backUp("copy")
      #expect(result.exitCode == 0 && result.errors == "", "\(result.errors)")
      let copy = folder.url.appendingPathComponent("copy")
      let byteCount = try Data(contentsOf: copy).count
      let line = "\(copy.path): \(byteCount) bytes, 2 entries, last seq "
      #expect(result.lines.first?.hasPrefix(line) == true, "\(result.output)")
      #expect(result.lines.last?.hasSuffix(" \(folder.database.path)") == true)
      #expect(try Data(contentsOf: folder.database) == database)
    }

    @Test func `a file that is there is named and left as it is`() async throws {
      try await saySomething(["one"])
      let mine = try folder.file("mine", "words")
      let result = try backUp("mine")
      #expect(result.exitCode == 1 && result.output == "")
      #expect(result.errors.hasPrefix("chatd: \(mine.path) is there already: "))
      #expect(try String(contentsOf: mine, encoding: .utf8) == "words")
      #expect(try backUp(folder.database.path).exitCode == 1)
      #expect(try check().exitCode == 0)
    }

    @Test func `what can't be done is told with the file, and leaves nothing`() async throws {
      let none = try backUp("copy")
      #expect(none.exitCode == 1)
      #expect(none.errors.hasSuffix("no chatd has stored anything in \(folder.database.path)\n"))
      try await saySomething(["one"])
      let nowhere = try backUp("nowhere/copy")
      #expect(nowhere.exitCode == 1)
      #expect(
        nowhere.errors == "chatd: \(folder.url.path)/nowhere/copy can't be written: No such file "
          + "or directory; nothing of it is kept\n")
      #expect(try backUp().exitCode == 64)
      var bytes = try Data(contentsOf: folder.database)
      bytes.replaceSubrange(0..<16, with: Data(repeating: 0xA5, count: 16))
      try bytes.write(to: folder.database)
      let damaged = try backUp("copy")
      #expect(damaged.exitCode == 1)
      let words = "chatd: \(folder.database.path): the database's file is no SQLite database"
      #expect(damaged.errors.hasPrefix(words))
      #expect(try Data(contentsOf: folder.database) == bytes)
      #expect(try names(in: folder.url) == ["data", "errors"])
    }

    @Test func `a disk that takes no more leaves nothing`() async throws {
      try await saySomething([String(repeating: "x", count: 200_000)])
      let result = try Execution(
        "prlimit",
        ["--fsize=65536", RunningChatd.path, "backup", "copy", "--data", folder.data.path],
        environment: ["HOME": folder.url.path], folder: folder.url)
      #expect(result.exitCode == 1)
      #expect(result.errors.hasPrefix("chatd: \(folder.url.path)/copy can't be written: "))
      #expect(try names(in: folder.url) == ["data", "errors"])
      #expect(try backUp("copy").exitCode == 0, "the control: it was the limit")
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGKILL])
    func `broken off it leaves no copy, or a whole one`(signal: Int32) async throws {
      try await saySomething((0..<40).map { _ in String(repeating: "x", count: 200_000) })
      for round in 0..<6 {
        let copying = try Copying(of: folder, to: "copy-\(round)")
        await copying.hasBegun()
        copying.send(signal)
        let exitCode = copying.end().exitCode
        let copy = folder.url.appendingPathComponent("copy-\(round)")
        let isThere = FileManager.default.fileExists(atPath: copy.path)
        #expect(isThere || exitCode == 128 + signal)
        if isThere {
          let other = try folder.folder("other-\(round)")
          try FileManager.default.moveItem(
            at: copy, to: other.appendingPathComponent("chatd.sqlite"))
          let checked = try RunningChatd.run(["check", "--data", other.path], in: folder)
          #expect(checked.exitCode == 0, "\(checked.errors)")
        }
      }
      let left = try names(in: folder.url).filter { $0.contains("copy") }
      #expect(left.isEmpty || signal == SIGKILL, "\(left)")
      #expect(left.allSatisfy { $0.hasPrefix(".copy-") }, "\(left)")
    }
  }
}

/// `chatd backup FILE --json` at work.
private struct Copying {
  private let program: Program
  private let file: String
  private let folder: TemporaryFolder

  init(of folder: TemporaryFolder, to file: String) throws {
    (self.folder, self.file) = (folder, file)
    // The shell says that it begins, and becomes the command.
    program = try Program(
      "sh",
      [
        "-c", #"echo {} && exec "$@""#, "sh", RunningChatd.path, "backup", file, "--json",
        "--data", folder.data.path,
      ],
      environment: ["HOME": folder.url.path], folder: folder.url, errors: folder.errors)
  }

  var isOver: Bool { !isAlive(program.pid) }

  /// Waits until it has begun to write, and a little longer.
  func hasBegun() async {
    let hidden = ".\(file).partial-"
    _ = await holds {
      let names = try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      return isOver || names?.contains { $0.hasPrefix(hidden) } ?? false
    }
    for _ in 0..<Int.random(in: 0...1000) { sched_yield() }
  }

  func send(_ signal: Int32) { program.send(signal) }

  /// Waits for its end.
  func end() -> (exitCode: Int32, output: String) {
    let output = program.restOfOutput()
    return (program.exitCode(), output)
  }
}
