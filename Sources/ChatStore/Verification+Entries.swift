import ChatCore
import ChildProtocol
import Foundation
import GRDB

extension Database {
  /// Some entries in the order of their arrival, each held against what it refers to.
  func entryFindings(after start: Int64, upTo last: Int64) throws -> Verification.View<Int64> {
    let lastSeq = try lastSeq()
    var view = Verification.View<Int64>()
    let rows = try Row.fetchCursor(
      cachedStatement(sql: StoredEntry.query),
      arguments: [start, last, Verification.viewRowCount])
    var arrival = start
    while let row = try rows.next() {
      arrival = try row.int(0)
      view.findings += StoredEntry(row).findings(lastSeq: lastSeq)
      view.entryCount += 1
    }
    if view.entryCount == Verification.viewRowCount { view.next = arrival }
    return view
  }
}

/// A row of `entry` with what it refers to.
private struct StoredEntry {
  /// The entry's own columns; its branch; who stands before it; what it belongs to; and whoever has
  /// what it alone may have. Each is found by an index. The JSON comes as bytes, since as text it
  /// would be mended where it is no UTF-8.
  static let query = """
    SELECT e.arrival, e.id, CAST(e.body AS BLOB), e.thread, e.seq, e.branch, e.position, e.parent, e.type,
      e.status, e.original, e.branch_from, e.draft IS NOT NULL,
      b.thread, b.fork_position, b.parent_branch, before.id,
      (SELECT o.type FROM entry o WHERE o.id = e.original AND o.thread = e.thread),
      (SELECT t.id FROM thread t WHERE t.seq = e.seq),
      EXISTS (SELECT 1 FROM entry f WHERE f.id = e.branch_from AND f.thread = e.thread),
      EXISTS (SELECT 1 FROM entry r WHERE e.type = 'Rollup' AND r.original = e.original
        AND r.type = 'Rollup' AND r.arrival < e.arrival), CAST(e.kept AS BLOB)
    FROM entry e
    LEFT JOIN branch b ON b.id = e.branch
    LEFT JOIN entry before ON before.position = e.position - 1 AND before.branch =
      CASE WHEN e.position > b.fork_position + 1 THEN e.branch ELSE b.parent_branch END
    WHERE e.arrival > ? AND e.arrival <= ? ORDER BY e.arrival LIMIT ?
    """

  private let row: Row
  private let id: String
  private let status: String?
  private let position: Int64?
  private let parent: String?

  init(_ row: Row) {
    self.row = row
    id = row.optionalText(1) ?? ""
    status = row.optionalText(9)
    position = row.optionalInt(6)
    parent = row.optionalText(7)
  }

  func findings(lastSeq: Int64) -> [String] {
    var faults = numberFaults(lastSeq) + originFaults() + bodyFaults() + keptFaults()
    faults += position.map(placeFaults) ?? waitingFaults()
    if flag(12), status != Message.Status.streaming.rawValue {
      faults.append("it has a draft, but is not being written")
    }
    return faults.map { "entry \(id): \($0)" }
  }

  private func numberFaults(_ lastSeq: Int64) -> [String] {
    let seq = row.optionalInt(4) ?? 0
    var faults: [String] = []
    if seq > lastSeq { faults.append("its seq \(seq) is behind the log's last one, \(lastSeq)") }
    if seq < 1 { faults.append("its seq is \(seq), expected 1 or more") }
    if let thread = row.optionalText(18) {
      faults.append("thread \(thread) has its seq \(seq) too")
    }
    return faults
  }

  private func placeFaults(_ position: Int64) -> [String] {
    let branch = row.optionalInt(5) ?? 0
    var faults: [String] = []
    if status == Message.Status.queued.rawValue { faults.append("it is queued, but has a place") }
    if row.optionalText(11) != nil { faults.append("it has a place, but still wants another") }
    guard let fork = row.optionalInt(14) else {
      return faults + ["its branch \(branch) is missing"]
    }
    if row.optionalText(13) != row.optionalText(3) {
      faults.append("its branch \(branch) belongs to another thread")
    }
    let isFirst = position == 0 && fork == -1 && row.optionalInt(15) == nil
    let before = row.optionalText(16)
    if position <= fork {
      faults.append("it stands at \(position), before its branch \(branch) begins")
    } else if before == nil, !isFirst {
      faults.append("nothing stands before it, at \(position - 1) of the path of branch \(branch)")
    } else if before != parent {
      let parent = parent ?? "none"
      faults.append("its parent is \(parent), but \(before ?? "none") stands before it")
    }
    return faults
  }

  private func waitingFaults() -> [String] {
    var faults: [String] = []
    if status != Message.Status.queued.rawValue {
      faults.append("it has no place, but is not queued")
    }
    if parent != nil { faults.append("it has a parent, but no place") }
    if let wanted = row.optionalText(11).map(BranchPoint.init)?.parent, !flag(19) {
      faults.append("the entry \(wanted) that it is to stand behind is not in its thread")
    }
    return faults
  }

  private func originFaults() -> [String] {
    guard let original = row.optionalText(10) else {
      return row.optionalText(8) == "Message" ? [] : ["it belongs to no message"]
    }
    var faults: [String] = []
    if row.optionalText(17) != "Message" {
      faults.append("the message \(original) that it belongs to is not in its thread")
    }
    if flag(20) { faults.append("message \(original) has another rollup") }
    return faults
  }

  /// The columns repeat what the JSON says; where they differ, one of them is wrong.
  private func bodyFaults() -> [String] {
    let entry: Entry
    let bytes = Data.fromDatabaseValue(row[2]) ?? Data()
    do { entry = try Entry(JSON(parsing: bytes)) } catch {
      return ["its JSON can't be read: \(error)"]
    }
    let pairs: [(String, String?, String?)] = [
      ("id", entry.id.column, id), ("thread", entry.thread.column, row.optionalText(3)),
      ("seq", String(entry.seq), row.optionalInt(4).map { String($0) }),
      ("type", entry.typeColumn, row.optionalText(8)), ("status", entry.statusColumn, status),
      ("parent", entry.parent?.column, parent),
      ("original_message_id", entry.original?.column, row.optionalText(10)),
    ]
    return pairs.filter { $0.1 != $0.2 }.map { name, body, column in
      "its \(name) is \(body ?? "none") in its JSON, \(column ?? "none") in its row"
    }
  }

  private func keptFaults() -> [String] {
    guard let bytes = Data.fromDatabaseValue(row[21]) else { return [] }
    do { _ = try JSON(parsing: bytes) } catch {
      return ["what is kept of it for the assistant can't be read: \(error)"]
    }
    return row.optionalText(8) == "Message" ? [] : ["something is kept of it, but it is no message"]
  }

  private func flag(_ column: Int) -> Bool { row.optionalInt(column) != 0 }
}
