import Foundation
import Testing

@testable import ChatStore

@Suite struct PartialFileTests {
  @Test func `It is nowhere until it is placed, and whole then`() async throws {
    try await withPath { path in
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
      let file = try PartialFile(for: path)
      #expect(!FileManager.default.fileExists(atPath: path))
      let hidden = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(hidden.count == 1 && hidden[0].hasPrefix(".chat.db.partial-"))
      try Data("all of it".utf8).write(to: URL(fileURLWithPath: file.path))
      #expect(try file.place() == 9)
      #expect(file.remove() == nil)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["chat.db"])
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "all of it")
    }
  }

  @Test func `A dangling link has the name as well`() async throws {
    try await withPath { path in
      try FileManager.default.createSymbolicLink(
        atPath: path, withDestinationPath: path + ".nowhere")
      #expect(throws: BackupError.targetExists(path)) { try PartialFile(for: path) }
    }
  }

  @Test func `A name that is taken meanwhile stays taken`() async throws {
    try await withPath { path in
      let file = try PartialFile(for: path)
      try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: BackupError.targetExists(path)) { try file.place() }
      #expect(file.remove() == nil)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    }
  }

  @Test func `A file in the place of the folder is told with the system's reason`() async throws {
    try await withPath { path in
      try Data().write(to: URL(fileURLWithPath: path))
      #expect(
        throws: BackupError.cannotWrite(target: path + "/copy", reason: "Not a directory")
      ) { try PartialFile(for: path + "/copy") }
    }
  }
}
