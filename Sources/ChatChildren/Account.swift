import Foundation

/// A user of this machine whom a child runs as.
package struct Account {
  package let user: UInt32
  let group: UInt32
  let home: String

  /// - Throws: `ChildError.unusable` where there is no such user.
  package init(_ name: String) throws(ChildError) {
    guard let entry = getpwnam(name) else {
      throw .unusable(reason: "limits.user: there is no user \"\(name)\" on this machine")
    }
    user = entry.pointee.pw_uid
    group = entry.pointee.pw_gid
    home = String(cString: entry.pointee.pw_dir)
  }

  /// Makes a socket this user's, who could not connect to it otherwise.
  package func own(socket path: String) throws(ChildError) {
    guard chown(path, user, group) == 0 else {
      throw .system(doing: "giving \(path) to user \(user)", errno: errno)
    }
  }
}
