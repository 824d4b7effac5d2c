/// What there is to say of a child at one moment (contract §4).
package struct ChildStatus: Hashable, Sendable {
  /// Where a child stands in its life.
  package enum State: String, Sendable, CaseIterable {
    case stopped, starting, ready, suspect, stopping
    case backingOff = "backing_off"
    case parked, invalid
  }

  /// How near it is to being parked.
  package struct Failures: Hashable, Sendable {
    /// When the last ones were, oldest first; those before `period` ago no longer count.
    package var at: [Timestamp]
    /// So many within `period` are borne.
    package var most: Int
    package var period: Duration

    package init(at: [Timestamp], most: Int, period: Duration) {
      self.at = at
      self.most = most
      self.period = period
    }
  }

  package let id: ChildID
  package var name: String
  package var description: String
  package var version: String
  package var state: State
  /// When it came into this state.
  package var since: Timestamp
  package var pid: Int32?
  /// Counts its starts, from 1, over restarts of chatd too; 0: it was never started.
  package var generation: Int64
  /// Starts after failures since a person last started it.
  package var restarts: Int
  package var nextStartAt: Timestamp?
  package var lastExit: ChildExit?
  /// Requests that it holds.
  package var inFlight: Int
  /// Whether it should be up: a person's word, else the manifest's `autostart`.
  package var isWanted: Bool
  /// Why it can't run, in words with file and line; nil where it can.
  package var problem: String?
  /// It answered nothing in time for a while and is skipped until then; nil: it is asked.
  package var circuitOpenUntil: Timestamp?
  /// How much it has saved with `state/save`, as JSON; 0: nothing.
  package var stateBytes: Int
  /// Nil where it has no manifest that holds.
  package var failures: Failures?

  package init(
    id: ChildID, name: String, description: String = "", version: String = "", state: State,
    since: Timestamp, pid: Int32? = nil, generation: Int64 = 0, restarts: Int = 0,
    nextStartAt: Timestamp? = nil, lastExit: ChildExit? = nil, inFlight: Int = 0,
    isWanted: Bool = false, problem: String? = nil, circuitOpenUntil: Timestamp? = nil,
    stateBytes: Int = 0, failures: Failures? = nil
  ) {
    self.id = id
    self.name = name
    self.description = description
    self.version = version
    self.state = state
    self.since = since
    self.pid = pid
    self.generation = generation
    self.restarts = restarts
    self.nextStartAt = nextStartAt
    self.lastExit = lastExit
    self.inFlight = inFlight
    self.isWanted = isWanted
    self.problem = problem
    self.circuitOpenUntil = circuitOpenUntil
    self.stateBytes = stateBytes
    self.failures = failures
  }
}

/// How a child's last generation ended.
package struct ChildExit: Hashable, Sendable {
  /// Why it ended.
  package enum Cause: String, Sendable, CaseIterable {
    /// It left by itself; `code` says how.
    case exit
    /// A signal that chatd did not send.
    case signal
    /// It answered no ping any more.
    case watchdog
    /// It broke the protocol.
    case `protocol`
    /// It was not ready in time, or said that it can't be.
    case startTimeout = "start_timeout"
    /// It went beyond its limit of memory.
    case memory
    /// A person stopped, killed or restarted it.
    case `operator`
    /// chatd or its warden ended.
    case parent
  }

  package var cause: Cause
  package var code: Int32?
  /// The signal's name, `SIGKILL`.
  package var signal: String?
  /// More in words, where there is more to say.
  package var reason: String?
  package var at: Timestamp
  package var uptime: Duration
  /// The processor time it used, with those of its own children that it had waited for; nil: not
  /// known.
  package var cpu: Duration?
  /// The most memory that it, or one of those, had resident; nil: not known.
  package var peakMemoryBytes: Int64?
  /// The last lines it wrote to standard error, or to standard output if it wrote none there.
  package var stderrTail: [String]
  /// The messages it held.
  package var held: [EntryID] = []
  /// The state it went on to: `starting`, `backingOff`, `parked` or `stopped`.
  package var next = ChildStatus.State.stopped
  /// When it is started again, where that is known.
  package var nextStartAt: Timestamp?

  package init(
    cause: Cause, code: Int32? = nil, signal: String? = nil, reason: String? = nil, at: Timestamp,
    uptime: Duration, stderrTail: [String] = []
  ) {
    self.cause = cause
    self.code = code
    self.signal = signal
    self.reason = reason
    self.at = at
    self.uptime = uptime
    self.stderrTail = stderrTail
  }
}

/// A line of a child's log.
package struct LogLine: Hashable, Sendable {
  /// Where it came from.
  package enum Stream: String, Sendable, CaseIterable {
    case stdout, stderr
    /// What chatd says of the child, and what the child says through `log`.
    case chatd
  }

  package let at: Timestamp
  package let stream: Stream
  package let generation: Int64
  package let text: String

  package init(at: Timestamp, stream: Stream, generation: Int64, text: String) {
    self.at = at
    self.stream = stream
    self.generation = generation
    self.text = text
  }
}
