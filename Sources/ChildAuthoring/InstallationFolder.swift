import Foundation

/// Lists what is in a folder that is to be installed.
enum InstallationFolder {
  /// Everything below `folder` but `.git`, as it is on disk: links are not followed.
  /// - Throws: `AuthoringError` for what is neither file, folder nor link, and beyond the limits.
  static func entries(
    of folder: URL, within limits: InstallationTree.Limits
  ) throws(AuthoringError) -> [InstallationTree.Entry] {
    var entries: [InstallationTree.Entry] = []
    var waiting: [[String]] = [[]]
    while let path = waiting.popLast() {
      let here = path.reduce(folder) { $0.appendingPathComponent($1) }
      let names: [String]
      do { names = try FileManager.default.contentsOfDirectory(atPath: here.path) } catch {
        throw AuthoringError(.system, "\(here.path): \(error.words)")
      }
      for name in names.sorted() where !(path.isEmpty && name == ".git") {
        let entry = try entry(path + [name], at: here.appendingPathComponent(name))
        if case .folder = entry.kind { waiting.append(entry.path) }
        entries.append(entry)
        guard entries.count <= limits.entryCount else {
          throw AuthoringError(
            .child, "\(folder.path): expected at most \(limits.entryCount) files")
        }
      }
    }
    return entries
  }

  private static func entry(
    _ path: [String], at url: URL
  ) throws(AuthoringError) -> InstallationTree.Entry {
    var status = stat()
    guard lstat(url.path, &status) == 0 else {
      throw AuthoringError(.system, "\(url.path): \(String(cString: strerror(errno)))")
    }
    let kind: InstallationTree.Entry.Kind
    switch status.st_mode & S_IFMT {
    case S_IFDIR: kind = .folder
    case S_IFREG: kind = .copy(of: url, byteCount: Int(status.st_size))
    case S_IFLNK:
      do {
        kind = .link(to: try FileManager.default.destinationOfSymbolicLink(atPath: url.path))
      } catch {
        throw AuthoringError(.system, "\(url.path): \(error.words)")
      }
    default:
      throw AuthoringError(.child, "\(url.path): expected files, folders and links alone")
    }
    return InstallationTree.Entry(path: path, kind: kind, mode: status.st_mode & 0o777)
  }
}
