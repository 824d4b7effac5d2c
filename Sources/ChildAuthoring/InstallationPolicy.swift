import Foundation

/// Says, entry by entry, what of a child that is to be installed may be written, and where.
///
/// Whoever made it is not trusted. Names are told apart by their bytes, as the file system does:
/// what looks like one name in Swift may lead elsewhere, since "/" and an accent are one character.
struct InstallationPolicy {
  /// What a child may consist of.
  struct Limits: Sendable {
    /// Of files and folders, with those that no entry states.
    var entryCount: Int
    /// Of one file.
    var fileByteCount: Int
    /// Of all files together.
    var byteCount: Int
    /// Of the path of one entry.
    var pathByteCount = 1024

    /// More than any child should need; a bomb is cut off long before it fills a disk.
    static let standard = Limits(
      entryCount: 10_000, fileByteCount: 128 << 20, byteCount: 256 << 20)
  }

  /// A file or folder, or what else there is, as the source tells of it.
  struct Entry {
    /// What stands there.
    enum Kind: Hashable {
      case file
      case folder
      /// What is refused, in words: `a link`.
      case other(String)
    }
    var path: String
    var kind: Kind
    /// Its permissions.
    var mode: mode_t
    /// How large it is said to be.
    var byteCount: Int?
  }

  /// Where an entry goes.
  struct Place: Hashable {
    /// Relative to the child's folder; empty for that itself.
    let path: String
    /// The folders to make first, the upper before the lower.
    let newFolders: [String]
  }

  /// How complaints call where the child comes from.
  let source: String
  let limits: Limits
  /// The names at the top.
  private(set) var tops: Set<[UInt8]> = []
  private var stated: Set<[UInt8]> = []
  private var folders: Set<[UInt8]> = []
  private var entryCount = 0
  private var byteCount = 0

  init(source: String, limits: Limits = .standard) {
    (self.source, self.limits) = (source, limits)
  }

  /// Lets an entry in.
  /// - Throws: `AuthoringError` of the kind `child` that names it, and what is wrong with it.
  mutating func admit(_ entry: Entry) throws(AuthoringError) -> Place {
    if case .other(let words) = entry.kind {
      throw refusal(of: entry, "is \(words); expected files and folders alone")
    }
    let names = try names(in: entry)
    let path = Array(names.joined(separator: [0x2F]))
    guard !names.isEmpty else {
      guard entry.kind == .folder else { throw refusal(of: entry, "expected a name") }
      return Place(path: "", newFolders: [])
    }
    tops.insert(names[0])
    guard stated.insert(path).inserted else { throw refusal(of: entry, "stands there twice") }
    let count = entry.kind == .folder ? names.count : names.count - 1
    let newFolders = try newFolders(down: names.prefix(count), to: entry)
    if entry.kind == .file {
      if folders.contains(path) { throw refusal(of: entry, "stands there twice") }
      try self.count(1)
      if let byteCount = entry.byteCount { try checkRoom(for: byteCount, in: entry) }
    }
    return Place(path: String(decoding: path, as: UTF8.self), newFolders: newFolders)
  }

  /// Lets more bytes into a file that has `written` of them.
  mutating func admit(
    _ more: Int, to entry: Entry, having written: Int
  ) throws(AuthoringError) {
    guard written + more <= limits.fileByteCount else { throw tooLarge(entry) }
    guard more <= limits.byteCount - byteCount else { throw tooMuch }
    byteCount += more
  }

  /// Why everything is refused.
  var tooMuch: AuthoringError {
    AuthoringError(
      .child,
      "\(source): expected at most \(limits.entryCount) files of \(limits.byteCount) bytes in all")
  }

  /// Why everything is refused, for what is wrong with one entry.
  func refusal(of entry: Entry, _ reason: String) -> AuthoringError {
    AuthoringError(.child, "\(source): \(entry.path.printable): \(reason)")
  }

  /// The names down to an entry, with none that lead elsewhere.
  private func names(in entry: Entry) throws(AuthoringError) -> [[UInt8]] {
    guard !entry.path.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { throw refusal(of: entry, "has a control character in its name") }
    let path = Array(entry.path.utf8)
    let names = path.split(separator: 0x2F).map(Array.init).filter { $0 != [0x2E] }
    guard path.first != 0x2F, !names.contains([0x2E, 0x2E]) else {
      throw refusal(of: entry, "a path that leads out of the folder")
    }
    guard path.count <= limits.pathByteCount, names.allSatisfy({ $0.count <= Int(NAME_MAX) }) else {
      throw refusal(of: entry, "expected a path of at most \(limits.pathByteCount) bytes")
    }
    return names
  }

  private mutating func newFolders(
    down names: ArraySlice<[UInt8]>, to entry: Entry
  ) throws(AuthoringError) -> [String] {
    var made: [String] = []
    var path: [UInt8] = []
    for (depth, name) in names.enumerated() {
      path += depth == 0 ? name : [0x2F] + name
      if folders.contains(path) { continue }
      // What is stated and no folder is a file. The entry's own statement is its last name.
      let isItself = entry.kind == .folder && depth == names.count - 1
      if !isItself, stated.contains(path) { throw refusal(of: entry, "stands below a file") }
      folders.insert(path)
      try count(1)
      made.append(String(decoding: path, as: UTF8.self))
    }
    return made
  }

  private mutating func count(_ more: Int) throws(AuthoringError) {
    entryCount += more
    guard entryCount <= limits.entryCount else { throw tooMuch }
  }

  private func checkRoom(for count: Int, in entry: Entry) throws(AuthoringError) {
    guard count <= limits.fileByteCount else { throw tooLarge(entry) }
    guard count <= limits.byteCount - byteCount else { throw tooMuch }
  }

  private func tooLarge(_ entry: Entry) -> AuthoringError {
    refusal(of: entry, "expected a file of at most \(limits.fileByteCount) bytes")
  }
}

extension String {
  /// The text as it may be shown on a terminal: control characters are written out.
  var printable: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.flatMap { scalar in
          scalar.properties.generalCategory == .control
            ? Array(scalar.escaped(asASCII: true).unicodeScalars) : [scalar]
        }))
  }
}
