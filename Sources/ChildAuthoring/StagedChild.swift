import CAuthoring
import ChatCore
import Foundation

/// A child's folder in the making: it is put in its place whole, or goes with this value.
///
/// It stands in a hidden folder of the home that it is for, so that a rename is enough, and a level
/// deeper than where a chatd that runs looks for manifests.
struct StagedChild: ~Copyable {
  /// Where to write; named as the child, and empty at first.
  let folder: URL
  private let hidden: URL
  private let target: URL

  /// - Parameter home: the folder of children; made, for its user alone, where it is missing.
  /// - Throws: `AuthoringError`: `usage` for a name that no child can have.
  init(_ name: String, in home: URL) throws(AuthoringError) {
    guard ChildID.isValid(name) else {
      throw AuthoringError(
        .usage, "\"\(name)\": expected a name such as my-child: [a-z0-9][a-z0-9_-]{0,63}")
    }
    let random = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    let hidden = home.appendingPathComponent(".\(name)-\(random)")
    let folder = hidden.appendingPathComponent(name)
    do {
      try FileManager.default.createDirectory(
        at: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    } catch {
      try? FileManager.default.removeItem(at: hidden)
      throw AuthoringError(.system, "\(home.path): \(error.words)")
    }
    (self.folder, self.hidden) = (folder, hidden)
    target = home.appendingPathComponent(name)
  }

  deinit { try? FileManager.default.removeItem(at: hidden) }

  /// Puts the child in its place, where nothing may be.
  consuming func settle() throws(AuthoringError) -> URL {
    guard cauthoring_rename_noreplace(folder.path, target.path) != 0 else { return target }
    switch errno {
    case EEXIST: throw Self.isTaken(target)
    case let code:
      throw AuthoringError(.system, "\(target.path): \(String(cString: strerror(code)))")
    }
  }

  /// - Throws: `AuthoringError`: `usage` where something is in the way.
  static func checkFree(_ name: String, in home: URL) throws(AuthoringError) {
    var status = stat()
    let target = home.appendingPathComponent(name)
    if lstat(target.path, &status) == 0 { throw isTaken(target) }
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
