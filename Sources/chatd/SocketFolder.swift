import Foundation

/// The folder with the children's sockets. Not in the data folder: their paths have to be short.
enum SocketFolder {
  /// The longest path that leaves room for a socket's name.
  static let pathLengthMax = 80
  private static let prefix = "chatd-"

  /// Makes one, in what is meant for that: systemd's RUNTIME_DIRECTORY, /run for root, a user's
  /// XDG_RUNTIME_DIR, which are in memory and are not cleared while chatd runs; else in /tmp.
  /// - Throws: `DataFolder.Refused`
  static func make(environment: [String: String]) throws(DataFolder.Refused) -> URL {
    let places = places(environment)
    for place in places where place.utf8.count + prefix.utf8.count + 7 <= pathLengthMax {
      var template = Array("\(place)/\(prefix)XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else { continue }
      let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
      // A child that runs as another user has to get to its socket; each is its owner's alone.
      chmod(path, 0o711)
      guardFromCleaners(path)
      return URL(fileURLWithPath: path, isDirectory: true)
    }
    throw DataFolder.Refused(
      description: "no folder for sockets can be made in \(places.joined(separator: " or "))")
  }

  /// Removes one that `make` has made, with the sockets in it and nothing else; nil where it is
  /// gone, else what is wrong.
  static func remove(_ path: String) -> String? {
    guard path.hasPrefix("/"), !path.contains(".."),
      URL(fileURLWithPath: path).lastPathComponent.hasPrefix(prefix)
    else { return "\(path) is no folder for sockets" }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
      var status = stat()
      let socket = "\(path)/\(name)"
      if lstat(socket, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(socket) }
    }
    if rmdir(path) == 0 || errno == ENOENT { return nil }
    return "\(path) could not be removed: \(String(cString: strerror(errno)))"
  }

  private static func places(_ environment: [String: String]) -> [String] {
    let service = environment["RUNTIME_DIRECTORY"]?.split(separator: ":").first.map(String.init)
    let own = geteuid() == 0 ? "/run" : environment["XDG_RUNTIME_DIR"]
    return [service, own, "/tmp"].compactMap { $0 }.filter { $0.hasPrefix("/") }
  }

  /// systemd-tmpfiles clears /tmp of what is ten days old, but for folders that somebody has locked.
  /// The lock goes with the process.
  private static func guardFromCleaners(_ path: String) {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 { flock(folder, LOCK_SH) }
  }
}
