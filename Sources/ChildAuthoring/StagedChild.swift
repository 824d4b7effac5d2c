import CAuthoring
import ChatCore
import Foundation

/// A child's folder in the making: it is put in its place whole, or goes with this value.
///
/// It stands in a hidden folder of the home that it is for, so that a rename is enough, and a level
/// deeper than where a chatd that runs looks for manifests.
struct StagedChild: ~Copyable {
  /// Where to write; named as the child, and empty at first.
  private(set) var folder: URL
  /// What goes with this value.
  let hidden: URL
  private let home: URL
  /// The folders that were made for it, down to the home; they go, too, if nothing is put there.
  private let madeFolders: [URL]

  private var target: URL { home.appendingPathComponent(folder.lastPathComponent) }

  /// - Parameter home: the folder of children; made, for its user alone, where it is missing.
  /// - Throws: `AuthoringError`: `usage` for a name that no child can have.
  init(_ name: String, in home: URL) throws(AuthoringError) {
    try Self.check(name)
    let folder = Self.hidden(in: home).appendingPathComponent(name)
    let madeFolders = try Self.make(folder, in: home)
    (self.folder, self.home, self.madeFolders) = (folder, home, madeFolders)
    hidden = folder.deletingLastPathComponent()
  }

  /// One whose name is not known before it is written: `take` gives it.
  init(unnamedIn home: URL) throws(AuthoringError) {
    let folder = Self.hidden(in: home).appendingPathComponent(".unnamed")
    let madeFolders = try Self.make(folder, in: home)
    (self.folder, self.home, self.madeFolders) = (folder, home, madeFolders)
    hidden = folder.deletingLastPathComponent()
  }

  deinit {
    try? FileManager.default.removeItem(at: hidden)
    // One that somebody put something into stays: rmdir(2) takes empty folders alone.
    for folder in madeFolders { rmdir(folder.path) }
  }

  /// Makes what stands in `place`, in the folder, the child `name`.
  /// - Throws: `AuthoringError`: `usage` for a name that no child can have.
  mutating func take(_ place: URL, as name: String) throws(AuthoringError) {
    try Self.check(name)
    let named = hidden.appendingPathComponent(name)
    try Self.move(place, named, cauthoring_rename_noreplace)
    folder = named
  }

  /// Puts the child in its place, where nothing may be.
  consuming func settle() throws(AuthoringError) -> URL {
    try Self.move(folder, target, cauthoring_rename_noreplace)
    return target
  }

  /// Puts the child in the place of the one that is there: at no time is there none.
  consuming func replace() throws(AuthoringError) -> URL {
    try Self.move(folder, target, cauthoring_rename_exchange)
    return target
  }

  /// - Throws: `AuthoringError`: `usage` for a name that no child can have, and where something is in
  ///   the way.
  static func checkFree(_ name: String, in home: URL) throws(AuthoringError) {
    try check(name)
    var status = stat()
    let target = home.appendingPathComponent(name)
    if lstat(target.path, &status) == 0 { throw isTaken(target) }
  }

  private static func check(_ name: String) throws(AuthoringError) {
    guard ChildID.isValid(name) else {
      throw AuthoringError(
        .usage, "\"\(name)\": expected a name such as my-child: [a-z0-9][a-z0-9_-]{0,63}")
    }
  }

  private static func hidden(in home: URL) -> URL {
    let random = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    return home.appendingPathComponent(".staged-\(random)")
  }

  /// Makes the folders.
  /// - Returns: those that were missing, down to the home, the deepest first.
  private static func make(_ folder: URL, in home: URL) throws(AuthoringError) -> [URL] {
    let files = FileManager.default
    var missing: [URL] = []
    var above = home.standardizedFileURL
    while above.path != "/", !files.fileExists(atPath: above.path) {
      missing.append(above)
      above.deleteLastPathComponent()
    }
    do {
      try files.createDirectory(
        at: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try files.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    } catch {
      try? files.removeItem(at: folder.deletingLastPathComponent())
      for folder in missing { rmdir(folder.path) }
      throw AuthoringError(.system, "\(home.path): \(error.words)")
    }
    return missing
  }

  private static func move(
    _ source: URL, _ target: URL, _ flag: some BinaryInteger
  ) throws(AuthoringError) {
    guard cauthoring_rename(source.path, target.path, UInt32(flag)) != 0 else { return }
    switch errno {
    case EEXIST: throw isTaken(target)
    case let code:
      throw AuthoringError(.system, "\(target.path): \(String(cString: strerror(code)))")
    }
  }

  private static func isTaken(_ target: URL) -> AuthoringError {
    AuthoringError(.usage, "\(target.path) is there already")
  }
}

extension Error {
  /// The error in words for people: the system's where it has some.
  var words: String {
    let underlying = (self as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    if let underlying, underlying.domain == NSPOSIXErrorDomain {
      return String(cString: strerror(Int32(underlying.code)))
    }
    return localizedDescription
  }
}
