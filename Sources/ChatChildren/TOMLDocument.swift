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
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw Complaints(
        Complaint(path: name, reason: "can't be read: \(error.localizedDescription)"))
    }
    guard data.count <= Self.byteLimit else {
      throw Complaints(Complaint(path: name, reason: "expected at most \(Self.byteLimit) bytes"))
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw Complaints(Complaint(path: name, reason: "expected UTF-8"))
    }
    try self.init(text, as: name)
  }

  /// Reads TOML text; complaints call it `name`.
  package init(_ text: String, as name: String) throws(Complaints) {
    path = name
    lines = Self.lines(of: text)
    do {
      root = try JSON(parsing: TOMLTable(string: text).convert(to: .json).utf8)
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

  /// Finds the lines of tables and keys. TOMLKit says where a syntax error is, not where a value
  /// is; this knows only enough of TOML to find `[table]` and `key =` at the beginning of a line,
  /// outside multi-line strings.
  private static func lines(of text: String) -> [[String]: Int] {
    var lines: [[String]: Int] = [:]
    var table: [String] = []
    var fence: String?
    for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = raw.trimmingCharacters(in: .whitespaces)
      defer {
        for mark in ["\"\"\"", "'''"] where fence == nil || fence == mark {
          if line.components(separatedBy: mark).count % 2 == 0 { fence = fence == nil ? mark : nil }
        }
      }
      guard fence == nil, !line.hasPrefix("#") else { continue }
      if line.hasPrefix("["), let end = line.firstIndex(of: "]") {
        table = keys(line[line.index(after: line.startIndex)..<end])
        lines[table] = lines[table] ?? index + 1
      } else if let equals = line.firstIndex(of: "=") {
        let key = table + keys(line[..<equals])
        lines[key] = lines[key] ?? index + 1
      }
    }
    return lines
  }

  private static func keys(_ text: Substring) -> [String] {
    text.split(separator: ".").map {
      $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t\"'[]"))
    }
  }
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
