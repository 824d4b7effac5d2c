import ChildProtocol
import Testing

@testable import ChatCore

@Suite struct ChildStatusTests {
  private let time = Timestamp(milliseconds: 1_795_341_600_123)

  private func text(_ write: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    write(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func `A child that was never started has the contract's shape`() {
    let status = ChildStatus(id: ChildID("dice"), name: "Dice", state: .stopped, since: time)
    #expect(
      text(status.write) == #"{"actor_id":"dice","manifest_name":"dice","name":"Dice","#
        + #""description":"","version":"","state":"stopped","since":"2026-11-22T10:00:00.123Z","#
        + #""pid":null,"generation":0,"restarts":0,"next_start_at":null,"last_exit":null,"#
        + #""in_flight":0,"wanted":"down","problem":null,"#
        + #""circuit_open_until":null,"state_bytes":0,"failures":null}"#)
  }

  @Test func `A child with a past has the contract's shape`() {
    var exit = ChildExit(
      cause: .startTimeout, code: 1, signal: "SIGKILL", reason: "slow", at: time,
      uptime: .milliseconds(1500), stderrTail: ["a", "b"])
    (exit.cpu, exit.peakMemoryBytes) = (.milliseconds(70), 4096)
    (exit.held, exit.next, exit.nextStartAt) = ([EntryID("m")], .backingOff, time)
    let status = ChildStatus(
      id: ChildID("dice"), name: "Dice", description: "Rolls", version: "1", state: .backingOff,
      since: time, pid: 77, generation: 3, restarts: 2, nextStartAt: time, lastExit: exit,
      inFlight: 4, isWanted: true, problem: "p", circuitOpenUntil: time,
      failures: .init(at: [time], most: 5, period: .seconds(60)))
    #expect(
      text(status.write) == #"{"actor_id":"dice","manifest_name":"dice","name":"Dice","#
        + #""description":"Rolls","version":"1","state":"backing_off","#
        + #""since":"2026-11-22T10:00:00.123Z","pid":77,"generation":3,"restarts":2,"#
        + #""next_start_at":"2026-11-22T10:00:00.123Z","last_exit":{"cause":"start_timeout","#
        + #""code":1,"signal":"SIGKILL","reason":"slow","at":"2026-11-22T10:00:00.123Z","#
        + #""uptime_ms":1500,"stderr_tail":["a","b"],"cpu_ms":70,"peak_memory_bytes":4096,"#
        + #""held":["m"],"next":"backing_off","next_start_at":"2026-11-22T10:00:00.123Z"},"#
        + #""in_flight":4,"wanted":"up","problem":"p","#
        + #""circuit_open_until":"2026-11-22T10:00:00.123Z","state_bytes":0,"#
        + #""failures":{"at":["2026-11-22T10:00:00.123Z"],"most":5,"period_ms":60000}}"#)
  }

  @Test func `A line of a log has the contract's shape`() {
    let line = LogLine(at: time, stream: .stderr, generation: 2, text: "oops \u{1B}[0m")
    #expect(
      text(line.write) == #"{"at":"2026-11-22T10:00:00.123Z","stream":"stderr","generation":2,"#
        + #""text":"oops \u001b[0m"}"#)
  }

  @Test func `Every word of the contract is there and no other`() {
    #expect(
      ChildStatus.State.allCases.map(\.rawValue) == [
        "stopped", "starting", "ready", "suspect", "stopping", "backing_off", "parked", "invalid",
      ])
    #expect(
      ChildExit.Cause.allCases.map(\.rawValue) == [
        "exit", "signal", "watchdog", "protocol", "start_timeout", "memory", "operator", "parent",
      ])
    #expect(LogLine.Stream.allCases.map(\.rawValue) == ["stdout", "stderr", "chatd"])
  }
}
