package import ChatCore
package import ChildProtocol

/// What a child's `manifest.toml` says (contract §6). Every value has been checked.
package struct Manifest: Hashable, Sendable {
  /// How a child that ended is started again.
  package struct Restart: Hashable, Sendable {
    /// After which deaths it is started again.
    package enum Policy: String, CaseIterable, Sendable {
      /// Always.
      case permanent
      /// Unless it exited with 0.
      case transient
      /// Never.
      case temporary
    }
    package var policy = Policy.permanent
    package var backoffInitial = Duration.milliseconds(250)
    package var backoffFactor = 2.0
    package var backoffMax = Duration.seconds(30)
    /// How far a wait may be off, as a part of it.
    package var jitter = 0.2
    /// Ready for this long starts the backoff anew.
    package var resetAfter = Duration.seconds(60)
    /// More failures than this in `period`: parked.
    package var intensity = 5
    package var period = Duration.seconds(60)
    /// Between two tries of a parked child; nil: it is not tried again.
    package var parkRetry: Duration? = .seconds(300)
    /// Exit codes that mean: do not restart.
    package var neverOn: Set<Int32> = [78, 125]
  }

  /// When a child counts as hung.
  package struct Watchdog: Hashable, Sendable {
    package var interval = Duration.seconds(5)
    /// Missed pings.
    package var suspectAfter = 3
    package var killAfter = 6
    /// SIGABRT comes first, for a core dump.
    package var core = false
  }

  /// What it hears, and how long it may take.
  package struct Messages: Hashable, Sendable {
    package var roles: Set<Message.Role> = [.user, .assistant]
    package var timeout = Duration.seconds(5)
    package var timeoutMax = Duration.seconds(60)
    package var maxInFlight = 1
    /// Turns wait for it.
    package var wait = true
    /// How many earlier entries come along.
    package var context = 0
    package var maxBytes = 1 << 20
  }

  /// What the kernel holds it to; nil: nothing.
  package struct Limits: Hashable, Sendable {
    package var memoryMB: Int?
    package var openFiles: Int?
    package var processes: Int?
    package var cpuSeconds: Int?
    package var fileMB: Int?
    /// Whom it runs as, when chatd is root.
    package var user: String?
  }

  /// Which of its tools need a person's word, and how long a call may take.
  package struct Tools: Hashable, Sendable {
    /// Until a call has timed out; nil: as long as for a message.
    package var timeout: Duration?
    package var approve = Tool.Approval.ask
    package var auto: Set<String> = []
    package var never: Set<String> = []
  }

  /// What it may ask of chatd.
  package struct Permissions: Hashable, Sendable {
    package var history = false
    package var post = false
    package var call: Set<ChildID> = []
  }

  /// How much of its output is kept on disk.
  package struct Log: Hashable, Sendable {
    package var maxBytes = 10 << 20
    package var files = 3
  }

  package let id: ChildID
  /// The folder, absolute: the child's working directory.
  package let folder: String
  package var name: String
  package var description = ""
  package var version = ""
  package var command: [String] = []
  package var autostart = false
  package var envPass: [String] = []
  /// Read when the child is started, so that a changed secret counts.
  package var envFile: String?
  package var environment: [String: String] = [:]
  package var config: JSON = [:]
  package var messages = Messages()
  package var readyTimeout = Duration.seconds(10)
  package var restart = Restart()
  package var watchdog = Watchdog()
  package var drain = Duration.seconds(5)
  package var term = Duration.seconds(5)
  package var limits = Limits()
  package var tools = Tools()
  package var permissions = Permissions()
  package var log = Log()

  init(id: ChildID, folder: String) {
    self.id = id
    self.folder = folder
    self.name = id.text
  }
}
