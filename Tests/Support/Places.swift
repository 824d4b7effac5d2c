package import Foundation

/// Where things are that tests need.
package enum Places {
  /// The repository's root.
  package static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The folder of the built programs: the one that the tests themselves are in.
  package static let programs = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  /// The faulty children, a folder each.
  package static let faultyChildren = root.appendingPathComponent("Tests/Fixtures/children")
  /// The example children.
  package static let exampleChildren = root.appendingPathComponent("children")
}

/// A folder that goes with the test.
package final class TemporaryFolder: Sendable {
  package let url: URL

  /// Makes an empty folder; its path is short enough for sockets.
  package init() throws {
    url = URL(fileURLWithPath: "/tmp/chatd-test-\(UInt32.random(in: 0...UInt32.max))")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Makes a folder in it.
  package func folder(_ name: String) throws -> URL {
    let folder = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// Writes a file in it.
  @discardableResult
  package func file(_ name: String, _ text: String, mode: Int = 0o644) throws -> URL {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    return file
  }
}
