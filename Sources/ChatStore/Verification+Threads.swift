import ChatCore
import ChildProtocol
import GRDB

extension Database {
  /// Some branches, each held against the entries that it forks from and begins with.
  func branchFindings(after start: Int64) throws -> Verification.View<Int64> {
    let sql = """
      SELECT b.id, b.parent_branch, b.fork_position, f.id IS NOT NULL, f.thread = b.thread,
        EXISTS (SELECT 1 FROM entry e WHERE e.branch = b.id AND e.position = b.fork_position + 1)
      FROM branch b
      LEFT JOIN entry f ON f.branch = b.parent_branch AND f.position = b.fork_position
      WHERE b.id > ? ORDER BY b.id LIMIT ?
      """
    return try view(sql, after: start) { row in
      let (id, fork) = (try row.int(0), try row.int(2))
      var faults: [String] = []
      if let parent = row.optionalInt(1) {
        if parent >= id { faults.append("forks from branch \(parent), a later one") }
        if row.optionalInt(3) == 0 {
          faults.append("forks at \(fork) of branch \(parent), where nothing stands")
        }
        if row.optionalInt(4) == 0 {
          faults.append("forks from branch \(parent) of another thread")
        }
      } else if fork != -1 {
        faults.append("forks from none, but at \(fork)")
      }
      if row.optionalInt(5) == 0 { faults.append("has no entry at \(fork + 1), where it begins") }
      return faults.map { "branch \(id) \($0)" }
    }
  }

  /// Some threads, each held against its head and the message whose turn runs.
  func threadFindings(after start: String) throws -> Verification.View<String> {
    let lastSeq = try lastSeq()
    let sql = """
      SELECT \(ChatThread.columns), turn,
        (SELECT e.branch IS NOT NULL FROM entry e WHERE e.id = t.head AND e.thread = t.id),
        EXISTS (SELECT 1 FROM entry e WHERE e.id = t.turn AND e.thread = t.id)
      FROM thread t WHERE t.id > ? ORDER BY t.id LIMIT ?
      """
    return try view(sql, after: start) { row in
      let id = try row.text(0)
      var faults: [String] = []
      do { _ = try ChatThread(row: row) } catch let StoreError.unreadable(_, reason) {
        faults.append("its row can't be read: \(reason)")
      }
      let seq = row.optionalInt(1) ?? 0
      if seq > lastSeq { faults.append("its seq \(seq) is behind the log's last one, \(lastSeq)") }
      if seq < 1 { faults.append("its seq is \(seq), expected 1 or more") }
      if let head = row.optionalText(4) {
        switch row.optionalInt(13) {
        case nil: faults.append("its head \(head) is not in it")
        case 0: faults.append("its head \(head) has no place")
        default: break
        }
      }
      if let turn = row.optionalText(12), row.optionalInt(14) == 0 {
        faults.append("the message \(turn), whose turn runs, is not in it")
      }
      return faults.map { "thread \(id): \($0)" }
    }
  }

  /// What is kept of some children.
  func childFindings(after start: String) throws -> Verification.View<String> {
    let sql = """
      SELECT id, generation, state, crashes, approvals FROM child WHERE id > ? ORDER BY id LIMIT ?
      """
    return try view(sql, after: start) { row in
      let id = try row.text(0)
      var findings: [String] = []
      for (column, name) in [(2, "state"), (3, "crashes"), (4, "approvals")] {
        guard let text = row.optionalText(column) else { continue }
        do { _ = try JSON(parsing: text.utf8) } catch {
          findings.append("child \(id): its \(name) can't be read: \(error)")
        }
      }
      if try row.int(1) < 0 { findings.append("child \(id): its generation is below 0") }
      return findings
    }
  }

  /// Some rows of a query whose first column is the key that it goes by.
  private func view<Key: Sendable & DatabaseValueConvertible>(
    _ sql: String, after start: Key, _ findings: (Row) throws -> [String]
  ) throws -> Verification.View<Key> {
    var view = Verification.View<Key>()
    var (count, last) = (0, start)
    let arguments: StatementArguments = [start, Verification.viewRowCount]
    let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
    while let row = try rows.next() {
      guard let key = Key.fromDatabaseValue(row[0]) else {
        throw StoreError.unreadable(what: "a row", reason: "its key is no \(Key.self)")
      }
      last = key
      view.findings += try findings(row)
      count += 1
    }
    if count == Verification.viewRowCount { view.next = last }
    return view
  }
}
