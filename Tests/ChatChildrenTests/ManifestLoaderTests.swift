import ChatCore
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

@Suite struct ManifestLoaderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func child(_ path: String, _ text: String = "command = [\"true\"]\n") throws {
    try folder.file("\(path)/manifest.toml", text)
  }

  /// Reads the folders of these names; what is found as `NAME` or `NAME: COMPLAINT`.
  private func load(_ names: String...) async -> [String] {
    let folders = names.map { folder.url.appendingPathComponent($0) }
    return await ManifestLoader(folders: folders).load().map { found in
      switch found.manifest {
      case .success(let manifest): "\(found.id) \(manifest.name)"
      case .failure(let complaints): "\(found.id): \(complaints)"
      }
    }
  }

  @Test func `children stand in order of their names, whatever their folders`() async throws {
    for name in ["a/zebra", "b/monkey", "a/ant", "b/ape-2", "b/ape"] { try child(name) }
    #expect(
      await load("a", "b") == ["ant ant", "ape ape", "ape-2 ape-2", "monkey monkey", "zebra zebra"])
  }

  @Test func `the first folder that has a name wins`() async throws {
    try child("a/echo", "name = \"mine\"\ncommand = [\"true\"]")
    try child("b/echo", "name = \"theirs\"\ncommand = [\"true\"]")
    #expect(await load("a", "b") == ["echo mine"])
    #expect(await load("b", "a") == ["echo theirs"])
  }

  @Test func `a bad one of the first folder is not replaced by a good one of the second`()
    async throws
  {
    try child("a/echo", "name = 1\ncommand = [\"true\"]")
    try child("b/echo")
    let found = await load("a", "b")
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("echo: echo/manifest.toml:1: name: ") == true)
  }

  @Test func `a bad one stops no other`() async throws {
    try child("a/ant", "= ")
    try child("a/bee")
    try child("a/Cat")
    try child("a/dog", "command = [\"./none\"]")
    try child("a/eel", "\u{0}")
    try child("a/fox")
    let found = await load("a")
    #expect(found.count == 6)
    #expect(found[0].hasPrefix("Cat: Cat/manifest.toml: expected a folder named as [a-z0-9]"))
    #expect(found[1].hasPrefix("ant: ant/manifest.toml:1: not TOML: "))
    #expect(found[2] == "bee bee" && found[5] == "fox fox")
    #expect(found[3].hasPrefix("dog: dog/manifest.toml:1: command: there is no file "))
    #expect(found[4].hasPrefix("eel: eel/manifest.toml:1: not TOML: "))
  }

  @Test func `a folder that is not there has no children`() async throws {
    try child("a/echo")
    try folder.file("file", "")
    #expect(await load("none", "a", "file") == ["echo echo"])
    #expect(await load() == [])
    #expect(await load("none") == [])
  }

  @Test func `what has no manifest is no child`() async throws {
    _ = try folder.folder("a/empty")
    try folder.file("a/other/readme.md", "")
    try folder.file("a/file", "")
    try folder.file("a/manifest.toml", "command = [\"true\"]")
    #expect(await load("a") == [])
  }

  @Test func `a manifest that can't be read is shown`() async throws {
    _ = try folder.folder("a/folder/manifest.toml")
    for name in ["dangling", "loop", "pipe", "latin"] { _ = try folder.folder("a/\(name)") }
    let path = folder.url.path
    symlink("none", "\(path)/a/dangling/manifest.toml")
    symlink("manifest.toml", "\(path)/a/loop/manifest.toml")
    mkfifo("\(path)/a/pipe/manifest.toml", 0o600)
    try Data([0xFF]).write(to: folder.url.appendingPathComponent("a/latin/manifest.toml"))
    #expect(
      await load("a") == [
        "dangling: dangling/manifest.toml: can't be read: No such file or directory",
        "folder: folder/manifest.toml: expected a file, not a folder or a device",
        "latin: latin/manifest.toml: expected UTF-8",
        "loop: loop/manifest.toml: can't be read: Too many levels of symbolic links",
        "pipe: pipe/manifest.toml: expected a file, not a folder or a device",
      ])
  }

  @Test func `a child may be a link to a folder elsewhere`() async throws {
    try child("elsewhere/original")
    _ = try folder.folder("a")
    symlink("../elsewhere/original", "\(folder.url.path)/a/linked")
    #expect(await load("a") == ["linked linked"])
  }
}
