import Foundation
import TestSupport
import Testing

@testable import ChildAuthoring

@Suite struct InstallationArchiveTests {
  private typealias Zip = Archives.ZipFile
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var home: URL { folder.url.appendingPathComponent("home/children") }

  /// Installs the child in these bytes, as an archive `one.zip`.
  /// - Returns: its folder.
  private func install(
    _ bytes: [UInt8], within limits: InstallationPolicy.Limits = .standard
  ) async throws -> URL {
    let file = folder.url.appendingPathComponent("one.zip")
    try Data(bytes).write(to: file)
    var installation = Installation(home: home, isReplacing: true, check: nil)
    installation.limits = limits
    return try await installation.install(file).folder
  }

  /// Why these bytes are refused; the file's own path is left out. Nothing is left of them.
  private func refusal(
    _ bytes: [UInt8], within limits: InstallationPolicy.Limits = .standard
  ) async -> String? {
    let error = await #expect(throws: AuthoringError.self) {
      try await install(bytes, within: limits)
    }
    #expect(error?.kind == .child)
    let left = try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(left == ["one.zip"])
    return error?.description.replacing("\(folder.url.path)/one.zip: ", with: "")
  }

  private let head = Archives.tarFile("one/manifest.toml", Archives.manifest)
  private let zipHead = Archives.ZipFile(path: "one/manifest.toml", content: Archives.manifest)

  @Test func `a tar and a zip of a folder are the child of that name`() async throws {
    let tar = Archives.tar(
      Archives.tarFile("./two/", type: "5", mode: "0000700"),
      Archives.tarFile("./two/manifest.toml", Archives.manifest),
      Archives.tarFile("two/bin/run", "#!/bin/sh\n", mode: "0006775"),
      Archives.tarFile("two/bin/é", type: "0"))
    let zip = Archives.zip(
      Zip(path: "two/", mode: 0o040_700),
      Zip(path: "two/manifest.toml", content: Archives.manifest),
      Zip(path: "two/bin/run", content: "#!/bin/sh\n", mode: 0o106_775),
      Zip(path: "two/bin/é", mode: nil))
    for bytes in [tar, zip] {
      let child = try await install(bytes)
      #expect(child.path == home.path + "/two")
      #expect(
        try FileManager.default.subpathsOfDirectory(atPath: home.path).sorted()
          == ["two", "two/bin", "two/bin/run", "two/bin/é", "two/manifest.toml"])
      var status = stat()
      #expect(stat(child.path + "/bin/run", &status) == 0)
      #expect(status.st_mode & 0o7777 == 0o755, "nobody else may write, nor is it somebody else's")
      let run = child.appendingPathComponent("bin/run")
      #expect(try String(contentsOf: run, encoding: .utf8) == "#!/bin/sh\n")
    }
  }

  @Test func `files at the top are the child that the archive is named after`() async throws {
    let tar = Archives.tar(
      Archives.tarFile("./", type: "5"), Archives.tarFile("./manifest.toml", Archives.manifest))
    #expect(try await install(tar).lastPathComponent == "one")
    let zip = Archives.zip(Zip(path: "manifest.toml", content: Archives.manifest))
    #expect(try await install(zip).lastPathComponent == "one")
  }

  @Test func `long names of either kind are read`() async throws {
    let long = String(repeating: "long/", count: 60) + "name"
    let pax = "path=one/\(long)\n"
    for before in [
      Archives.tarFile("././@LongLink", "one/\(long)\u{0}", type: "L"),
      Archives.tarFile("header", "\(pax.utf8.count + 4) \(pax)", type: "x"),
    ] {
      let child = try await install(
        Archives.tar(head, before, Archives.tarFile("one/short", "x")))
      #expect(FileManager.default.fileExists(atPath: child.path + "/" + long))
      #expect(!FileManager.default.fileExists(atPath: child.path + "/short"))
    }
  }

  @Test(arguments: [
    "../evil", "one/../../evil", "/etc/evil", "one/a/../../../evil", "one/..", "..", "//evil",
    "one/../\u{301}evil", "one/a/..",
  ])
  func `a path that leads out is refused`(_ path: String) async {
    let reason = "\(path): a path that leads out of the folder"
    #expect(await refusal(Archives.tar(head, Archives.tarFile(path, "x"))) == reason)
    #expect(await refusal(Archives.tar(head, Archives.tarFile(path, type: "5"))) == reason)
    #expect(await refusal(Archives.zip(zipHead, Zip(path: path, content: "x"))) == reason)
  }

  @Test(arguments: ["one/a\nb", "one/\u{1B}[2J", "one/\u{7F}", "one/\u{9B}x"])
  func `a control character in a name is refused, and not shown`(_ path: String) async {
    for bytes in [
      Archives.tar(head, Archives.tarFile(path, "x")),
      Archives.zip(zipHead, Zip(path: path, content: "x")),
    ] {
      let reason = await refusal(bytes)
      #expect(reason?.hasSuffix(": has a control character in its name") == true)
      let shown = reason?.unicodeScalars.map(\.properties.generalCategory)
      #expect(shown?.contains(.control) == false)
    }
  }

  @Test func `a name ends where libarchive says, and what is left of it is judged`() async throws {
    let pax = "path=one/b\u{0}/../../../evil\n"
    let before = Archives.tarFile("header", "\(pax.utf8.count + 3) \(pax)", type: "x")
    let child = try await install(Archives.tar(head, before, Archives.tarFile("one/short", "x")))
    let names = try FileManager.default.contentsOfDirectory(atPath: child.path).sorted()
    #expect(names == ["b", "manifest.toml"])
  }

  @Test(arguments: ["/etc/passwd", "../x", "manifest.toml", "one/manifest.toml"])
  func `links of either kind are refused`(_ target: String) async {
    for (type, bytes) in [
      ("2", Archives.tar(head, Archives.tarFile("one/a", type: "2", link: target))),
      ("1", Archives.tar(head, Archives.tarFile("one/a", type: "1", link: target))),
      ("zip", Archives.zip(zipHead, Zip(path: "one/a", content: target, mode: 0o120_777))),
    ] {
      let reason = "one/a: is a link; expected files and folders alone"
      #expect(await refusal(bytes) == reason, "\(type)")
    }
  }

  @Test func `nothing stands twice, or below a file`() async {
    let file = Archives.tarFile("one/a", "x")
    let sub = Archives.tarFile("one/a/x", "x")
    let made = Archives.tarFile("one/a/", type: "5")
    for (second, third, words) in [
      (file, file, "one/a: stands there twice"), (made, made, "one/a/: stands there twice"),
      (file, made, "one/a/: stands there twice"), (made, file, "one/a: stands there twice"),
      (sub, file, "one/a: stands there twice"), (file, sub, "one/a/x: stands below a file"),
      (file, Archives.tarFile("./one//./a", "x"), "./one//./a: stands there twice"),
    ] {
      #expect(await refusal(Archives.tar(head, second, third)) == words)
    }
    let zip = Archives.zip(zipHead, zipHead)
    #expect(await refusal(zip) == "one/manifest.toml: stands there twice")
  }

  @Test func `a folder may be stated after what is in it`() async throws {
    let child = try await install(
      Archives.tar(
        Archives.tarFile("one/a/x", "x"), Archives.tarFile("one/a/", type: "5"), head,
        Archives.tarFile("one/", type: "5")))
    #expect(FileManager.default.fileExists(atPath: child.path + "/a/x"))
  }

  @Test(arguments: ["3", "4", "6"] as [Character])
  func `devices and pipes are refused`(_ type: Character) async {
    let tar = Archives.tar(head, Archives.tarFile("one/x", type: type))
    let words = type == "6" ? "a pipe" : "a device"
    #expect(await refusal(tar) == "one/x: is \(words); expected files and folders alone")
  }

  @Test func `a pipe in a zip is a file, as libarchive has it`() async throws {
    let child = try await install(Archives.zip(zipHead, Zip(path: "one/x", mode: 0o010_644)))
    var status = stat()
    #expect(lstat(child.path + "/x", &status) == 0 && status.st_mode & S_IFMT == S_IFREG)
  }

  @Test(arguments: [0o020_644, 0o060_644, 0o140_644] as [UInt32])
  func `those in a zip are, too`(_ mode: UInt32) async {
    let zip = Archives.zip(zipHead, Zip(path: "one/x", mode: mode))
    #expect(await refusal(zip)?.hasSuffix("; expected files and folders alone") == true)
  }
}
