import Foundation

/// Reads a tar: POSIX's ustar and pax, and GNU's long names (tar(5)).
struct InstallationTar {
  private typealias Fault = InstallationArchive.Fault
  private static let blockByteCount = 512

  private var rest: ArraySlice<UInt8>
  private var entries: [InstallationTree.Entry] = []
  /// What a header before the entry said about it.
  private var longPath: String?
  private var longTarget: String?

  /// Everything in the archive.
  static func entries(
    _ bytes: ArraySlice<UInt8>, _ limits: InstallationTree.Limits
  ) throws(InstallationArchive.Fault) -> [InstallationTree.Entry] {
    var reader = InstallationTar(rest: bytes)
    guard try reader.readEntry() else { throw .archive("expected a .tar, .tar.gz or .zip") }
    while try reader.readEntry() {
      guard reader.entries.count <= limits.entryCount else { throw .tooLarge }
    }
    return reader.entries
  }

  private init(rest: ArraySlice<UInt8>) { self.rest = rest }

  /// Reads a header and what belongs to it.
  /// - Returns: false at the end, which is a block of zeros.
  private mutating func readEntry() throws(Fault) -> Bool {
    guard rest.count >= Self.blockByteCount else {
      if entries.isEmpty { return false }
      throw .damaged
    }
    let header = Header(rest.prefix(Self.blockByteCount))
    if header.isEnd { return false }
    guard header.isWhole else {
      if entries.isEmpty { return false }
      throw .damaged
    }
    let path = longPath ?? header.path
    guard let byteCount = header.byteCount, byteCount <= rest.count - Self.blockByteCount else {
      throw .entry(path, "its end is missing")
    }
    rest = rest.dropFirst(Self.blockByteCount)
    let content = rest.prefix(byteCount)
    rest = rest.dropFirst(byteCount + (-byteCount & (Self.blockByteCount - 1)))
    switch header.type {
    case "x": try readRecords(content)
    case "g": break
    case "L": longPath = Self.text(content)
    case "K": longTarget = Self.text(content)
    default:
      try take(header, path, content)
      (longPath, longTarget) = (nil, nil)
    }
    return true
  }

  private mutating func take(
    _ header: Header, _ path: String, _ content: ArraySlice<UInt8>
  ) throws(Fault) {
    let names = try InstallationArchive.names(in: path)
    let target = longTarget ?? header.target
    let kind: InstallationTree.Entry.Kind
    switch header.type {
    case "5": kind = .folder
    case "0", "\0", "7": kind = path.hasSuffix("/") ? .folder : .bytes(content)
    case "2": kind = .link(to: target)
    case "1": kind = try bytes(ofLinked: target, for: path)
    default:
      throw .entry(path, "expected files, folders and links alone, got type \(header.type)")
    }
    if names.isEmpty {
      guard case .folder = kind else { throw .entry(path, "expected a name") }
      return
    }
    entries.append(.init(path: names, kind: kind, mode: header.mode))
  }

  /// What a hard link to an earlier file holds: the file is written twice.
  private func bytes(
    ofLinked target: String, for path: String
  ) throws(Fault) -> InstallationTree.Entry.Kind {
    let names = try InstallationArchive.names(in: target)
    guard let entry = entries.last(where: { $0.path == names }), case .bytes = entry.kind else {
      throw .entry(path, "a link to \(target), which is no file before it")
    }
    return entry.kind
  }

  /// Reads pax records, each `LENGTH KEY=VALUE` and a newline.
  private mutating func readRecords(_ content: ArraySlice<UInt8>) throws(Fault) {
    var rest = content
    while !rest.isEmpty {
      guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
        let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
        length > space - rest.startIndex + 1, length <= rest.count
      else { throw .damaged }
      let record = rest[(space + 1)..<(rest.startIndex + length - 1)]
      rest = rest.dropFirst(length)
      guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { throw .damaged }
      let value = String(decoding: record[(equals + 1)...], as: UTF8.self)
      switch String(decoding: record[..<equals], as: UTF8.self) {
      case "path": longPath = value
      case "linkpath": longTarget = value
      // A file that is larger than a header can say, or with holes.
      case let key where key == "size" || key.hasPrefix("GNU.sparse"):
        throw .archive("expected a plain tar; its files have the pax key \(key)")
      default: break
      }
    }
  }

  /// Text up to its NUL.
  fileprivate static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}

extension InstallationTar {
  /// The block before each entry.
  private struct Header {
    private let block: ArraySlice<UInt8>

    init(_ block: ArraySlice<UInt8>) { self.block = block }

    var isEnd: Bool { block.allSatisfy { $0 == 0 } }

    /// Whether the checksum is that of the block, with spaces in the checksum's place.
    var isWhole: Bool {
      let sum = block.reduce(0) { $0 + Int($1) } - field(148, 8).reduce(0) { $0 + Int($1) } + 8 * 32
      return octal(148, 8) == sum
    }

    var path: String {
      let isPOSIX = field(257, 6).elementsEqual("ustar\0".utf8)
      let prefix = isPOSIX ? text(field(345, 155)) : ""
      return prefix.isEmpty ? text(field(0, 100)) : prefix + "/" + text(field(0, 100))
    }

    var mode: mode_t { mode_t((octal(100, 8) ?? 0o644) & 0o777) }
    /// Nil for more than octal digits can say: too large for us by far. Links have no content.
    var byteCount: Int? { "12".contains(type) ? 0 : octal(124, 12) }
    var type: Character { Character(Unicode.Scalar(block[block.startIndex + 156])) }
    var target: String { text(field(157, 100)) }

    private func field(_ offset: Int, _ count: Int) -> ArraySlice<UInt8> {
      block.dropFirst(offset).prefix(count)
    }

    private func octal(_ offset: Int, _ count: Int) -> Int? {
      let digits = text(field(offset, count)).split(separator: " ").first ?? ""
      return Int(digits, radix: 8).flatMap { $0 < 0 ? nil : $0 }
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String { InstallationTar.text(bytes) }
  }
}
