import ChatCore
import ChildProtocol
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

/// `children/sample.toml`, `children/schema/manifest.schema.json` and what reads manifests are three
/// places for the same keys and defaults.
@Suite struct SampleManifestTests {
  private let folder: TemporaryFolder
  private let sample: SampleManifest
  private let schema: ManifestSchema

  init() throws {
    folder = try TemporaryFolder()
    try folder.file("sample/main.py", "#!/usr/bin/env python3\n", mode: 0o755)
    try folder.file("sample/secrets.env", "A=b\n", mode: 0o600)
    sample = try SampleManifest()
    schema = try ManifestSchema()
  }

  private func manifest(_ text: String) throws -> Manifest {
    try folder.file("sample/manifest.toml", text)
    return try Manifest(readingFolder: folder.url.appendingPathComponent("sample"))
  }

  private func complaints(_ text: String) throws -> [Complaint] {
    do {
      _ = try manifest(text)
      return []
    } catch let complaints as Complaints {
      return complaints.all
    }
  }

  private func minimal() throws -> Manifest {
    try manifest("command = [\"python3\", \"main.py\"]\n")
  }

  @Test func `it is a manifest of the defaults, and an editor finds the schema`() throws {
    #expect(sample.text.hasPrefix("#:schema schema/manifest.schema.json\n"))
    #expect(try manifest(sample.text) == minimal())
  }

  @Test func `every line may be taken from behind its mark, and says what held before`() throws {
    #expect(sample.held.count > 40)
    for line in sample.held where line.key != "limits.user" || geteuid() == 0 {
      let manifest = try manifest(sample.text { $0.number == line.number })
      if line.hasDefault {
        #expect(try manifest == minimal(), "\(line.key)")
      } else {
        #expect(try manifest != minimal(), "\(line.key)")
      }
    }
  }

  @Test func `all lines together are the defaults of a minimal manifest`() throws {
    #expect(try manifest(sample.text { $0.hasDefault }) == minimal())
    let complaints = try complaints(sample.text { $0.key != "component_path" })
    #expect(complaints.allSatisfy { $0.key == "limits.user" && geteuid() != 0 }, "\(complaints)")
  }

  @Test func `the keys of the sample, the schema and the reading are the same`() throws {
    let known = try knownKeys()
    #expect(known.count > 50)
    #expect(sample.keys.sorted() == known.sorted())
    #expect(schema.keys.keys.sorted() == known.sorted())
  }

  /// Every literal of the source that reads manifests, tried as a key in every table: those that
  /// are not "unknown" are its keys.
  private func knownKeys() throws -> [String] {
    let source = try String(
      contentsOf: Places.root.appendingPathComponent(
        "Sources/ChatChildren/Manifest+Reading.swift"), encoding: .utf8)
    let words = Set(source.matches(of: /"([a-z_]+)"/).map { String($0.1) }).sorted()
    func known(in table: String?) throws -> [(key: String, isTable: Bool)] {
      let lines = (table.map { ["[\($0)]"] } ?? []) + words.map { "\($0) = 1" }
      let complaints = try complaints(lines.joined(separator: "\n"))
      let start = table.map { $0 + "." } ?? ""
      return words.map { start + $0 }.compactMap { key in
        let reasons = complaints.filter { $0.key == key }.map(\.reason)
        guard !reasons.contains(where: { $0.hasPrefix("unknown key") }) else { return nil }
        return (key, reasons.contains { $0.hasPrefix("expected a table") })
      }
    }
    let top = try known(in: nil)
    // In these two anything goes.
    let tables = top.filter { $0.isTable && !["config", "env"].contains($0.key) }
    return try top.map(\.key) + tables.flatMap { try known(in: $0.key).map(\.key) }
  }

  @Test func `the defaults of the sample and the schema are the same`() throws {
    let document = try TOMLDocument(sample.text { $0.hasDefault }, as: "sample.toml")
    for (key, rules) in schema.keys where rules["properties"] == nil {
      let names = key.split(separator: ".").map(String.init)
      let value = names.reduce(document.root) { $0[$1] ?? .null }
      if let said = rules["default"] {
        #expect(value == said || value.double == said.double && said.double != nil, "\(key)")
      } else {
        #expect(value.isNull || ["command", "name"].contains(key), "\(key)")
      }
    }
  }

  @Test func `a number may be as small and as large as the schema says`() throws {
    // What must not be less than another key has that one beside it.
    let beside = [
      "messages.timeout_max_ms": "timeout_ms = 1", "watchdog.kill_after": "suspect_after = 1",
      "watchdog.suspect_after": "kill_after = 1000",
    ]
    var count = 0
    for (key, rules) in schema.keys {
      let names = key.split(separator: ".")
      guard names.count == 2, let least = rules["minimum"]?.int, let most = rules["maximum"]?.int
      else { continue }
      for (value, isRight) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
        let complaints = try complaints(
          """
          command = ["true"]
          [\(names[0])]
          \(beside[key] ?? "")
          \(names[1]) = \(value)
          """)
        #expect(complaints.isEmpty == isRight, "\(key) = \(value): \(complaints)")
      }
      count += 1
    }
    #expect(count > 20)
  }
}

/// `children/sample.toml` by its lines.
private struct SampleManifest {
  /// A line with a key.
  struct Line {
    let number: Int
    let key: String
    /// It stands behind a `#`.
    let isHeld: Bool
    /// It says what holds without it, too.
    let hasDefault: Bool
  }

  let text: String
  /// Every key, those of tables with the table's before them, and the tables.
  private(set) var keys: [String] = []
  private var lines: [Line] = []

  init() throws {
    text = try String(
      contentsOf: Places.exampleChildren.appendingPathComponent("sample.toml"), encoding: .utf8)
    var table = ""
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if let match = line.prefixMatch(of: /\[([a-z]+)\]/) {
        table = match.1 + "."
        keys.append(String(match.1))
      } else if let match = line.prefixMatch(of: /(#?)([a-z_]+) =/) {
        let key = table + match.2
        keys.append(key)
        lines.append(
          Line(
            number: number, key: key, isHeld: !match.1.isEmpty,
            hasDefault: !match.1.isEmpty && !line.contains("none by default")))
      }
    }
  }

  /// The lines that stand behind a `#`.
  var held: [Line] { lines.filter(\.isHeld) }

  /// The sample with the lines chosen taken from behind their `#`. Where `component_path` is, the
  /// command goes: only one of the two can be there.
  func text(_ isChosen: (Line) -> Bool) -> String {
    var all = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for line in held where isChosen(line) {
      all[line.number].removeFirst()
      if line.key == "component_path" { all.removeAll { $0.hasPrefix("command = ") } }
    }
    return all.joined(separator: "\n")
  }
}

/// `children/schema/manifest.schema.json` by its keys.
private struct ManifestSchema {
  /// What it says of each key; where that is a reference within the file, of what it leads to, too.
  private(set) var keys: [String: JSON] = [:]

  init() throws {
    let file = Places.exampleChildren.appendingPathComponent("schema/manifest.schema.json")
    let root = try JSON(parsing: Data(contentsOf: file))
    func rules(_ json: JSON) -> JSON {
      let start = "#/$defs/"
      guard let reference = json["$ref"]?.string, reference.hasPrefix(start),
        let target = root["$defs"]?[String(reference.dropFirst(start.count))]
      else { return json }
      return .object((target.members ?? []) + (json.members ?? []))
    }
    for member in root["properties"]?.members ?? [] {
      keys[member.key] = rules(member.value)
      for inner in member.value["properties"]?.members ?? [] {
        keys["\(member.key).\(inner.key)"] = rules(inner.value)
      }
    }
  }
}
