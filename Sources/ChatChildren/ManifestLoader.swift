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

  /// Reads every manifest, in order of the children's names; many of them on all processors. A bad
  /// one is reported in its place and stops no other.
  package func load() async -> [Found] {
    var places: [ChildID: URL] = [:]
    for folder in folders {
      for (name, _) in manifests(in: folder) where places[ChildID(name)] == nil {
        places[ChildID(name)] = folder.appendingPathComponent(name, isDirectory: true)
      }
    }
    let sorted = places.sorted { $0.key < $1.key }
    let processorCount = ProcessInfo.processInfo.activeProcessorCount
    return await withTaskGroup(of: [Found].self) { group in
      for part in 0..<processorCount {
        let from = sorted.count * part / processorCount
        let to = sorted.count * (part + 1) / processorCount
        group.addTask { sorted[from..<to].map { Self.read($0.key, in: $0.value) } }
      }
      return await group.reduce(into: []) { $0 += $1 }.sorted { $0.id < $1.id }
    }
  }

  private static func read(_ id: ChildID, in folder: URL) -> Found {
    do throws(Complaints) {
      return Found(id: id, manifest: .success(try Manifest(readingFolder: folder)))
    } catch {
      return Found(id: id, manifest: .failure(error))
    }
  }

  /// What tells whether anything has changed since: each manifest's path, inode, size and times.
  package func fingerprint() -> [String] {
    folders.flatMap { folder in
      manifests(in: folder).map { name, status in
        let (modified, changed) = (status.st_mtim, status.st_ctim)
        return "\(folder.path)/\(name) \(status.st_ino) \(status.st_size)"
          + " \(modified.tv_sec).\(modified.tv_nsec) \(changed.tv_sec).\(changed.tv_nsec)"
      }
    }
  }

  /// The subfolders that have a manifest, in order of their names, with what the system says of it.
  /// One system call each: this is done every few seconds.
  private func manifests(in folder: URL) -> [(name: String, status: stat)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().compactMap { name in
      let path = "\(folder.path)/\(name)/manifest.toml"
      var status = stat()
      guard lstat(path, &status) == 0 else { return nil }
      // A link that leads nowhere is a manifest that can't be read.
      if status.st_mode & S_IFMT == S_IFLNK { _ = stat(path, &status) }
      return (name, status)
    }
  }
}
