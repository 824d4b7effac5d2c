import CWarden
import Foundation
import Synchronization

/// What the warden reports.
package enum WardenEvent: Sendable {
  /// It runs; the descriptors are the read ends of its output, -1 where there is none.
  case spawned(
    token: UInt64, pid: Int32, output: Int32, errors: Int32, unapplied: Unapplied)
  case spawnFailed(token: UInt64, reason: String)
  case exited(token: UInt64, ProcessEnd, ProcessUsage)
  /// Nothing of what it had started is left.
  case gone(token: UInt64)
  /// The warden died. What was below it has been ended, and another one has taken its place.
  case lost
}

/// What a process used, with those of its own children that it had waited for.
package struct ProcessUsage: Hashable, Sendable {
  package var cpu: Duration
  /// The most memory that one of them had resident.
  package var peakMemoryBytes: Int64
  /// The kernel ended it, or something below it, for going over the limit of its cgroup.
  package var wasTakenByKernel = false
}

/// What a process was to be given and was not.
package struct Unapplied: OptionSet, Hashable, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  static let oom = Unapplied(rawValue: WARDEN_UNAPPLIED_OOM.rawValue)
  static let group = Unapplied(rawValue: WARDEN_UNAPPLIED_CGROUP.rawValue)
  static let memory = Unapplied(rawValue: WARDEN_UNAPPLIED_MEMORY.rawValue)
  static let processes = Unapplied(rawValue: WARDEN_UNAPPLIED_PIDS.rawValue)
}

/// What a process is started with.
package struct Launch: Sendable {
  package var executable: String
  package var folder: String
  package var arguments: [String]
  /// `NAME=value`, and nothing else.
  package var environment: [String]
  var limits = Manifest.Limits()
  var allowsCore = false
}

/// Asks the warden process to start and signal, and hears from it who ended.
///
/// A thread of its own waits for its events, since NIO can't receive descriptors. When the warden
/// dies that thread ends what was left below it, which has fallen to chatd by then, and starts
/// another.
package final class Warden: Sendable {
  private struct State {
    var socket: Int32
    var pid: Int32
    var lastToken: UInt64 = 0
    var isStopping = false
  }

  /// How long what a dead warden left may take to be gone.
  private static let orphanTimeoutMilliseconds: Int32 = 5000

  private let path: String
  private let state: Mutex<State>
  private let report: @Sendable (WardenEvent) -> Void
  private let log: @Sendable (String) -> Void
  private let keepGroup: @Sendable (String) -> Void
  private let ended = DispatchSemaphore(value: 0)

  /// Starts the warden at `path`. `report` and `log` are called on a thread of its own; so is, but
  /// for the first time, `keepGroup`, with the cgroup of each warden that is started.
  /// - Throws: `ChildError` where it can't be started.
  package init(
    path: String, keepGroup: @escaping @Sendable (String) -> Void = { _ in },
    log: @escaping @Sendable (String) -> Void,
    report: @escaping @Sendable (WardenEvent) -> Void
  ) throws(ChildError) {
    self.path = path
    self.report = report
    self.log = log
    self.keepGroup = keepGroup
    let result = warden_become_subreaper()
    guard result == 0 else { throw .system(doing: "becoming a subreaper", errno: -result) }
    let (socket, pid) = try Self.start(path)
    state = Mutex(State(socket: socket, pid: pid))
    noteGroup(of: pid)
    Thread.detachNewThread { [self] in listen() }
  }

  /// The warden's process, which nobody but tests should touch.
  var pid: Int32 { state.withLock { $0.pid } }

  /// Asks for a process.
  /// - Returns: the number by which the events of this start go.
  /// - Throws: `ChildError` where it could not even be asked for.
  package func spawn(_ launch: Launch) throws(ChildError) -> UInt64 {
    var options = try Self.options(launch)
    let (result, token) = state.withLock { state in
      state.lastToken += 1
      let result = withCStrings(launch.arguments) { arguments in
        withCStrings(launch.environment) { environment in
          warden_send_spawn(
            state.socket, state.lastToken, launch.executable, launch.folder, arguments,
            environment, &options)
        }
      }
      return (result, state.lastToken)
    }
    // It is dead: `lost` comes next, and whoever waits for a process asks again.
    guard result == 0 || Self.isOfTheDead(result) else {
      throw .system(doing: "asking the warden for a process", errno: -result)
    }
    return token
  }

  /// Asks for a signal; a process that has ended is left alone.
  func signal(_ token: UInt64, _ signal: Int32, _ scope: warden_scope) {
    let result = state.withLock { warden_send_signal($0.socket, token, signal, scope) }
    // With a dead warden what the signal was for is dead, too.
    if result != 0, !Self.isOfTheDead(result) {
      log("asking the warden for a signal failed: errno \(-result)")
    }
  }

  /// EBADF: its socket is closed, and there is no other one yet.
  private static func isOfTheDead(_ result: Int32) -> Bool {
    [-EPIPE, -ECONNRESET, -EBADF].contains(result)
  }

  /// Ends the warden and all below it. Blocks until it has ended.
  package func stop() {
    state.withLock { state in
      state.isStopping = true
      if state.socket >= 0 { _ = warden_stop(state.socket) }
    }
    ended.wait()
    // For whoever stops it a second time.
    ended.signal()
  }

  private static func start(_ path: String) throws(ChildError) -> (Int32, Int32) {
    var pid: Int32 = 0
    let socket = warden_start(path, &pid)
    guard socket >= 0 else { throw .system(doing: "starting the warden \(path)", errno: -socket) }
    return (socket, pid)
  }

  private func listen() {
    var event = warden_event()
    while true {
      let (socket, pid) = state.withLock { ($0.socket, $0.pid) }
      let result = warden_receive(socket, &event)
      if result == 1 {
        WardenEvent(event).map(report)
        continue
      }
      if result < 0 { log("hearing from the warden failed: errno \(-result)") }
      _ = warden_wait(pid, Self.orphanTimeoutMilliseconds)
      // Its number may come to mean something else, so nobody may have it any more.
      state.withLock { state in
        close(state.socket)
        state.socket = -1
      }
      if state.withLock(\.isStopping) { break }
      replace()
      if state.withLock(\.isStopping) { break }
      report(.lost)
    }
    ended.signal()
  }

  private func replace() {
    let left = warden_end_orphans(0, Self.orphanTimeoutMilliseconds)
    log("the warden ended; \(left == 0 ? "all below it is gone" : "\(left) processes are left")")
    while !state.withLock(\.isStopping) {
      do throws(ChildError) {
        let (socket, pid) = try Self.start(path)
        noteGroup(of: pid)
        return state.withLock { ($0.socket, $0.pid) = (socket, pid) }
      } catch {
        log("\(error); trying again in 1 s")
        Thread.sleep(forTimeInterval: 1)
      }
    }
  }

  private func noteGroup(of pid: Int32) {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let result = warden_cgroup_path(pid, &path, path.count)
    // Where it has none yet, it may be just about to make it.
    guard result == 0 || result == -ENOENT else { return }
    let bytes = path.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
    if !bytes.isEmpty { keepGroup(String(decoding: bytes, as: UTF8.self)) }
  }

  private static func options(_ launch: Launch) throws(ChildError) -> warden_options {
    var options = warden_default_options()
    options.flags |= WARDEN_OOM | (launch.allowsCore ? WARDEN_CORE : 0)
    // The kernel takes a child before chatd.
    options.oom_score_adj = 300
    let limits: [(__rlimit_resource, Int?, UInt64)] = [
      (RLIMIT_DATA, launch.limits.memoryMB, 1 << 20), (RLIMIT_NOFILE, launch.limits.openFiles, 1),
      (__RLIMIT_NPROC, launch.limits.processes, 1), (RLIMIT_CPU, launch.limits.cpuSeconds, 1),
      (RLIMIT_FSIZE, launch.limits.fileMB, 1 << 20),
    ]
    for case (let resource, let value?, let unit) in limits {
      _ = warden_add_limit(&options, UInt32(resource.rawValue), UInt64(value) * unit)
    }
    options.memory_max = launch.limits.memoryMB.map { UInt64($0) << 20 } ?? 0
    options.pids_max = launch.limits.processes.map { UInt64($0) } ?? 0
    if let name = launch.limits.user {
      let account = try Account(name)
      options.flags |= WARDEN_USER
      options.uid = account.user
      options.gid = account.group
    }
    return options
  }
}

extension WardenEvent {
  /// The event in Swift's terms; nil for one that this chatd does not know.
  fileprivate init?(_ event: warden_event) {
    switch event.kind {
    case WARDEN_SPAWNED:
      self = .spawned(
        token: event.token, pid: event.pid, output: event.stdout_fd, errors: event.stderr_fd,
        unapplied: Unapplied(rawValue: event.unapplied))
    case WARDEN_SPAWN_FAILED:
      let stage = String(cString: warden_stage_name(event.stage))
      let failure = ChildError.system(doing: stage, errno: event.error)
      self = .spawnFailed(token: event.token, reason: "it could not be started: \(failure)")
    case WARDEN_EXITED:
      let end: ProcessEnd =
        event.end == WARDEN_END_EXITED
        ? .exited(event.value) : .signalled(String(cString: warden_signal_name(event.value)))
      let usage = ProcessUsage(
        cpu: .microseconds(event.utime_us + event.stime_us),
        peakMemoryBytes: event.maxrss_kb << 10, wasTakenByKernel: event.oom_kills > 0)
      self = .exited(token: event.token, end, usage)
    case WARDEN_GONE: self = .gone(token: event.token)
    default: return nil
    }
  }
}

/// Calls `body` with the strings as C wants a list of them, ended by NULL.
private func withCStrings<T>(
  _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> T
) -> T {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  let pointers = copies.map { UnsafePointer($0) } + [nil]
  return pointers.withUnsafeBufferPointer { buffer in
    // The buffer has one element at least, so it has an address.
    buffer.baseAddress.map(body) ?? withUnsafePointer(to: nil, body)
  }
}
