import ChatChildren
import ChatCore
import Foundation
import TestSupport
import Testing

@testable import ChildAuthoring

@Suite struct InstallationTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var home: URL { folder.url.appendingPathComponent("home/children") }

  private func child(_ name: String, _ text: String = "", in place: String = "mine") throws -> URL {
    try folder.file("\(place)/\(name)/manifest.toml", Archives.manifest + text)
      .deletingLastPathComponent()
  }

  private func installation(
    isReplacing: Bool = false, check: Installation.Check? = nil
  ) -> Installation {
    Installation(home: home, isReplacing: isReplacing, check: check)
  }

  private func names(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  private func refusal(_ source: URL, by installation: Installation) async -> AuthoringError? {
    await #expect(throws: AuthoringError.self) { try await installation.install(source) }
  }

  @Test func `a folder is copied, with its permissions, and without its git`() async throws {
    let mine = try child("one")
    try folder.file("mine/one/bin/run", "#!/bin/sh\n", mode: 0o4777)
    try folder.file("mine/one/.git/HEAD", "ref")
    try folder.file("mine/one/bin/.git", "kept")
    try folder.file("mine/one/private/é/notes", "mine", mode: 0o200)
    let installed = try await installation().install(mine)
    #expect(installed.folder.path == home.path + "/one")
    #expect(installed.manifest.id.text == "one" && installed.replaced == nil)
    #expect(try names(home) == ["one"])
    #expect(try names(installed.folder) == ["bin", "manifest.toml", "private"])
    #expect(try names(installed.folder.appendingPathComponent("bin")) == [".git", "run"])
    #expect(try names(installed.folder.appendingPathComponent("private/é")) == ["notes"])
    let run = installed.folder.appendingPathComponent("bin/run").path
    var status = stat()
    #expect(stat(run, &status) == 0 && status.st_mode & 0o7777 == 0o755)
    let mode = try FileManager.default.attributesOfItem(atPath: home.path)[.posixPermissions]
    #expect(mode as? Int == 0o700)
  }

  @Test func `a link to a folder is the folder that it leads to`() async throws {
    let link = folder.url.appendingPathComponent("link")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: try child("one"))
    #expect(try await installation().install(link).manifest.id.text == "one")
  }

  @Test func `what is there already stays, unless it is to give way`() async throws {
    let first = try await installation().install(try child("one", "version = \"1\"\n"))
    try Data("mine".utf8).write(to: first.folder.appendingPathComponent("notes"))
    let next = try child("one", "version = \"2\"\n", in: "next")

    let error = await refusal(next, by: installation())
    #expect(error?.kind == .usage)
    #expect(error?.description == "\(home.path)/one is there already")
    #expect(try names(first.folder) == ["manifest.toml", "notes"])

    let second = try await installation(isReplacing: true).install(next)
    #expect(second.replaced?.version == "1" && second.manifest.version == "2")
    #expect(try names(second.folder) == ["manifest.toml"])
    #expect(try names(home) == ["one"], "nothing is left of the one before")
  }

  @Test func `to replace none is to install`() async throws {
    let installed = try await installation(isReplacing: true).install(try child("one"))
    #expect(installed.replaced == nil)
  }

  @Test func `one that breaks the rules is not installed, the one before stays`() async throws {
    let first = try await installation().install(try child("one", "version = \"1\"\n"))
    let next = try child("one", "version = \"2\"\n", in: "next")
    let strict = installation(isReplacing: true) { folder in
      #expect((try? Manifest(readingFolder: folder))?.version == "2")
      #expect(folder.lastPathComponent == "one")
      return ["ping: no answer", "shutdown: no answer"]
    }
    let error = await refusal(next, by: strict)
    #expect(error?.kind == .child)
    #expect(
      error?.description
        == "one is not installed, since it breaks these rules:\nping: no answer\n"
        + "shutdown: no answer")
    #expect(try Manifest(readingFolder: first.folder).version == "1")
    #expect(try names(home) == ["one"])
  }

  @Test func `one that keeps them is, and until then no chatd sees it`() async throws {
    let home = home
    let installed = try await installation { _ in
      #expect(ManifestLoader(folders: [home]).fingerprint() == [])
      return []
    }.install(try child("one"))
    #expect(FileManager.default.fileExists(atPath: installed.folder.path))
    #expect(ManifestLoader(folders: [home]).fingerprint().count == 1)
  }

  @Test func `a check that can't be made installs nothing`() async throws {
    let mine = try child("one")
    let error = await refusal(
      mine, by: installation { _ in throw AuthoringError(.system, "no warden") })
    #expect(error?.description == "no warden")
    #expect(!FileManager.default.fileExists(atPath: home.path))
  }

  @Test func `a wrong manifest is told with file, line and key`() async throws {
    let wrong = try child("one", "autostrat = true\n")
    let error = await #expect(throws: Complaints.self) { try await installation().install(wrong) }
    #expect(error?.description.hasPrefix("one/manifest.toml:3: autostrat: unknown key") == true)
    #expect(!FileManager.default.fileExists(atPath: home.path))
  }

  @Test func `a folder that is no child is refused`() async throws {
    let none = folder.url.appendingPathComponent("none")
    #expect(await refusal(none, by: installation())?.kind == .usage)
    let bare = try folder.folder("mine/bare")
    #expect(
      await refusal(bare, by: installation())?.description
        == "\(bare.path): expected a manifest.toml in bare")
    let named = try child("Big Bird")
    #expect(await refusal(named, by: installation())?.description.contains("rename it") == true)
    let pipe = folder.url.appendingPathComponent("pipe")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    #expect(
      await refusal(pipe, by: installation())?.description
        == "\(pipe.path): expected a folder or an archive")
    #expect(!FileManager.default.fileExists(atPath: folder.url.path + "/home"))
  }

  @Test func `what is no file in a folder is named and refused`() async throws {
    let mine = try child("one")
    let place = mine.path + "/x"
    for (target, words) in [
      ("manifest.toml", "a link"), ("/etc/passwd", "a link"), ("nowhere", "a link"),
    ] {
      try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: target)
      let error = await refusal(mine, by: installation())
      #expect(
        error?.description == "\(mine.path): x: is \(words); expected files and folders alone")
      #expect(error?.kind == .child)
      unlink(place)
    }
    #expect(mkfifo(place, 0o600) == 0)
    #expect(await refusal(mine, by: installation())?.description.contains("is a pipe") == true)
    #expect(!FileManager.default.fileExists(atPath: folder.url.path + "/home"))
    unlink(place)
    #expect(try await installation().install(mine).manifest.id.text == "one", "without it, it is")
  }

  @Test func `what stood in the way of the home stays as it was`() async throws {
    try folder.file("home/children/two/manifest.toml", Archives.manifest)
    let bad = try child("one", "autostrat = true\n")
    await #expect(throws: Complaints.self) { try await installation().install(bad) }
    #expect(try names(home) == ["two"])
    let file = Installation(
      home: try folder.file("taken", "mine").appendingPathComponent("x"), check: nil)
    #expect(await refusal(try child("three"), by: file)?.kind == .system)
    #expect(
      try String(contentsOf: folder.url.appendingPathComponent("taken"), encoding: .utf8) == "mine")
  }

  @Test func `a home within the child is refused`() async throws {
    let mine = try child("one")
    let inside = Installation(home: mine.appendingPathComponent("children"), check: nil)
    let error = await refusal(mine, by: inside)
    #expect(error?.kind == .usage && error?.description.contains("is in what is to be") == true)
    #expect(try names(mine) == ["manifest.toml"])
  }

  @Test func `a folder with too much in it is refused`() async throws {
    let mine = try child("one")
    for name in 0..<3 { try folder.file("mine/one/\(name)", "xx") }
    let size = Archives.manifest.utf8.count
    var installation = installation()
    for (limits, words) in [
      (InstallationPolicy.Limits(entryCount: 3, fileByteCount: 99, byteCount: 999), "at most 3"),
      (.init(entryCount: 99, fileByteCount: 99, byteCount: size + 5), "\(size + 5) bytes in all"),
      (.init(entryCount: 99, fileByteCount: size - 1, byteCount: 999), "a file of at most"),
    ] {
      installation.limits = limits
      let error = await refusal(mine, by: installation)
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
    installation.limits = .init(entryCount: 4, fileByteCount: size, byteCount: size + 6)
    #expect(try await installation.install(mine).manifest.id.text == "one")
  }
}
