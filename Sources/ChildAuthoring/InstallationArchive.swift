import Foundation

/// Reads what is in an archive, of whatever kind its first bytes say it is.
enum InstallationArchive {
  /// Everything in the archive at `url`, a .tar, .tar.gz or .zip, with paths that stay within it.
  /// - Throws: `AuthoringError` for what is no archive, and where it holds too much.
  static func entries(
    of url: URL, within limits: InstallationTree.Limits
  ) throws(AuthoringError) -> [InstallationTree.Entry] {
    let name = url.path
    let data: Data
    do { data = try Data(contentsOf: url, options: .mappedIfSafe) } catch {
      throw AuthoringError(.system, "\(name): \(error.words)")
    }
    // Uncompressed it is at most so much larger than its files.
    let limit = limits.byteCount + limits.entryCount * 4096
    guard data.count <= limit else { throw tooLarge(name, limits) }
    let bytes = Array(data)
    do throws(Fault) {
      if bytes.starts(with: [0x50, 0x4B]) { return try InstallationZip.entries(bytes, limits) }
      guard bytes.starts(with: [0x1F, 0x8B]) else {
        return try InstallationTar.entries(bytes[...], limits)
      }
      let unpacked = try InstallationInflate.bytes(of: bytes[...], .gzip, limit: limit)
      return try InstallationTar.entries(unpacked[...], limits)
    } catch {
      switch error {
      case .tooLarge: throw tooLarge(name, limits)
      case .entry(let path, let reason):
        throw AuthoringError(.child, "\(name): \(path): \(reason)")
      case .archive(let reason): throw AuthoringError(.child, "\(name): \(reason)")
      }
    }
  }

  /// Why an archive is refused.
  enum Fault: Error, Hashable {
    case tooLarge
    case entry(String, String)
    case archive(String)

    /// What has the beginning of an archive, but ends or goes wrong in it.
    static let damaged = Fault.archive("the archive is damaged")
  }

  /// The archive's name without what says its kind.
  static func stem(of url: URL) -> String {
    let name = url.lastPathComponent
    let ending = [".tar.gz", ".tgz", ".tar", ".zip"].first { name.lowercased().hasSuffix($0) }
    return String(name.dropLast(ending?.count ?? 0))
  }

  /// The names in a path; none for the archive's top itself.
  static func names(in path: String) throws(Fault) -> [String] {
    let names = path.split(separator: "/").map(String.init).filter { $0 != "." }
    guard !path.hasPrefix("/"), !names.contains(".."), !path.utf8.contains(0) else {
      throw .entry(path, "a path that leads out of the folder")
    }
    return names
  }

  private static func tooLarge(
    _ name: String, _ limits: InstallationTree.Limits
  ) -> AuthoringError {
    AuthoringError(
      .child,
      "\(name): expected at most \(limits.entryCount) files of \(limits.byteCount) bytes in all")
  }
}
