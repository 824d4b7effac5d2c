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

  private func subfolders(of folder: URL) -> [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().map { folder.appendingPathComponent($0) }.filter {
      FileManager.default.fileExists(atPath: $0.appendingPathComponent("manifest.toml").path)
    }
  }
}
