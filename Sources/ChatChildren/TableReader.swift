package import ChildProtocol

/// Reads a table key by key and gathers what is wrong, the keys that nobody asked for included.
package struct TableReader {
  private let document: TOMLDocument
  private let table: [String]
  private let json: JSON
  private var asked: Set<String> = []
  /// What was wrong so far.
  package private(set) var complaints: [Complaint] = []

  /// A reader of the whole document.
  package init(_ document: TOMLDocument) {
    self.init(document, table: [], json: document.root)
  }

  private init(_ document: TOMLDocument, table: [String], json: JSON) {
    self.document = document
    self.table = table
    self.json = json
  }

  /// Whether the key is there; it counts as known from now on.
  package mutating func has(_ key: String) -> Bool { value(key) != nil }

  /// Any value.
  package mutating func value(_ key: String) -> JSON? {
    asked.insert(key)
    return json[key]
  }

  /// A string that `isGood`, else `fallback`.
  package mutating func string(
    _ key: String, _ fallback: String, expected: String = "a string",
    where isGood: (String) -> Bool = { _ in true }
  ) -> String {
    read(key, expected, { $0.string.flatMap { isGood($0) ? $0 : nil } }) ?? fallback
  }

  /// A truth value.
  package mutating func bool(_ key: String, _ fallback: Bool) -> Bool {
    read(key, "true or false", \.bool) ?? fallback
  }

  /// A whole number within `range`.
  package mutating func int(_ key: String, _ fallback: Int, in range: ClosedRange<Int>) -> Int {
    let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    return read(key, expected, { Self.whole($0, in: range) }) ?? fallback
  }

  /// A whole number as TOML sees it: `5000.0` is a float, so it is none.
  private static func whole(_ json: JSON, in range: ClosedRange<Int>) -> Int? {
    guard case .number(let text) = json else { return nil }
    return Int(text).flatMap { range.contains($0) ? $0 : nil }
  }

  /// A number within `range`.
  package mutating func double(
    _ key: String, _ fallback: Double, in range: ClosedRange<Double>
  ) -> Double {
    let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
    return read(key, expected, { $0.double.flatMap { range.contains($0) ? $0 : nil } }) ?? fallback
  }

  /// A time in whole milliseconds.
  package mutating func milliseconds(
    _ key: String, _ fallback: Int, in range: ClosedRange<Int> = 1...86_400_000
  ) -> Duration {
    .milliseconds(int(key, fallback, in: range))
  }

  /// One of the raw values of `T`.
  package mutating func choice<T: RawRepresentable & CaseIterable>(
    _ key: String, _ fallback: T
  ) -> T where T.RawValue == String {
    let words = T.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    return read(key, "one of \(words)", { $0.string.flatMap(T.init(rawValue:)) }) ?? fallback
  }

  /// A list of strings that are all good.
  package mutating func strings(
    _ key: String, _ fallback: [String], expected: String = "a list of strings",
    where isGood: ([String]) -> Bool = { _ in true }
  ) -> [String] {
    read(key, expected) { json in
      guard let array = json.array else { return nil }
      let strings = array.compactMap(\.string)
      return strings.count == array.count && isGood(strings) ? strings : nil
    } ?? fallback
  }

  /// A list of whole numbers within `range`.
  package mutating func ints(_ key: String, _ fallback: [Int], in range: ClosedRange<Int>) -> [Int]
  {
    let expected = "a list of whole numbers from \(range.lowerBound) to \(range.upperBound)"
    return read(key, expected) { json in
      guard let array = json.array else { return nil }
      let numbers = array.compactMap { Self.whole($0, in: range) }
      return numbers.count == array.count ? numbers : nil
    } ?? fallback
  }

  /// Reads a table within this one, empty where it is not there; its complaints are this one's.
  package mutating func table<T>(_ key: String, _ read: (inout TableReader) -> T) -> T {
    // Not a bare `nil`: that would be JSON's.
    let value = self.read(key, "a table", { $0.members.map(JSON.object) }) ?? [:]
    var reader = TableReader(document, table: table + [key], json: value)
    let result = read(&reader)
    complaints += reader.finished()
    return result
  }

  /// The names of all its keys.
  package var keys: [String] { (json.members ?? []).map(\.key) }

  /// All of it, whatever it holds.
  package mutating func all() -> JSON {
    asked.formUnion(keys)
    return json
  }

  /// A complaint about a key.
  package mutating func complain(_ key: String, _ reason: String) {
    complaints.append(complaint(key, reason))
  }

  /// All complaints, those about unknown keys included.
  package func finished() -> [Complaint] {
    let unknown = (json.members ?? []).map(\.key).filter { !asked.contains($0) }
    return complaints
      + unknown.map { key in
        let near = asked.sorted().first { $0.isNear(key) }
        let hint = near.map { "; did you mean \"\($0)\"?" } ?? ""
        return complaint(key, "unknown key" + hint)
      }
  }

  private func complaint(_ key: String, _ reason: String) -> Complaint {
    let path = table + [key]
    return Complaint(
      path: document.path, line: document.line(of: path) ?? document.line(of: table),
      key: path.joined(separator: "."), reason: reason)
  }

  private mutating func read<T>(_ key: String, _ expected: String, _ take: (JSON) -> T?) -> T? {
    guard let json = value(key) else { return nil }
    guard let value = take(json) else {
      complain(key, "expected \(expected), got \(json.text.prefix(60))")
      return nil
    }
    return value
  }
}

extension String {
  /// Whether at most two letters have to be put in, left out or changed to make `other` of it
  /// (Levenshtein's distance).
  fileprivate func isNear(_ other: String) -> Bool {
    let (a, b) = (Array(self.utf8), Array(other.utf8))
    guard Swift.abs(a.count - b.count) <= 2 else { return false }
    var row = Array(0...b.count)
    for i in a.indices {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let above = row[j + 1]
        let change = diagonal + (a[i] == b[j] ? 0 : 1)
        row[j + 1] = Swift.min(change, above + 1, row[j] + 1)
        diagonal = above
      }
    }
    return row[b.count] <= 2
  }
}
