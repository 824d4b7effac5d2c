package import ChildProtocol

extension ChildStatus {
  /// Writes the status as the contract's §4 shows it.
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("actor_id", id.text)
      $0.field("manifest_name", id.text)
      $0.field("name", name)
      $0.field("description", description)
      $0.field("version", version)
      $0.field("state", state.rawValue)
      $0.field("since", since.description)
      $0.field("pid", pid.map { Int64($0) })
      $0.field("generation", generation)
      $0.field("restarts", Int64(restarts))
      $0.field("next_start_at", nextStartAt?.description)
      $0.key("last_exit")
      if let lastExit { lastExit.write(to: &$0) } else { $0.null() }
      $0.field("in_flight", Int64(inFlight))
      $0.field("wanted", isWanted ? "up" : "down")
      $0.field("problem", problem)
      $0.field("circuit_open_until", circuitOpenUntil?.description)
      $0.field("state_bytes", Int64(stateBytes))
      $0.key("failures")
      if let failures { failures.write(to: &$0) } else { $0.null() }
    }
  }
}

extension ChildStatus.Failures {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("at", JSON.array(at.map { .string($0.description) }))
      $0.field("most", Int64(most))
      $0.field("period_ms", period.wholeMilliseconds)
    }
  }
}

extension ChildExit {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("cause", cause.rawValue)
      $0.field("code", code.map { Int64($0) })
      $0.field("signal", signal)
      $0.field("reason", reason)
      $0.field("at", at.description)
      $0.field("uptime_ms", uptime.wholeMilliseconds)
      $0.field("stderr_tail", JSON.array(stderrTail.map { .string($0) }))
      $0.field("cpu_ms", cpu?.wholeMilliseconds)
      $0.field("peak_memory_bytes", peakMemoryBytes)
      $0.field("held", JSON.array(held.map { .string($0.text) }))
      $0.field("next", next.rawValue)
      $0.field("next_start_at", nextStartAt?.description)
    }
  }
}

extension LogLine {
  /// Writes the line as the contract's §4 shows it.
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("at", at.description)
      $0.field("stream", stream.rawValue)
      $0.field("generation", generation)
      $0.field("text", text)
    }
  }
}
