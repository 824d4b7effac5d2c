import GRDB

/// What SQLite itself finds, and the rows that there is one of.
extension Database {
  /// Pages, indexes and constraints.
  func structureFindings() throws -> [String] {
    let limit = Verification.findingLimit
    var findings: [String] = []
    let rows = try Row.fetchCursor(self, sql: "PRAGMA integrity_check(\(limit))")
    while let row = try rows.next() {
      let lines = (row.optionalText(0) ?? "").split(separator: "\n").map(String.init)
      findings += lines.filter { $0 != "ok" && !$0.hasPrefix("***") }.map { "the file: \($0)" }
    }
    return findings
  }

  /// The rows that refer to nothing.
  func referenceFindings() throws -> [String] {
    var findings: [String] = []
    let loose = try Row.fetchCursor(self, sql: "PRAGMA foreign_key_check")
    while findings.count <= Verification.findingLimit, let row = try loose.next() {
      let (table, number) = (row.optionalText(0) ?? "?", row.optionalInt(1) ?? 0)
      let parent = row.optionalText(2) ?? "?"
      findings.append("\(table) row \(number) refers to a \(parent) that is not there")
    }
    return findings
  }

  func logFindings() throws -> [String] {
    let count = try Row.required(self, sql: "SELECT count(*) FROM log", of: "the log").int(0)
    var findings = count == 1 ? [] : ["the log has \(count) rows, expected one"]
    let epoch = try Row.required(self, sql: "SELECT epoch FROM log", of: "the log").optionalText(0)
    if epoch?.isEmpty ?? true { findings.append("the log has no epoch") }
    let main = try Row.fetchOne(self, sql: "SELECT deleted_at FROM thread WHERE id = 'main'")
    if main == nil { findings.append("thread main is missing") }
    if main?.optionalInt(0) != nil { findings.append("thread main is deleted") }
    return findings
  }

  /// The last entry that there is now; those that come later were written by who looks after them.
  func lastArrival() throws -> Int64 {
    try Row.fetchOne(self, sql: "SELECT max(arrival) FROM entry")?.optionalInt(0) ?? 0
  }
}
