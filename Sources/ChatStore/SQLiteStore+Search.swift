package import ChatCore
import Foundation
import GRDB

extension SQLiteStore {
  package func search(_ query: SearchQuery) async throws(ChatError) -> SearchPage {
    try await search(query, bounds: SearchBounds())
  }

  func search(_ query: SearchQuery, bounds: SearchBounds) async throws(ChatError) -> SearchPage {
    try await read { db in try db.search(query, bounds) }
  }
}

/// How much one search looks at: the newest of what matches, so that it takes no longer for a word
/// that is in a million entries. What is ranked is that.
struct SearchBounds: Sendable {
  /// Entries that are compared.
  var hitCount = 500
  /// Their texts, bytes; the one that goes beyond is still taken.
  var textBytes = 8 << 20
  /// Entries that match, those of deleted threads included.
  var matchCount = 20_000
  /// After that the next one that matches is the last. Until it comes FTS5 is not held up: it takes
  /// some 20 ms to pass over a million entries of which many have one of two words, and none both.
  var time: Duration = .milliseconds(250)
}

/// What was found on the way back through the log.
private struct Findings {
  var found: [(arrival: Int64, text: MarkedText)] = []
  var matchCount = 0
  var byteCount = 0
  /// Everything from here on was looked at.
  var reached: Int64

  func isEnough(_ bounds: SearchBounds) -> Bool {
    found.count >= bounds.hitCount || byteCount >= bounds.textBytes
      || matchCount >= bounds.matchCount
  }
}

extension Database {
  fileprivate func search(_ query: SearchQuery, _ bounds: SearchBounds) throws -> SearchPage {
    guard SearchQuery.limits.contains(query.limit) else {
      let limits = SearchQuery.limits
      throw ChatError.invalid(
        field: "limit",
        expected: "a whole number from \(limits.lowerBound) to \(limits.upperBound)")
    }
    let phrases = try SearchPhrase.phrases(
      in: query.text, makeTokenizer(SearchIndex.tokenizer))
    guard !phrases.isEmpty else {
      throw ChatError.invalid(field: "q", expected: "a word to look for")
    }
    if let thread = query.thread { _ = try livingThread(thread) }
    let findings = try findings(
      of: matchExpression(for: phrases, in: query.thread), before: try end(of: query), bounds)
    return SearchPage(
      hits: try best(query.limit, of: findings, for: phrases),
      next: try findings.reached > 1 ? entry(arrivedFrom: findings.reached) : nil,
      seq: try lastSeq())
  }

  /// What is looked at arrived before this.
  private func end(of query: SearchQuery) throws -> Int64 {
    guard let before = query.before else {
      let last = try Row.required(self, sql: "SELECT max(arrival) FROM entry", of: "the log")
      return (last.optionalInt(0) ?? 0) + 1
    }
    guard let row = try row("SELECT arrival FROM entry WHERE id = ?", [before.column]) else {
      throw ChatError.notFound(what: "entry \(before)")
    }
    return try row.int(0)
  }

  /// Goes back through the log until there is enough.
  ///
  /// No lower bound is set to what FTS5 looks at: it finds the first entry that matches, however far
  /// back that is, before it heeds one, so whoever goes on below it has it pass over the same again.
  private func findings(
    of expression: String, before end: Int64, _ bounds: SearchBounds
  ) throws -> Findings {
    // In this order: FTS5 gives what matches one by one, the newest first, without a sort.
    let matches = """
      SELECT search.rowid, CASE WHEN deleted_at IS NULL THEN \(MarkedText.sql(column: 1)) END
      FROM search CROSS JOIN entry ON arrival = search.rowid
        CROSS JOIN thread ON thread.id = entry.thread
      WHERE search MATCH ? AND search.rowid < ? ORDER BY search.rowid DESC
      """
    var findings = Findings(reached: end)
    let started = ContinuousClock.now
    let rows = try Row.fetchCursor(
      cachedStatement(sql: matches), arguments: [expression, end])
    while let row = try rows.next() {
      findings.matchCount += 1
      findings.reached = try row.int(0)
      if let marked = Data.fromDatabaseValue(row[1]) {
        findings.found.append((findings.reached, MarkedText(marked)))
        findings.byteCount += marked.count
      }
      if findings.isEnough(bounds) || started.duration(to: .now) >= bounds.time { return findings }
    }
    findings.reached = 1
    return findings
  }

  private func best(
    _ limit: Int, of findings: Findings, for phrases: [SearchPhrase]
  ) throws -> [SearchHit] {
    let relevance = Relevance(
      phrases, averageLength: Double(findings.byteCount) / Double(max(1, findings.found.count)))
    let ranked = findings.found.map { (score: relevance.score(of: $0.text), $0.arrival, $0.text) }
      .sorted { ($0.score, $0.1) > ($1.score, $1.1) }
    return try ranked.prefix(limit).map { _, arrival, text in
      let row = try Row.required(
        self, sql: "SELECT id, body FROM entry WHERE arrival = ?", arguments: [arrival],
        of: "a found entry")
      let entry = try Entry(row: row)
      let shown = Snippet(text).pieces(
        within: entry.stretches(textByteCount: text.text.count))
      return SearchHit(entry: entry, child: shown.child, snippet: shown.pieces)
    }
  }

  /// The first entry that arrived then or later.
  private func entry(arrivedFrom arrival: Int64) throws -> EntryID? {
    try row("SELECT id FROM entry WHERE arrival >= ? ORDER BY arrival LIMIT 1", [arrival])
      .map { EntryID(try $0.text(0)) }
  }
}
