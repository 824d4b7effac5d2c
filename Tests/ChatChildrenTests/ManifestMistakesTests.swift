import ChatCore
import ChildProtocol
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

@Suite struct ManifestMistakesTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    _ = try folder.folder("echo/sub")
    try folder.file("echo/run", "#!/bin/sh\n", mode: 0o755)
    try folder.file("echo/secrets.env", "A=b\n", mode: 0o600)
  }

  private func complaints(_ text: String) throws -> [Complaint] {
    try folder.file("echo/manifest.toml", text)
    return try #require(throws: Complaints.self) {
      try Manifest(readingFolder: folder.url.appendingPathComponent("echo"))
    }.all
  }

  /// A key, with values that are right and values that are wrong for it.
  struct Key: Sendable, CustomTestStringConvertible {
    let path: String
    let right: [String]
    let wrong: [String]
    var testDescription: String { path }

    /// A manifest with this key in it, and no other but a command.
    func manifest(_ value: String) -> String {
      let names = path.split(separator: ".", maxSplits: 1)
      let isCommand = ["command", "component_path"].contains(path)
      return (isCommand ? "name = \"E\"\n" : "command = [\"true\"]\n")
        + (names.count == 2 ? "[\(names[0])]\n" : "") + "\(names.last ?? "") = \(value)\n"
    }

    /// Those of `Tests/Fixtures/manifest-values.json`, which the tests of the JSON Schema go by,
    /// too.
    static func all() throws -> [Key] {
      let file = Places.root.appendingPathComponent("Tests/Fixtures/manifest-values.json")
      let keys = try JSON(parsing: Data(contentsOf: file))
      return (keys.members ?? []).map { key in
        func values(_ kind: String) -> [String] {
          key.value[kind]?.array?.compactMap(\.string) ?? []
        }
        return Key(
          path: key.key, right: values("right"),
          wrong: values("wrong") + values("wrong_to_chatd_alone"))
      }
    }
  }

  @Test(arguments: try Key.all())
  func `each key that is wrong is one complaint with its line`(key: Key) throws {
    #expect(!key.right.isEmpty || !key.wrong.isEmpty)
    for value in key.wrong {
      let text = key.manifest(value)
      let complaints = try complaints(text)
      #expect(complaints.count == 1, "\(value): \(complaints)")
      #expect(complaints.first?.path == "echo/manifest.toml")
      #expect(complaints.first?.line == text.count { $0 == "\n" }, "\(value)")
      #expect(complaints.first?.key == key.path.replacing("\"", with: ""), "\(value)")
    }
  }

  @Test(arguments: try Key.all())
  func `each value that is right is taken`(key: Key) throws {
    for value in key.right {
      try folder.file("echo/manifest.toml", key.manifest(value))
      #expect(throws: Never.self, "\(value)") {
        try Manifest(readingFolder: folder.url.appendingPathComponent("echo"))
      }
    }
  }

  @Test func `every complaint is told, not the first alone`() throws {
    let text = """
      name = ""
      command = "true"
      autostrat = true
      [messages]
      timeout_ms = 0
      wait = "no"
      [restart]
      policy = "often"
      [log]
      files = 0
      file = 1
      """
    let found = try complaints(text).map { "\($0.line ?? 0) \($0.key ?? "")" }
    #expect(
      found.sorted() == [
        "1 name", "10 log.files", "11 log.file", "2 command", "3 autostrat",
        "5 messages.timeout_ms", "6 messages.wait", "8 restart.policy",
      ])
  }
}
