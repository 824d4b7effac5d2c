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
  /// Holds the child in a folder to the rules, and says which it broke, a line each.
  package typealias Check = @Sendable (URL) async throws -> [String]
  /// Nil: it is not started to see.
  package let check: Check?
  /// Told the hidden folder in which the child is written, before it is. Whoever ends the program
  /// early removes it.
  package var onStaging: @Sendable (URL) -> Void = { _ in }
  /// What a child may consist of; tests have less.
  var limits = InstallationPolicy.Limits.standard

  package init(home: URL, isReplacing: Bool = false, check: Check?) {
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
  /// - Throws: `AuthoringError`: `usage` where there is one of that name, `child` for an archive or a
  ///   program that is not as it should be; `Complaints` about its manifest; what `check` throws.
  package func install(_ source: URL) async throws -> Installed {
    let staged = try stage(source)
    let name = staged.folder.lastPathComponent
    _ = try Manifest(readingFolder: staged.folder)
    let broken = try await check?(staged.folder) ?? []
    guard broken.isEmpty else {
      throw AuthoringError(
        .child,
        "\(name) is not installed, since it breaks these rules:\n"
          + broken.joined(separator: "\n"))
    }

    let target = home.appendingPathComponent(name)
    var status = stat()
    let isThere = lstat(target.path, &status) == 0
    let replaced = isThere ? try? Manifest(readingFolder: target) : nil
    let folder = isThere && isReplacing ? try staged.replace() : try staged.settle()
    return Installed(
      folder: folder, manifest: try Manifest(readingFolder: folder), replaced: replaced)
  }

  /// Writes the child at `source` beside its place.
  private func stage(_ source: URL) throws(AuthoringError) -> StagedChild {
    var status = stat()
    guard stat(source.path, &status) == 0 else {
      throw AuthoringError(.usage, "\(source.path): \(String(cString: strerror(errno)))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return try stage(folder: source)
    case S_IFREG: return try stage(archive: source)
    default: throw AuthoringError(.usage, "\(source.path): expected a folder or an archive")
    }
  }

  private func stage(folder source: URL) throws(AuthoringError) -> StagedChild {
    let folder = source.resolvingSymlinksInPath().standardizedFileURL
    let name = folder.lastPathComponent
    try checkName(name, of: source)
    try checkManifest(in: folder, name, of: source)
    let home = self.home.resolvingSymlinksInPath().standardizedFileURL.path
    guard !(home + "/").hasPrefix(folder.path + "/") else {
      throw AuthoringError(
        .usage, "\(self.home.path) is in what is to be put there, \(folder.path)")
    }
    let staged = try StagedChild(name, in: self.home)
    onStaging(staged.hidden)
    var writer = InstallationWriter(
      staged.folder, InstallationPolicy(source: source.path, limits: limits))
    try InstallationFolder.read(folder, into: &writer)
    return staged
  }

  private func stage(archive source: URL) throws(AuthoringError) -> StagedChild {
    var staged = try StagedChild(unnamedIn: home)
    onStaging(staged.hidden)
    var writer = InstallationWriter(
      staged.folder, InstallationPolicy(source: source.path, limits: limits))
    try InstallationArchive.read(source, into: &writer)
    // The child is at its top, or in the one folder there.
    if Self.hasManifest(staged.folder) {
      let stem = InstallationArchive.stem(of: source)
      try checkName(stem, of: source)
      try staged.take(staged.folder, as: stem)
      return staged
    }
    let tops = writer.policy.tops.map { String(decoding: $0, as: UTF8.self) }.sorted()
    guard tops.count == 1, let top = tops.first else {
      let names = tops.prefix(5).joined(separator: ", ")
      throw AuthoringError(
        .child,
        "\(source.path): expected a manifest.toml at the top, or one folder with it; there "
          + (tops.isEmpty ? "is nothing" : "are \(names)"))
    }
    let folder = staged.folder.appendingPathComponent(top)
    try checkName(top, of: source)
    try checkManifest(in: folder, top, of: source)
    try staged.take(folder, as: top)
    return staged
  }

  /// Checks that the child can have its name, and that there is none of it, or one that gives way.
  private func checkName(_ name: String, of source: URL) throws(AuthoringError) {
    guard ChildID.isValid(name) else {
      throw AuthoringError(
        .child,
        "\(source.path): \"\(name)\" can't be a child's name; "
          + "rename it to [a-z0-9][a-z0-9_-]{0,63}")
    }
    if !isReplacing { try StagedChild.checkFree(name, in: home) }
  }

  private func checkManifest(
    in folder: URL, _ name: String, of source: URL
  ) throws(AuthoringError) {
    guard Self.hasManifest(folder) else {
      throw AuthoringError(.child, "\(source.path): expected a manifest.toml in \(name)")
    }
  }

  private static func hasManifest(_ folder: URL) -> Bool {
    var status = stat()
    let path = folder.appendingPathComponent("manifest.toml").path
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}
