import ChatCore
import Foundation

/// The files of a child that is to be installed, all of them looked at before one is written.
struct InstallationTree {
  /// What a child may consist of.
  struct Limits: Sendable {
    var entryCount: Int
    /// Of all files together.
    var byteCount: Int

    /// More than any child should need; a bomb is cut off long before it fills a disk.
    static let standard = Limits(entryCount: 10_000, byteCount: 256 << 20)
  }

  /// A file, folder or link.
  struct Entry {
    /// What stands there.
    enum Kind {
      case folder
      case bytes(ArraySlice<UInt8>)
      case copy(of: URL, byteCount: Int)
      case link(to: String)
    }
    /// The names down to it.
    var path: [String]
    var kind: Kind
    /// Its permissions.
    var mode: mode_t
  }

  /// The child's name.
  let name: String
  /// A folder's before what is in it.
  let entries: [Entry]

  /// Reads a folder or an archive, and checks that it is a child's and keeps to itself.
  /// - Throws: `AuthoringError` that names what is wrong in it.
  init(reading source: URL, within limits: Limits) throws(AuthoringError) {
    var status = stat()
    guard stat(source.path, &status) == 0 else {
      throw AuthoringError(.usage, "\(source.path): \(String(cString: strerror(errno)))")
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      let folder = source.resolvingSymlinksInPath().standardizedFileURL
      let found = try InstallationFolder.entries(of: folder, within: limits)
      try self.init(found, name: folder.lastPathComponent, of: source.path, within: limits)
    } else {
      let found = try InstallationArchive.entries(of: source, within: limits)
      let (name, entries) = try Self.child(
        in: found, called: InstallationArchive.stem(of: source), of: source.path)
      try self.init(entries, name: name, of: source.path, within: limits)
    }
  }

  /// - Parameter source: how complaints call it.
  init(
    _ found: [Entry], name: String, of source: String, within limits: Limits
  ) throws(AuthoringError) {
    guard ChildID.isValid(name) else {
      throw AuthoringError(
        .child,
        "\(source): \"\(name)\" can't be a child's name; rename it to [a-z0-9][a-z0-9_-]{0,63}")
    }
    self.name = name
    entries = try Self.checked(found, of: source, within: limits)
    let isChild = entries.contains {
      if case .bytes = $0.kind, $0.path == ["manifest.toml"] { return true }
      if case .copy = $0.kind, $0.path == ["manifest.toml"] { return true }
      return false
    }
    guard isChild else {
      throw AuthoringError(.child, "\(source): expected a manifest.toml in \(name)")
    }
  }

  /// The child in an archive: at its top, or in the one folder there.
  private static func child(
    in entries: [Entry], called stem: String, of source: String
  ) throws(AuthoringError) -> (String, [Entry]) {
    if entries.contains(where: { $0.path == ["manifest.toml"] }) { return (stem, entries) }
    let tops = Set(entries.compactMap(\.path.first))
    guard tops.count == 1, let top = tops.first else {
      let names = tops.sorted().prefix(5).joined(separator: ", ")
      throw AuthoringError(
        .child,
        "\(source): expected a manifest.toml at the top, or one folder with it; there "
          + (tops.isEmpty ? "is nothing" : "are \(names)"))
    }
    let inside = entries.map { entry in
      var entry = entry
      entry.path.removeFirst()
      return entry
    }
    for entry in inside where entry.path.isEmpty {
      guard case .folder = entry.kind else {
        throw AuthoringError(.child, "\(source): expected \(top) to be a folder")
      }
    }
    return (top, inside.filter { !$0.path.isEmpty })
  }

  private static func checked(
    _ found: [Entry], of source: String, within limits: Limits
  ) throws(AuthoringError) -> [Entry] {
    func refuse(_ entry: Entry, _ reason: String) -> AuthoringError {
      AuthoringError(.child, "\(source): \(entry.path.joined(separator: "/")): \(reason)")
    }
    guard found.count <= limits.entryCount else {
      throw AuthoringError(.child, "\(source): expected at most \(limits.entryCount) files")
    }
    var folders: Set<[String]> = [[]]
    var others: Set<[String]> = []
    var byteCount = 0
    for entry in found {
      switch entry.kind {
      case .folder: folders.insert(entry.path)
      case .bytes(let bytes): byteCount += bytes.count
      case .copy(_, let count): byteCount += count
      case .link(let target):
        if !isInside(target, from: entry.path.count - 1) {
          throw refuse(entry, "a link that leads out of the folder, to \(target)")
        }
      }
      if case .folder = entry.kind { continue }
      if !others.insert(entry.path).inserted { throw refuse(entry, "stands there twice") }
    }
    guard byteCount <= limits.byteCount else {
      throw AuthoringError(.child, "\(source): expected at most \(limits.byteCount) bytes in all")
    }
    for entry in found {
      if entry.path.contains(where: { !isName($0) }) {
        throw refuse(entry, "a path that leads out of the folder")
      }
      // What stands below a link would be written to wherever that leads.
      for count in 1..<max(1, entry.path.count) where others.contains(Array(entry.path[..<count])) {
        throw refuse(entry, "stands below what is no folder")
      }
      if folders.contains(entry.path), others.contains(entry.path) {
        throw refuse(entry, "stands there twice")
      }
    }
    return found
  }

  /// Whether a name can be that of a file, and no way to another folder.
  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.contains("/")
      && !name.utf8.contains(0)
  }

  /// Whether a link that stands `depth` folders deep stays inside. It may go up first and then down,
  /// but not up again: what it went through might be a link itself, and `..` not the way back.
  private static func isInside(_ target: String, from depth: Int) -> Bool {
    guard !target.isEmpty, !target.hasPrefix("/"), !target.utf8.contains(0) else { return false }
    let steps = target.split(separator: "/").filter { $0 != "." }
    let up = steps.prefix { $0 == ".." }.count
    return up <= depth && !steps.dropFirst(up).contains("..")
  }
}
