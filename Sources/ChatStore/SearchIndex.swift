import ChatCore
import GRDB

/// The full text index: which words stand in which entry (sqlite.org/fts5.html).
///
/// It has no copy of the texts: they are read through the view `entry_text`, whose rows are those
/// that are indexed. A message's text is taken from its JSON; `entry.text` has that of rollups and
/// tool rounds, since FTS5 can't read a view over `json_each`.
///
/// The thread is indexed as a word of its own, so that a search in one thread never walks through
/// the others. It begins with U+E000, which nobody types, so that what is typed never walks through
/// these words.
enum SearchIndex {
  /// What FTS5 makes words of texts with.
  static let tokenizer = FTS5TokenizerDescriptor.unicode61(diacritics: .remove)
  /// The longest beginnings of words that have an index of their own, characters.
  static let prefixLimit = 3

  /// How a thread stands in the index, for an SQL expression that gives its identifier.
  static func word(ofThread thread: String) -> String { "char(57344) || hex(\(thread))" }

  /// Makes the index and fills it from the log.
  static func create(_ db: Database) throws {
    try db.execute(sql: "ALTER TABLE entry ADD COLUMN text TEXT")
    try fillTexts(db)
    try db.execute(sql: tables)
    try db.execute(sql: "INSERT INTO search (search) VALUES ('rebuild')")
  }

  private static let tables = """
    CREATE VIEW entry_text (arrival, id, thread, text) AS
      SELECT arrival, id, \(word(ofThread: "thread")), text FROM (
        SELECT arrival, id, thread, coalesce(text, json_extract(body, '$.content')) AS text
        FROM entry)
      WHERE text <> '';
    CREATE VIRTUAL TABLE search USING fts5 (
      thread, text, content = 'entry_text', content_rowid = 'arrival', columnsize = 0,
      prefix = '1 2 \(prefixLimit)', tokenize = 'unicode61 remove_diacritics 2');
    CREATE VIRTUAL TABLE search_word USING fts5vocab (search, instance);
    """

  /// One entry is in memory at a time.
  private static func fillTexts(_ db: Database) throws {
    let next = """
      SELECT id, body, arrival FROM entry
      WHERE arrival > ? AND (type <> 'Message' OR instr(body, '\\u0000') > 0)
      ORDER BY arrival LIMIT 1
      """
    var last = Int64(0)
    while let row = try db.row(next, [last]) {
      last = try row.int(2)
      guard let text = try Entry(row: row).textColumn else { continue }
      try db.run("UPDATE entry SET text = ? WHERE arrival = ?", [text, last])
    }
  }
}
