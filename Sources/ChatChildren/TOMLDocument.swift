package import ChildProtocol
package import Foundation
import TOMLKit

/// A TOML file as a JSON value, with the line of each key, so that a complaint can name both.
package struct TOMLDocument: Sendable {
  /// The file's path, as complaints name it.
  package let path: String
  /// The file's tables and values.
  package let root: JSON
  private let lines: [[String]: Int]

  /// The longest file that is read.
  private static let byteLimit = 1 << 20

  /// Reads the file at `url`; complaints call it `name`.
  /// - Throws: `Complaints` with the place of the fault.
  package init(reading url: URL, as name: String) throws(Complaints) {
    // Looked at before it is opened: a pipe or a device could be read for ever.
    var status = stat()
    guard stat(url.path, &status) == 0 else {
      let failure = ChildError.system(doing: "can't be read", errno: errno)
      throw Complaints(Complaint(path: name, reason: failure.description))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Complaints(Complaint(path: name, reason: "expected a file, not a folder or a device"))
    }
    let tooLong = Complaint(path: name, reason: "expected at most \(Self.byteLimit) bytes")
    guard status.st_size <= Self.byteLimit else { throw Complaints(tooLong) }
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw Complaints(
        Complaint(path: name, reason: "can't be read: \(error.localizedDescription)"))
    }
    guard data.count <= Self.byteLimit else { throw Complaints(tooLong) }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw Complaints(Complaint(path: name, reason: "expected UTF-8"))
    }
    try self.init(text, as: name)
  }

  /// Reads TOML text; complaints call it `name`.
  package init(_ text: String, as name: String) throws(Complaints) {
    path = name
    var scan = KeyScan(text)
    scan.run()
    if let (line, reason) = scan.fault {
      throw Complaints(Complaint(path: name, line: line, reason: reason))
    }
    lines = scan.lines
    do {
      // No flag for other bases: JSON has decimal numbers alone. It has no infinity either; as a
      // string it is at least a wrong type with a line.
      let json = try TOMLTable(string: text).convert(
        to: .json, options: [.quoteDateAndTimes, .quoteInfinitesAndNaNs, .allowUnicodeStrings])
      root = try JSON(parsing: json.utf8)
    } catch let error as TOMLParseError {
      throw Complaints(
        Complaint(
          path: name, line: error.source.begin.line, reason: "not TOML: \(error.description)"))
    } catch {
      throw Complaints(Complaint(path: name, reason: "not TOML: \(error)"))
    }
  }

  /// The line on which a key stands, counted from 1; nil where it can't be told (a key within an
  /// inline table, say).
  package func line(of key: [String]) -> Int? { lines[key] }
}

/// One thing that is wrong with a file of configuration.
package struct Complaint: Hashable, Sendable, CustomStringConvertible {
  package let path: String
  package let line: Int?
  /// The key with its table, `restart.policy`.
  package let key: String?
  package let reason: String

  package init(path: String, line: Int? = nil, key: String? = nil, reason: String) {
    self.path = path
    self.line = line
    self.key = key
    self.reason = reason
  }

  /// `manifest.toml:3: restart.policy: expected …`
  package var description: String {
    path + (line.map { ":\($0)" } ?? "") + ": " + (key.map { "\($0): " } ?? "") + reason
  }
}

/// All that is wrong with a file of configuration; never empty.
package struct Complaints: Error, Hashable, Sendable, CustomStringConvertible {
  package let all: [Complaint]

  package init(_ first: Complaint, _ more: [Complaint] = []) { all = [first] + more }

  /// One complaint a line.
  package var description: String { all.map(\.description).joined(separator: "\n") }
}

/// Finds the lines of tables and keys: TOMLKit says where a syntax error is, not where a value is.
///
/// It knows just enough of TOML to tell keys from what stands in strings, arrays, inline tables and
/// comments. What it makes of text that is no TOML does not matter.
private struct KeyScan {
  /// Where each table and key stands first.
  private(set) var lines: [[String]: Int] = [:]
  /// What must not even reach the parser.
  private(set) var fault: (line: Int, reason: String)?

  /// toml++ goes down a dotted key by recursion, so that a long one would be the end of chatd.
  private static let nameLimit = 16

  private let bytes: [UInt8]
  private var index = 0
  private var line = 1
  private var table: [String] = []

  init(_ text: String) {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    bytes = Array(text.utf8.starts(with: mark) ? text.utf8.dropFirst(mark.count) : text.utf8[...])
  }

  mutating func run() {
    while fault == nil, let byte = next {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): advance()
      case UInt8(ascii: "#"): skipComment()
      case UInt8(ascii: "["):
        while next == UInt8(ascii: "[") { advance() }
        table = key(until: UInt8(ascii: "]"))
        note(table)
        while next == UInt8(ascii: "]") { advance() }
      default:
        note(table + key(until: UInt8(ascii: "=")))
        skipValue()
      }
    }
    // TOMLKit reads up to the first one.
    if fault == nil, let end = bytes.firstIndex(of: 0) {
      let line = 1 + bytes[..<end].count { $0 == UInt8(ascii: "\n") }
      fault = (line, "not TOML: there is a NUL")
    }
  }

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func advance() {
    if bytes[index] == UInt8(ascii: "\n") { line += 1 }
    index += 1
  }

  /// A table's line is also that of the tables it stands in, where they have none before.
  private mutating func note(_ key: [String]) {
    for count in key.indices {
      let path = Array(key[...count])
      lines[path] = lines[path] ?? line
    }
  }

  /// Reads a key and what ends it; never beyond its line.
  private mutating func key(until end: UInt8) -> [String] {
    var names: [String] = []
    var name: [UInt8] = []
    while fault == nil, let byte = next, byte != UInt8(ascii: "\n") {
      if byte == end || byte == UInt8(ascii: ".") {
        names.append(String(decoding: name, as: UTF8.self))
        name = []
        advance()
        if byte == end { break }
        if names.count >= Self.nameLimit { tooDeep() }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        name += string()
      } else {
        if byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t") { name.append(byte) }
        advance()
      }
    }
    return names
  }

  private mutating func skipValue() {
    var depth = 0
    var dots = 0
    while fault == nil, let byte = next {
      switch byte {
      case UInt8(ascii: "#"):
        skipComment()
        continue
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        _ = string()
        continue
      case UInt8(ascii: "["), UInt8(ascii: "{"): (depth, dots) = (depth + 1, 0)
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: ","): dots = 0
      case UInt8(ascii: "."):
        dots += 1
        if dots >= Self.nameLimit { tooDeep() }
      case UInt8(ascii: "\n") where depth <= 0: return advance()
      default: break
      }
      advance()
    }
  }

  private mutating func skipComment() {
    while let byte = next, byte != UInt8(ascii: "\n") { advance() }
  }

  /// Reads a string of any of the four kinds.
  private mutating func string() -> [UInt8] {
    let quote = bytes[index]
    let isLong = bytes[index...].prefix(3).elementsEqual([quote, quote, quote])
    for _ in 0..<(isLong ? 3 : 1) { advance() }
    let start = index
    while let byte = next {
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), index + 1 < bytes.count {
        advance()
      } else if byte == quote, !isLong {
        break
      } else if byte == quote, bytes[index...].prefix(3).elementsEqual([quote, quote, quote]) {
        break
      } else if byte == UInt8(ascii: "\n"), !isLong {
        break
      }
      advance()
    }
    let content = Array(bytes[start..<index])
    // Up to two quotes may stand before the three that end a long one.
    while next == quote {
      advance()
      if !isLong { break }
    }
    guard quote == UInt8(ascii: "\"") else { return content }
    // The escapes of TOML are JSON's, but for \U.
    let quoted: [UInt8] = [quote] + content + [quote]
    return (try? JSON(parsing: quoted))?.string.map { Array($0.utf8) } ?? content
  }

  private mutating func tooDeep() {
    fault = fault ?? (line, "expected keys of at most \(Self.nameLimit) names, joined by dots")
  }
}
