package import ChatCore

extension ChildExit {
  /// How it ended, in words for a person: "it exited with code 1 after 2.5 s".
  package var words: String {
    let how: String
    switch (cause, code, signal) {
    case (.operator, _, _): how = "it was stopped"
    case (.watchdog, _, _): how = "it was ended, since it answered no ping"
    case (.parent, _, _): how = "it ended with chatd's warden"
    case (.protocol, _, _): how = "it was ended for breaking the protocol"
    case (.startTimeout, _, _): how = "it did not start"
    case (.memory, _, _): how = "it was ended for using too much memory"
    case (.exit, let code?, _): how = "it exited with code \(code)"
    case (.signal, _, let name?): how = "it was ended by \(name)"
    default: how = "it ended"
    }
    return how + (cause == .operator ? "" : " after \(uptime.words)")
      + (reason.map { ": \($0)" } ?? "")
  }
}

extension ChildExit {
  /// The whole certificate in one line, for the log.
  package var sentence: String {
    var parts = [words]
    if let cpu { parts.append("processor time \(cpu.words)") }
    if let peakMemoryBytes {
      parts.append("at most \((peakMemoryBytes + (1 << 19)) >> 20) MiB resident")
    }
    if !held.isEmpty { parts.append("it held \(held.map(\.text).joined(separator: ", "))") }
    switch (next, nextStartAt) {
    case (.starting, _): parts.append("it is started again at once")
    case (.backingOff, let at?): parts.append("it is started again at \(at)")
    case (.parked, let at?): parts.append("it is parked and tried again at \(at)")
    case (.parked, nil): parts.append("it is parked until somebody starts it")
    default: parts.append("it stays down")
    }
    return parts.joined(separator: "; ")
  }
}

extension ChildExit.Cause {
  /// Whether the child brought its end about itself.
  var isItsOwn: Bool {
    switch self {
    case .exit, .signal, .watchdog, .protocol, .memory: true
    case .startTimeout, .operator, .parent: false
    }
  }
}

extension Duration {
  /// For people: `80 ms`, `2.5 s`, `10 s`, `4 min`, `3 h`.
  package var words: String {
    let ms = wholeMilliseconds
    switch ms {
    case ..<1000: return "\(ms) ms"
    case ..<60_000:
      let tenths = ms / 100
      return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    case ..<3_600_000: return "\(ms / 60_000) min"
    default: return "\(ms / 3_600_000) h"
    }
  }
}
