import ChatCore
import ChildProtocol

/// What a child's earlier failures mean for the messages to come.
extension Child {
  /// Why a message is not given to it though it is ready; asks the circuit, so only as the last
  /// question about a message. A person who wants it asked again outranks that.
  func circuitRefusal(of ask: Ask) -> String? {
    guard manifest.messages.wait, ask.consultation.inquiry.only == nil,
      !circuit.admits(now: Moment.now.steady)
    else { return nil }
    let failing =
      "circuit open: it answered none of the last \(circuit.timeoutCount) messages in time; "
    guard let until = circuitOpenUntil else { return failing + "one of them is its probe" }
    return failing + "it is given one as a probe at \(until)"
  }

  /// When it is probed, on the clock for people; nil where its circuit is not open.
  var circuitOpenUntil: Timestamp? {
    let now = Moment.now
    return circuit.openUntil.map { now.advanced(by: $0 - now.steady).wall }
  }

  func countTimeout() {
    let before = circuit
    circuit.timedOut(now: Moment.now.steady)
    showCircuit(after: before)
  }

  /// The child has answered a message; late answers say nothing of the next one.
  func answeredInTime(_ ask: Ask) {
    let before = circuit
    if !ask.isOverdue { circuit.answered() }
    showCircuit(after: before)
    var counts = crashCounts
    counts.answered(ask.consultation.inquiry.message.id)
    if counts != crashCounts { keep(counts) }
  }

  /// It ended over these messages.
  func crashed(over messages: [EntryID]) {
    guard !messages.isEmpty else { return }
    var counts = crashCounts
    counts.crashed(over: messages)
    keep(counts)
  }

  private func showCircuit(after before: Circuit) {
    guard (circuit.openUntil == nil) != (before.openUntil == nil) else { return }
    if let until = circuitOpenUntil {
      say("circuit open: \(circuit.timeoutCount) messages in a row timed out; probe at \(until)")
    } else if before.openUntil != nil, circuit.timeoutCount == 0 {
      say("circuit closed: it answers in time again")
    }
    place.publish(.children([status]))
  }

  private func keep(_ counts: CrashCounts) {
    crashCounts = counts
    let (id, json) = (id, counts.json)
    place.supervisor.assumeIsolated { $0.keep(.init(crashes: json), of: id) }
  }
}
