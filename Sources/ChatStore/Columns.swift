import ChatCore
import GRDB

/// Columns read so that a damaged database is an error: GRDB's own subscripts trap where a value is
/// not as expected.
extension Row {
  /// The one row of a query that always has one.
  static func required(
    _ db: Database, sql: String, arguments: StatementArguments = [], of what: String
  ) throws -> Row {
    guard let row = try fetchOne(db.cachedStatement(sql: sql), arguments: arguments) else {
      throw StoreError.unreadable(what: what, reason: "its row is missing")
    }
    return row
  }

  func text(_ column: Int) throws(StoreError) -> String {
    guard let text = optionalText(column) else { throw unexpected(column, "text") }
    return text
  }

  func int(_ column: Int) throws(StoreError) -> Int64 {
    guard let number = optionalInt(column) else { throw unexpected(column, "a number") }
    return number
  }

  /// The text; nil where there is NULL.
  func optionalText(_ column: Int) -> String? {
    String.fromDatabaseValue(self[column])
  }

  /// The number; nil where there is NULL.
  func optionalInt(_ column: Int) -> Int64? {
    Int64.fromDatabaseValue(self[column])
  }

  private func unexpected(_ column: Int, _ expected: String) -> StoreError {
    let name = Array(columnNames)[column]
    return .unreadable(what: "a row", reason: "expected \(expected) as \"\(name)\"")
  }
}

extension String {
  /// The text as a column keeps it. GRDB hands SQLite text that ends at the first NUL, so one
  /// becomes U+FFFD, as Markdown has it too (CommonMark 0.31 §2.3). Entries are JSON, where it is
  /// escaped: they keep theirs.
  var column: String {
    guard utf8.contains(0) else { return self }
    return String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
  }
}

extension EntryID {
  var column: String { text.column }
}

extension BranchPoint {
  /// A column's text, which is empty for a thread's beginning: no identifier is.
  init(column: String) { self = column.isEmpty ? .beginning : .entry(EntryID(column)) }

  var column: String { parent?.column ?? "" }
}

extension ThreadID {
  var column: String { text.column }
}

extension ChildID {
  var column: String { text.column }
}
