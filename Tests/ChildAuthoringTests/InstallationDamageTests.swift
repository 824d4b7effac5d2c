import Foundation
import TestSupport
import Testing

@testable import ChildAuthoring

/// Archives that hold too much, or are no archives any more.
@Suite struct InstallationDamageTests {
  private typealias Zip = Archives.ZipFile
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func install(
    _ bytes: [UInt8], within limits: InstallationPolicy.Limits = .standard
  ) async throws {
    let file = folder.url.appendingPathComponent("one.zip")
    try Data(bytes).write(to: file)
    let home = folder.url.appendingPathComponent("home")
    var installation = Installation(home: home, isReplacing: true, check: nil)
    installation.limits = limits
    _ = try await installation.install(file)
  }

  private func uninstall() throws {
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent("home"))
  }

  /// Why these bytes are refused; the file's own path is left out. Nothing is left of them.
  private func refusal(
    _ bytes: [UInt8], within limits: InstallationPolicy.Limits = .standard
  ) async -> String {
    let error = await #expect(throws: AuthoringError.self) {
      try await install(bytes, within: limits)
    }
    #expect(error?.kind == .child)
    let left = try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(left == ["one.zip"])
    return error?.description.replacing("\(folder.url.path)/one.zip: ", with: "") ?? ""
  }

  private let head = Archives.tarFile("one/manifest.toml", Archives.manifest)

  @Test func `too much is refused`() async throws {
    let size = Archives.manifest.utf8.count
    let limits = InstallationPolicy.Limits(
      entryCount: 4, fileByteCount: size, byteCount: size + 2)
    let all = "expected at most 4 files of \(size + 2) bytes in all"
    let files = (0..<3).map { Archives.tarFile("one/\($0)", "x") }
    try await install(Archives.tar(head, files[0], files[1]), within: limits)
    try uninstall()
    #expect(await refusal(Archives.tar(head, files[0], files[1], files[2]), within: limits) == all)
    let three = Archives.tarFile("one/x", "xyz")
    #expect(await refusal(Archives.tar(head, three), within: limits) == all)
    // Folders that nothing states are made, too.
    let deep = Archives.tarFile("one/a/b/c/d", "")
    #expect(await refusal(Archives.tar(head, deep), within: limits) == all)
    let text = String(repeating: "x", count: size + 1)
    let reason = "one/x: expected a file of at most \(size) bytes"
    #expect(await refusal(Archives.tar(Archives.tarFile("one/x", text)), within: limits) == reason)
    let zip = Archives.zip(Zip(path: "one/x", content: text))
    #expect(await refusal(zip, within: limits) == reason)
    let path = "one/" + String(repeating: "a/", count: 600)
    let pax = "path=\(path)\n"
    let long = Archives.tarFile("h", "\(pax.utf8.count + 5) \(pax)", type: "x")
    let reader = Archives.tar(head, long, Archives.tarFile("x"))
    #expect(await refusal(reader).hasSuffix("at most 1024 bytes"))
  }

  @Test func `what says that it is larger or smaller than it is is refused`() async {
    for count in [0, 1, 1 << 31] {
      let liar = Zip(path: "manifest.toml", content: Archives.manifest, byteCount: count)
      #expect(await !refusal(Archives.zip(liar)).isEmpty, "\(count)")
    }
  }

  @Test func `what is no child is refused`() async {
    for bytes in [[], Array("hello".utf8), Array("#!/bin/sh\n".utf8), [UInt8](head.reversed())] {
      #expect(await refusal(bytes).hasPrefix("expected a .tar, .tar.gz, .tar.xz"))
    }
    #expect(await refusal([UInt8](repeating: 0, count: 10_240)).hasSuffix("there is nothing"))
    #expect(await !refusal(Archives.zip()).isEmpty)
    #expect(
      await refusal(Archives.tar(Archives.tarFile("one/main.py", "x")))
        == "expected a manifest.toml in one")
    #expect(
      await refusal(Archives.tar(head, Archives.tarFile("two/x", "x")))
        == "expected a manifest.toml at the top, or one folder with it; there are one, two")
    #expect(
      await refusal(Archives.tar(Archives.tarFile("one/manifest.toml", type: "5")))
        == "expected a manifest.toml in one")
    #expect(
      await refusal(Archives.tar(Archives.tarFile("My Child/manifest.toml", Archives.manifest)))
        == "\"My Child\" can't be a child's name; rename it to [a-z0-9][a-z0-9_-]{0,63}")
  }

  @Test func `a tar that is cut off anywhere is refused`() async throws {
    let tar = Archives.tar(
      head, Archives.tarFile("one/x", "x"), Archives.tarFile("one/y", type: "5"))
    try await install(tar)
    try uninstall()
    for count in stride(from: 0, to: tar.count - 1024, by: 128) + [511, 513, 1023, 1025] {
      #expect(await !refusal(Array(tar.prefix(count))).isEmpty, "\(count)")
    }
    #expect(await refusal(Array(tar.prefix(2048))).hasSuffix("damaged: its end is missing"))
  }

  @Test func `what is damaged is refused`() async {
    var tar = Archives.tar(head, Archives.tarFile("one/x", "x"))
    tar[1024 + 3] ^= 1
    #expect(await refusal(tar).hasPrefix("the archive is damaged: "))
    let file = Zip(path: "manifest.toml", content: "x", checksum: 7)
    let words = "the archive is damaged: manifest.toml: ZIP bad CRC"
    #expect(await refusal(Archives.zip(file)).hasPrefix(words))
    let encrypted = Zip(path: "manifest.toml", content: "x", flags: 1)
    #expect(await refusal(Archives.zip(encrypted)) == "manifest.toml: is encrypted")
    let unknown = Zip(path: "manifest.toml", content: "x", method: 77)
    #expect(await refusal(Archives.zip(unknown)).hasPrefix("the archive is damaged: manifest.toml"))
    for magic: [UInt8] in [
      [0x1F, 0x8B, 8, 0], [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], [0x28, 0xB5, 0x2F, 0xFD],
      Array("BZh9".utf8), Array("PK".utf8),
    ] {
      #expect(await !refusal(magic + [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).isEmpty, "\(magic)")
    }
  }

  @Test func `a name in another encoding is refused`() async {
    var tar = Archives.tarFile("one/é", "x")
    let at = tar.firstIndex(of: 0xC3) ?? 0
    tar[at] = 0xFF
    // The checksum stands for what was there.
    tar[at + 1] = tar[at + 1] &- (0xFF - 0xC3)
    #expect(await refusal(Archives.tar(head, tar)).hasSuffix("has a name that is not UTF-8"))
  }

  @Test func `no bytes make it stumble`() async throws {
    var chance = SeededGenerator(seed: 11)
    let seeds = [
      Archives.tar(head, Archives.tarFile("one/a", "abc"), Archives.tarFile("one/b", type: "2")),
      Archives.tar(head, Archives.tarFile("h", "18 path=one/long\n", type: "x"), head),
      Archives.zip(
        Zip(path: "manifest.toml", content: Archives.manifest), Zip(path: "a", content: "b")),
    ]
    var installedCount = 0
    for _ in 0..<1000 {
      var bytes = seeds[Int.random(in: 0..<seeds.count, using: &chance)]
      for _ in 0..<Int.random(in: 1...3, using: &chance) {
        let at = Int.random(in: 0..<bytes.count, using: &chance)
        bytes[at] = UInt8.random(in: 0...255, using: &chance)
      }
      if Int.random(in: 0..<4, using: &chance) == 0 {
        bytes.removeLast(Int.random(in: 0..<bytes.count, using: &chance))
      }
      if (try? await install(bytes)) != nil { installedCount += 1 }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      #expect(Set(left).isSubset(of: ["home", "one.zip"]))
    }
    #expect(installedCount > 0, "some are harmless")
  }
}
