import Foundation

/// What is on the disk for certain in one folder, and what may be: a disk's account, kept without
/// looking at the real one, which SQLite holds locks on.
struct DurableFolder {
  private var files: [String: DurableFile] = [:]

  /// A file that has been there all along.
  mutating func add(_ path: String, _ bytes: [UInt8]) { files[path] = DurableFile(bytes) }

  /// `makes`: where there is none.
  mutating func open(_ path: String, makes: Bool) {
    if files[path] == nil {
      let bytes = FileManager.default.contents(atPath: path).map { [UInt8]($0) }
      // An empty one was made a moment ago, and nobody has flushed it.
      files[path] = DurableFile(bytes?.isEmpty == true ? nil : bytes)
      if bytes?.isEmpty == true { files[path]?.make() }
    }
    if makes, files[path]?.exists == false { files[path]?.make() }
  }

  mutating func write(_ bytes: [UInt8], to path: String, at offset: Int) {
    files[path]?.write(bytes, at: offset)
  }

  mutating func cut(_ path: String, to byteCount: Int) { files[path]?.cut(to: byteCount) }

  /// `flushed`: together with the folder.
  mutating func remove(_ path: String, flushed: Bool) {
    files[path]?.remove()
    if flushed { flushNames() }
  }

  /// With the first flush of a journal or a log SQLite flushes the folder too.
  mutating func flush(_ path: String) {
    let isWithFolder =
      files[path]?.isNew == true && (path.hasSuffix("-wal") || path.hasSuffix("-journal"))
    files[path]?.flush()
    if isWithFolder { flushNames() }
  }

  mutating func failToFlush(_ path: String) { files[path]?.failToFlush() }

  /// The files by their names, as they are when the power comes back.
  func files(after loss: PowerLoss) -> [String: [UInt8]] {
    var loss = loss
    var found: [String: [UInt8]] = [:]
    for (path, file) in files.sorted(by: { $0.key < $1.key }) {
      let name = URL(fileURLWithPath: path).lastPathComponent
      if let bytes = file.bytes(after: &loss) { found[name] = bytes }
    }
    return found
  }

  private mutating func flushNames() {
    for path in files.keys { files[path]?.flushName() }
  }
}
