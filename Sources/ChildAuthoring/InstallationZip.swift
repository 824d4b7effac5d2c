import Foundation

/// Reads a zip by its central directory (PKWARE's APPNOTE.TXT §4.3).
struct InstallationZip {
  private typealias Fault = InstallationArchive.Fault

  private let bytes: [UInt8]
  private var room: Int

  /// Everything in the archive.
  static func entries(
    _ bytes: [UInt8], _ limits: InstallationTree.Limits
  ) throws(InstallationArchive.Fault) -> [InstallationTree.Entry] {
    var reader = InstallationZip(bytes: bytes, room: limits.byteCount)
    let end = try reader.endRecord()
    let count = Int(try reader.number(at: end + 10, 2))
    guard count <= limits.entryCount else { throw .tooLarge }
    var at = Int(try reader.number(at: end + 16, 4))
    var entries: [InstallationTree.Entry] = []
    for _ in 0..<count {
      if let entry = try reader.readEntry(&at) { entries.append(entry) }
    }
    return entries
  }

  /// Where the record stands with which a zip ends; behind it comes a comment at most.
  private func endRecord() throws(Fault) -> Int {
    let longest = 22 + 65_535
    var at = bytes.count - 22
    while at >= max(0, bytes.count - longest) {
      if bytes[at...].starts(with: [0x50, 0x4B, 5, 6]) { return at }
      at -= 1
    }
    throw .damaged
  }

  /// Reads the entry of the directory at `at`, which goes to the next one.
  /// - Returns: nil for the archive's top itself.
  private mutating func readEntry(_ at: inout Int) throws(Fault) -> InstallationTree.Entry? {
    guard try number(at: at, 4) == 0x0201_4B50 else { throw .damaged }
    let nameCount = Int(try number(at: at + 28, 2))
    guard let path = String(validating: try slice(at + 46, nameCount), as: UTF8.self) else {
      throw .archive("expected names in UTF-8")
    }
    let content = try content(at, path)
    // Unix keeps its mode in the upper half of the attributes; others have none.
    let isUnix = try number(at: at + 5, 1) == 3
    let mode = isUnix ? mode_t(try number(at: at + 40, 2)) : 0
    at += 46 + nameCount + Int(try number(at: at + 30, 2)) + Int(try number(at: at + 32, 2))

    let names = try InstallationArchive.names(in: path)
    let kind: InstallationTree.Entry.Kind
    switch mode & S_IFMT {
    case S_IFLNK: kind = .link(to: String(decoding: content, as: UTF8.self))
    case S_IFDIR: kind = .folder
    case S_IFREG, 0: kind = path.hasSuffix("/") ? .folder : .bytes(content)
    default: throw .entry(path, "expected files, folders and links alone")
    }
    if case .folder = kind, names.isEmpty { return nil }
    guard !names.isEmpty else { throw .entry(path, "expected a name") }
    let usual: mode_t = if case .folder = kind { 0o755 } else { 0o644 }
    return .init(path: names, kind: kind, mode: mode & 0o777 == 0 ? usual : mode & 0o777)
  }

  /// What the entry of the directory at `at` holds, unpacked.
  private mutating func content(
    _ at: Int, _ path: String
  ) throws(Fault) -> ArraySlice<UInt8> {
    guard try number(at: at + 8, 2) & 1 == 0 else { throw .entry(path, "is encrypted") }
    let packedCount = Int(try number(at: at + 20, 4))
    let count = Int(try number(at: at + 24, 4))
    guard count <= room else { throw .tooLarge }
    room -= count
    let local = Int(try number(at: at + 42, 4))
    guard try number(at: local, 4) == 0x0403_4B50 else { throw .damaged }
    let start =
      local + 30 + Int(try number(at: local + 26, 2)) + Int(try number(at: local + 28, 2))
    let packed = try slice(start, packedCount)
    let content: ArraySlice<UInt8>
    switch try number(at: at + 10, 2) {
    case 0: content = packed
    case 8: content = try InstallationInflate.bytes(of: packed, .none, limit: count)[...]
    case let method: throw .entry(path, "is packed by method \(method); expected deflate")
    }
    guard content.count == count,
      UInt64(InstallationInflate.checksum(of: content)) == (try number(at: at + 16, 4))
    else { throw .entry(path, "is damaged") }
    return content
  }

  /// A number of so many bytes, the lowest first.
  private func number(at offset: Int, _ count: Int) throws(Fault) -> UInt64 {
    try slice(offset, count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private func slice(_ offset: Int, _ count: Int) throws(Fault) -> ArraySlice<UInt8> {
    guard offset >= 0, count <= bytes.count - offset else { throw .damaged }
    return bytes[offset..<(offset + count)]
  }
}
