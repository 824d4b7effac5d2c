import Synchronization

/// What `/metrics` counts: since chatd was started, each one a number that any thread may raise.
final class Counters: Sendable {
  let changes = Atomic<Int>(0)
  let watchers = Atomic<Int>(0)
  let cutOff = Atomic<Int>(0)
  let commands = Atomic<Int>(0)
  let brokenOff = Atomic<Int>(0)
  private let responses = Mutex<[Int: Int]>([:])

  /// Counts a response with this status.
  func count(status: Int) { responses.withLock { $0[status, default: 0] += 1 } }

  /// Everything in Prometheus' text format (version 0.0.4).
  func text(seq: Int64, childStates: [String: Int]) -> String {
    var text = ""
    func add(_ name: String, _ kind: String, _ help: String, _ samples: [(String, Int)]) {
      text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
      for (labels, value) in samples { text += "\(name)\(labels) \(value)\n" }
    }
    func load(_ counter: borrowing Atomic<Int>) -> Int { counter.load(ordering: .relaxed) }
    add("chatd_log_seq", "gauge", "Number of the log's last change.", [("", Int(seq))])
    add("chatd_changes_total", "counter", "Changes of the log.", [("", load(changes))])
    let statuses = responses.withLock { $0 }.sorted { $0.key < $1.key }
    add(
      "chatd_http_responses_total", "counter", "Responses by status.",
      statuses.map { ("{code=\"\($0.key)\"}", $0.value) })
    add(
      "chatd_http_broken_off_total", "counter",
      "Responses that ended midway because the log could not be read.", [("", load(brokenOff))])
    add("chatd_websocket_clients", "gauge", "WebSocket clients.", [("", load(watchers))])
    add("chatd_websocket_commands_total", "counter", "Commands received.", [("", load(commands))])
    add(
      "chatd_websocket_cut_off_total", "counter", "Clients cut off because they read too slowly.",
      [("", load(cutOff))])
    add(
      "chatd_children", "gauge", "Children by state.",
      childStates.sorted { $0.key < $1.key }.map { ("{state=\"\($0.key)\"}", $0.value) })
    return text
  }
}
