import ChatCore
import Testing

@testable import ChatChildren

/// Every phase × every event that can come in it. An event that a phase's table does not name
/// changes nothing.
@Suite struct ChildLifecycleTests {
  typealias Event = ChildLifecycle.Event

  /// A phase: what leads there, and what each event makes of it.
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let script: [Event]
    /// `EVENT: PHASE ACTIONS…`, a line each.
    let table: String
    var testDescription: String { name }
  }

  @Test(arguments: rows) func `every event in every phase does what the table says`(row: Row) {
    let expected = Dictionary(
      uniqueKeysWithValues: row.table.split(separator: "\n").map { line in
        let parts = line.split(separator: ":", maxSplits: 1)
        return (String(parts[0]), String(parts[1].dropFirst()))
      })
    #expect(Set(expected.keys).isSubset(of: Self.events.map(\.name)), "a name is misspelt")
    for (name, event) in Self.events where isLegal(event, after: row.script) {
      var life = Life()
      for step in row.script { _ = life.handle(step) }
      #expect(life.phase == row.name)
      // A child that is parked for good has no timer that could fire.
      if event == .timer, row.name == "parked", life.lifecycle.nextStart == nil { continue }
      let before = life.visible
      let actions = life.handle(event)
      let found = ([life.phase] + actions.map(words)).joined(separator: " ")
      if let line = expected[name] {
        #expect(found == line, "\(name) in \(row.name)")
      } else {
        #expect(actions == [], "\(name) in \(row.name)")
        #expect(life.visible == before, "\(name) in \(row.name)")
      }
    }
  }

  /// What the warden says of a process has an order: it is started, it ends, all of it is gone.
  private func isLegal(_ event: Event, after script: [Event]) -> Bool {
    let isSpawned = script.contains { if case .spawned = $0 { true } else { false } }
    let hasExited = script.contains { if case .exited = $0 { true } else { false } }
    return switch event {
    case .spawned, .spawnFailed: script.contains(.start) && !isSpawned
    case .exited: isSpawned && !hasExited
    default: true
    }
  }

  static let events: [(name: String, event: Event)] = [
    ("start", .start), ("stop", .stop), ("kill", .kill), ("restart", .restart(force: false)),
    ("restart!", .restart(force: true)), ("spawned", .spawned(pid: 7)),
    ("spawn failed", .spawnFailed(reason: "no such program")), ("ready", .ready),
    ("refused", .startRefused(reason: "no key")), ("suspected", .suspected),
    ("recovered", .recovered), ("hung", .condemned(.watchdog, reason: "silence")),
    ("broke the protocol", .condemned(.protocol, reason: "a frame of length 0")),
    ("disconnected", .disconnected), ("exited", .exited(.exited(1))),
    ("signalled", .exited(.signalled("SIGSEGV"))), ("gone", .gone), ("timer", .timer),
    ("warden lost", .wardenLost), ("changed", .adopt(Life.manifest { $0.version = "2" })),
  ]

  private static let asked: [Event] = [.start]
  private static let launching: [Event] = [.start, .spawned(pid: 7)]
  private static let up: [Event] = launching + [.ready]
  private static let ended: [Event] = [.exited(.exited(1)), .gone]
  /// A second failure waits, a sixth within a minute parks.
  private static let backingOff = launching + ended + [.spawned(pid: 8)] + ended

  private static let parked =
    backingOff + [.timer, .spawned(pid: 9)] + ended + [.timer, .spawned(pid: 10)] + ended
    + [.timer, .spawned(pid: 11)] + ended + [.timer, .spawned(pid: 12)] + ended

  static let rows: [Row] = [
    Row(name: "down", script: [], table: fresh + "\nchanged: down adopted"),
    Row(
      name: "launching", script: asked,
      table: """
        stop: terminating TERM timer(5 s)
        kill: killing clear KILL
        restart: terminating TERM timer(5 s)
        restart!: killing clear KILL
        changed: terminating TERM timer(5 s)
        spawned: launching
        spawn failed: launching clear fail bury(exit 127) launch timer(10 s)
        ready: up clear
        refused: terminating close TERM timer(5 s)
        hung: killing close KILL clear
        broke the protocol: killing close KILL clear
        disconnected: disconnected close timer(5 s)
        timer: killing close KILL clear
        warden lost: launching clear close fail bury(parent SIGKILL) launch timer(10 s)
        """),
    Row(
      name: "launching", script: launching,
      table: """
        stop: terminating TERM timer(5 s)
        kill: killing clear KILL
        restart: terminating TERM timer(5 s)
        restart!: killing clear KILL
        changed: terminating TERM timer(5 s)
        ready: up clear
        refused: terminating close TERM timer(5 s)
        hung: killing close KILL clear
        broke the protocol: killing close KILL clear
        disconnected: disconnected close timer(5 s)
        exited: reaping clear close fail
        signalled: reaping clear close fail
        timer: killing close KILL clear
        warden lost: launching clear close fail bury(parent SIGKILL) launch timer(10 s)
        """),
    Row(name: "up", script: up, table: running + "\nsuspected: suspect"),
    Row(name: "suspect", script: up + [.suspected], table: running + "\nrecovered: up"),
    Row(
      name: "disconnected", script: up + [.disconnected],
      table: """
        kill: killing clear KILL
        restart!: killing clear KILL
        exited: reaping clear close fail
        signalled: reaping clear close fail
        timer: terminating fail TERM timer(5 s)
        warden lost: launching clear close fail bury(parent SIGKILL) launch timer(10 s)
        """),
    Row(name: "draining", script: up + [.stop], table: leaving("terminating TERM timer(5 s)")),
    Row(name: "terminating", script: launching + [.stop], table: leaving("killing KILL")),
    Row(
      name: "terminating", script: asked + [.stop],
      table: """
        kill: killing clear KILL
        restart!: killing clear KILL
        spawned: terminating
        spawn failed: down clear fail bury(operator 127)
        timer: killing KILL
        warden lost: down clear close fail bury(operator SIGKILL)
        """),
    Row(
      name: "killing", script: up + [.kill],
      table: """
        exited: reaping clear close fail
        signalled: reaping clear close fail
        warden lost: down clear close fail bury(operator SIGKILL)
        """),
    Row(
      name: "killing", script: up + [.condemned(.watchdog, reason: "silence")],
      table: """
        exited: reaping clear close fail
        signalled: reaping clear close fail
        warden lost: launching clear close fail bury(watchdog SIGKILL) launch timer(10 s)
        """),
    Row(
      name: "reaping", script: up + [.stop, .exited(.exited(0))],
      table: """
        gone: down fail bury(operator 0)
        warden lost: down clear close fail bury(operator 0)
        """),
    Row(
      name: "reaping", script: up + [.restart(force: false), .exited(.exited(0))],
      table: """
        gone: launching fail bury(operator 0) launch timer(10 s)
        warden lost: launching clear close fail bury(operator 0) launch timer(10 s)
        """),
    Row(
      name: "reaping", script: up + [.exited(.signalled("SIGSEGV"))],
      table: """
        gone: launching fail bury(signal SIGSEGV) launch timer(10 s)
        warden lost: launching clear close fail bury(signal SIGSEGV) launch timer(10 s)
        """),
    Row(
      name: "backing off", script: backingOff,
      table: waiting + "\ntimer: launching launch timer(10 s)"),
    Row(
      name: "parked", script: parked, table: waiting + "\ntimer: launching launch timer(10 s)"),
    Row(name: "parked", script: launching + [.exited(.exited(78)), .gone], table: waiting),
  ]

  private static let fresh = """
    start: launching clear launch timer(10 s)
    restart: launching clear launch timer(10 s)
    restart!: launching clear launch timer(10 s)
    """

  private static let waiting =
    fresh + "\nstop: down clear\nkill: down clear"
    + "\nchanged: launching adopted clear launch timer(10 s)"

  private static let running = """
    stop: draining shutdown timer(5 s)
    kill: killing clear KILL
    restart: draining shutdown timer(5 s)
    restart!: killing clear KILL
    changed: draining shutdown timer(5 s)
    hung: killing close KILL clear
    broke the protocol: killing close KILL clear
    disconnected: disconnected close timer(5 s)
    exited: reaping clear close fail
    signalled: reaping clear close fail
    warden lost: launching clear close fail bury(parent SIGKILL) launch timer(10 s)
    """

  /// Someone wants it down, and it is still there.
  private static func leaving(_ timer: String) -> String {
    """
    kill: killing clear KILL
    restart!: killing clear KILL
    exited: reaping clear close fail
    signalled: reaping clear close fail
    timer: \(timer)
    warden lost: down clear close fail bury(operator SIGKILL)
    """
  }
}

/// An action in a word or two.
private func words(_ action: ChildLifecycle.Action) -> String {
  switch action {
  case .sendShutdown: "shutdown"
  case .signal(.terminate): "TERM"
  case .signal(.abort): "ABRT"
  case .signal(.kill): "KILL"
  case .setTimer(let delay): "timer(\(delay.words))"
  case .clearTimer: "clear"
  case .closeConnection: "close"
  case .failRequests: "fail"
  case .bury(let exit, _):
    "bury(\(exit.cause) \(exit.signal ?? exit.code.map(String.init) ?? ""))"
  default: "\(action)"
  }
}
