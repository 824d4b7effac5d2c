import Foundation

/// What is left of a disk.
package enum FreeSpace {
  /// The bytes that this process may still write on the disk of a file or folder; nil where that
  /// does not say.
  package static func byteCount(at path: String) -> UInt64? {
    var disk = statvfs()
    guard statvfs(path, &disk) == 0 else { return nil }
    // Some blocks are kept for the superuser.
    let blocks = geteuid() == 0 ? disk.f_bfree : disk.f_bavail
    return UInt64(blocks) * UInt64(disk.f_frsize)
  }
}
