import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// What tells a file on disk from another, and from itself before it was written to.
struct FileStamp: Hashable, Sendable {
  let device: UInt64
  let inode: UInt64
  let byteCount: Int
  let seconds: Int
  let nanoseconds: Int

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    byteCount = Int(status.st_size)
    seconds = Int(status.st_mtim.tv_sec)
    nanoseconds = Int(status.st_mtim.tv_nsec)
  }

  /// Whether both are the same file, under whatever names.
  func isSameFile(as other: FileStamp) -> Bool { device == other.device && inode == other.inode }
}

/// Finds what may be served below a folder: regular files of known kinds.
///
/// No symbolic link is followed, nothing whose name begins with a dot is looked at, and the file
/// with the API key is not served under any other name either.
struct AssetFolder: Sendable {
  private static let types = [
    "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml", "png": "image/png", "ico": "image/x-icon", "woff2": "font/woff2",
    "json": "application/json", "webmanifest": "application/manifest+json",
  ]
  private static let keyFile = "api-key.txt"
  private static let fileByteLimit = 16 << 20
  private static let fileCountLimit = 4_096
  private static let depthLimit = 8

  let path: String

  /// Every file by the path at which it is served; those of `known` that did not change are not
  /// read again.
  func files(known: [String: AssetFile]) -> [String: AssetFile] {
    var found: [(name: String, stamp: FileStamp)] = []
    var secrets: [FileStamp] = []
    find("", depth: 0, &found, &secrets)
    var files: [String: AssetFile] = [:]
    for (name, stamp) in found.prefix(Self.fileCountLimit) {
      guard !secrets.contains(where: stamp.isSameFile(as:)) else { continue }
      files[name] = known[name].flatMap { $0.stamp == stamp ? $0 : nil } ?? read(name, stamp)
    }
    return files
  }

  private func find(
    _ folder: String, depth: Int, _ found: inout [(name: String, stamp: FileStamp)],
    _ secrets: inout [FileStamp]
  ) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path + folder)) ?? []
    for name in names.sorted() where !name.hasPrefix(".") && found.count < Self.fileCountLimit {
      let place = folder + "/" + name
      var status = stat()
      guard lstat(path + place, &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR where depth < Self.depthLimit: find(place, depth: depth + 1, &found, &secrets)
      case S_IFREG where name.lowercased() == Self.keyFile: secrets.append(FileStamp(status))
      case S_IFREG where Self.type(of: name) != nil: found.append((place, FileStamp(status)))
      default: continue
      }
    }
  }

  private func read(_ name: String, _ stamp: FileStamp) -> AssetFile? {
    guard stamp.byteCount <= Self.fileByteLimit, let type = Self.type(of: name) else { return nil }
    let descriptor = open(path + name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    // It may have become another since it was found.
    guard fstat(descriptor, &status) == 0, FileStamp(status) == stamp,
      let data = try? file.readToEnd() ?? Data()
    else { return nil }
    return AssetFile(stamp: stamp, type: type, bytes: Array(data))
  }

  private static func type(of name: String) -> String? {
    guard let dot = name.lastIndex(of: ".") else { return nil }
    return types[String(name[name.index(after: dot)...])]
  }
}
