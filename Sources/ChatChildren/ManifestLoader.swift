package import ChatCore
package import Foundation

/// Finds children: each folder with a `manifest.toml` in the folders given is one.
package struct ManifestLoader: Sendable {
  /// A child's folder and what became of reading it.
  package struct Found: Sendable {
    package let id: ChildID
    package let manifest: Result<Manifest, Complaints>
  }

  /// The folders that are looked through, the first that has a name wins.
  package let folders: [URL]

  package init(folders: [URL]) { self.folders = folders }

  /// Reads every manifest, in order of the children's names. A bad one is reported in its place and
  /// stops no other.
  package func load() -> [Found] {
    var found: [ChildID: Found] = [:]
    for folder in folders {
      for child in subfolders(of: folder) {
        let id = ChildID(child.lastPathComponent)
        if found[id] != nil { continue }
        do throws(Complaints) {
          found[id] = Found(id: id, manifest: .success(try Manifest(readingFolder: child)))
        } catch {
          found[id] = Found(id: id, manifest: .failure(error))
        }
      }
    }
    return found.values.sorted { $0.id < $1.id }
  }

  /// What tells whether anything has changed since: each manifest's path, inode, size and times.
  package func fingerprint() -> [String] {
    folders.flatMap { folder in
      subfolders(of: folder).map { child in
        let path = child.appendingPathComponent("manifest.toml").path
        var status = stat()
        guard stat(path, &status) == 0 else { return path }
        let (modified, changed) = (status.st_mtim, status.st_ctim)
        return "\(path) \(status.st_ino) \(status.st_size) \(modified.tv_sec).\(modified.tv_nsec)"
          + " \(changed.tv_sec).\(changed.tv_nsec)"
      }
    }
  }

  private func subfolders(of folder: URL) -> [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().map { folder.appendingPathComponent($0) }.filter {
      // By its name alone: a link that leads nowhere is a manifest that can't be read.
      let manifest = $0.appendingPathComponent("manifest.toml").path
      return (try? FileManager.default.attributesOfItem(atPath: manifest)) != nil
    }
  }
}
