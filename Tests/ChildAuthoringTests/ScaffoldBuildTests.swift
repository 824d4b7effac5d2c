import Foundation
import TestSupport
import Testing

@testable import ChildAuthoring

@Suite struct ScaffoldBuildTests {
  private let folder: TemporaryFolder
  private let path = "/usr/bin:/bin"

  init() throws { folder = try TemporaryFolder() }

  @Test func `make is run in the folder`() throws {
    try folder.file("Makefile", "all:\n\ttouch made\n")
    #expect(try ScaffoldBuild.run(in: folder.url, with: ["make"], path: path) == .built)
    let made = folder.url.appendingPathComponent("made").path
    #expect(FileManager.default.fileExists(atPath: made))
  }

  @Test func `a build that fails says with which code`() throws {
    try folder.file("Makefile", "all:\n\texit 3\n")
    #expect(try ScaffoldBuild.run(in: folder.url, with: ["make"], path: path) == .failed(code: 2))
  }

  @Test func `what it takes and is not there is named, and nothing is run`() throws {
    try folder.file("Makefile", "all:\n\ttouch made\n")
    let outcome = try ScaffoldBuild.run(
      in: folder.url, with: ["make", "no-such-compiler"], path: path)
    #expect(outcome == .missing(["no-such-compiler"]))
    #expect(
      try ScaffoldBuild.run(in: folder.url, with: ["make"], path: "") == .missing(["make"]))
    let made = folder.url.appendingPathComponent("made").path
    #expect(!FileManager.default.fileExists(atPath: made))
  }
}
