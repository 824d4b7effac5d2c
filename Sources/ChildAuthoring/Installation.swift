package import ChatChildren
import ChatCore
package import Foundation

/// Puts a child that somebody has, as a folder or an archive, into a folder of children: whole, and
/// after a check, or not at all.
package struct Installation: Sendable {
  /// The folder of children; made where it is missing.
  package let home: URL
  /// Whether a child of that name gives way.
  package let isReplacing: Bool
  /// Holds the child in a folder to the rules: what it says about those that it broke, a line each.
  package let check: @Sendable (URL) async throws -> [String]

  package init(
    home: URL, isReplacing: Bool = false, check: @escaping @Sendable (URL) async throws -> [String]
  ) {
    self.home = home
    self.isReplacing = isReplacing
    self.check = check
  }

  /// What was installed.
  package struct Installed: Sendable {
    /// The child's folder.
    package let folder: URL
    package let manifest: Manifest
    /// The manifest of the child that gave way; nil where none did, or none that could be read.
    package let replaced: Manifest?
  }

  /// Installs the child at `source`, which is named as its folder is, or as its archive where the
  /// files stand at the archive's top.
  /// - Throws: `AuthoringError`: `usage` where there is one of that name, `child` for an archive, a
  ///   manifest or a program that is not as it should be; what `check` throws.
  package func install(_ source: URL) async throws -> Installed {
    let tree = try InstallationTree(reading: source, within: .standard)
    let target = home.appendingPathComponent(tree.name)
    if !isReplacing { try StagedChild.checkFree(tree.name, in: home) }

    let staged = try StagedChild(tree.name, in: home)
    try tree.write(to: staged.folder)
    _ = try Self.manifest(in: staged.folder)
    let broken = try await check(staged.folder)
    guard broken.isEmpty else {
      throw AuthoringError(
        .child,
        "\(tree.name) is not installed, since it breaks the protocol:\n"
          + broken.joined(separator: "\n"))
    }

    var status = stat()
    let isThere = lstat(target.path, &status) == 0
    let replaced = isThere ? try? Manifest(readingFolder: target) : nil
    let folder = isThere && isReplacing ? try staged.replace() : try staged.settle()
    return Installed(folder: folder, manifest: try Self.manifest(in: folder), replaced: replaced)
  }

  private static func manifest(in folder: URL) throws(AuthoringError) -> Manifest {
    do throws(Complaints) {
      return try Manifest(readingFolder: folder)
    } catch {
      throw AuthoringError(.child, error.description)
    }
  }
}
