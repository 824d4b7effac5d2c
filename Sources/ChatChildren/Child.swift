import CWarden
import ChatCore
import ChildProtocol
import Foundation
import NIOCore

/// One child: performs what its lifecycle says, and owns its process, socket, timers and log.
///
/// Isolated to the supervisor; everything that happens elsewhere comes through `occurred`, with the
/// generation it belongs to.
final class Child {
  /// Something that happened to one generation.
  enum Occurrence: Sendable {
    case listening(Result<any Channel, any Error>)
    case connection(ObjectIdentifier, ConnectionEvent)
    case lifecycleTimer
    case watchdogTimer
    case askTimer(consultation: Int)
    case callTimer(request: Int64)
    /// One of its two pipes has been read to its end.
    case outputEnded
    /// Its pipes should have ended by now; somebody else holds them.
    case outputOverdue
    /// What it and all below it have in memory; nil: it has ended.
    case resident(bytes: UInt64?)
  }

  /// How many of the last lines on standard error a death certificate holds.
  private static let tailLineCount = 50

  let id: ChildID
  /// Its own among the supervisor's children, for the names of its sockets.
  let number: Int
  let log: ChildLog
  let place: ChildPlace
  private(set) var lifecycle: ChildLifecycle
  /// What a person last said: up or down; nil: nobody has said anything yet.
  var word: Bool?
  /// What it saved last.
  var savedState: JSON?
  /// How long that is as JSON; 0: it saved nothing.
  var savedStateBytes = 0
  var saving = StateSaving()
  /// Its next generation starts without what it saved.
  var forgetsState = false
  /// What is wrong with a newer manifest, which therefore does not count.
  var problem: String?
  /// A manifest that was tried and did not become ready.
  var rejected: Manifest?
  /// Its folder is gone: it goes too, once nothing of it is left.
  var isRemoved = false
  /// The tools it declared.
  var tools: [Tool] = []
  /// What a person wants to be remembered of them.
  var approvals: ToolApprovals
  var posts = PostBudget()
  var requests = ChildRequests()
  var waiters: [CommandWaiter] = []
  var strikes: [Duration] = []
  var watchdog: Watchdog?

  /// The warden's number of the process there is.
  private(set) var token: UInt64?
  private var listener: (any Channel)?
  private(set) var channel: (any Channel)?
  private var channelID: ObjectIdentifier?
  private var candidate: (channel: any Channel, session: Int32)?
  private var timer: Scheduled<Void>?
  private var watchdogTimer: Scheduled<Void>?
  /// How its last generation ended, with the lines that led to it.
  private(set) var deathCertificate: ChildExit?
  private var openPipeCount = 0
  private var isTreeGone = false
  private var usage: ProcessUsage?
  /// The messages that the generation held which ends or has ended.
  var held: [EntryID] = []
  var circuit = Circuit()
  var crashCounts: CrashCounts

  init(number: Int, manifest: Manifest, record: ChildRecord, log: ChildLog, place: ChildPlace) {
    id = manifest.id
    self.number = number
    self.log = log
    self.place = place
    word = record.wanted
    crashCounts = CrashCounts(record.crashes)
    approvals = ToolApprovals(record.approvals)
    lifecycle = ChildLifecycle(manifest: manifest, generation: record.generation, now: .now)
    keep(record.state, byteCount: record.state?.bytes.count ?? 0)
  }

  var generation: Int64 { lifecycle.generation }
  /// The manifest that holds.
  var manifest: Manifest { lifecycle.manifest }
  /// Whether it should be up: a person's word, else the manifest's `autostart`.
  var isWanted: Bool { !isRemoved && (word ?? manifest.autostart) }
  /// What is to be kept of it.
  var record: ChildRecord {
    ChildRecord(
      wanted: word, generation: generation, state: savedState, crashes: crashCounts.json,
      approvals: approvals.json)
  }

  /// Takes an event to the lifecycle and does what it says.
  func handle(_ event: ChildLifecycle.Event) {
    let before = status
    let actions = lifecycle.handle(event, now: .now, chance: .random(in: 0...1))
    for action in actions { perform(action) }
    settleWaiting()
    settleWaiters()
    let after = status
    if after != before {
      if after.state != before.state { say("\(after.state.rawValue)\(why(after))") }
      place.publish(.children([after]))
    }
    if isRemoved { place.supervisor.assumeIsolated { [id] in $0.forgetIfGone(id) } }
  }

  /// Takes in what happened to a generation; what belongs to an earlier one changes nothing.
  func occurred(_ occurrence: Occurrence, generation: Int64) {
    // A message outlives the generation it was asked of, while it waits.
    if case .askTimer(let consultation) = occurrence { return askTimer(consultation) }
    guard generation == lifecycle.generation else {
      if case .listening(.success(let stale)) = occurrence { stale.close(promise: nil) }
      if case .connection(_, .connected(let stale, _, _)) = occurrence { stale.close(promise: nil) }
      return
    }
    switch occurrence {
    case .listening(let result): listening(result)
    case .connection(let id, let event): connection(id, event)
    case .lifecycleTimer: handle(.timer)
    case .watchdogTimer: tick()
    case .askTimer: break
    case .callTimer(let request): callTimer(request)
    case .outputEnded:
      openPipeCount -= 1
      if isTreeGone && openPipeCount == 0 { handle(.gone) }
    case .outputOverdue: if isTreeGone { handle(.gone) }
    case .resident(let bytes): heldInMemory(bytes)
    }
  }

  /// Takes in what the warden says of its process.
  func heard(_ event: WardenEvent) {
    switch event {
    case .spawned(_, let pid, let output, let errors, let unapplied):
      readOutput(output, .stdout)
      readOutput(errors, .stderr)
      tell(unapplied)
      watchMemory(of: pid)
      handle(.spawned(pid: pid))
      if let candidate { accept(candidate.channel, session: candidate.session) }
    case .spawnFailed(_, let reason): handle(.spawnFailed(reason: reason))
    case .exited(_, let end, let usage):
      self.usage = usage
      handle(.exited(end))
    case .gone:
      isTreeGone = true
      // What it wrote last is still in the pipes, and belongs into its death certificate.
      if openPipeCount == 0 { return handle(.gone) }
      place.after(.seconds(1), id, generation, .outputOverdue)
    case .lost: handle(.wardenLost)
    }
  }

  /// Writes a line of chatd's own into the child's log.
  func say(_ text: String) { log.append(text, .chatd, generation: generation) }

  private func why(_ status: ChildStatus) -> String {
    switch status.state {
    case .starting: return " (generation \(generation))"
    case .ready: return " (pid \(status.pid ?? 0))"
    case .backingOff, .parked:
      let next = status.nextStartAt.map { ", next start at \($0)" } ?? ""
      return ": \(status.lastExit?.words ?? "")\(next)"
    case .stopped: return status.lastExit.map { ": \($0.words)" } ?? ""
    case .suspect: return ": it answers no ping"
    case .stopping, .invalid: return ""
    }
  }
}

extension Child {
  private func perform(_ action: ChildLifecycle.Action) {
    switch action {
    case .launch: launch()
    case .sendShutdown: sendShutdown()
    case .signal(let signal):
      guard let token else { return }
      switch signal {
      case .terminate: place.warden.signal(token, SIGTERM, WARDEN_GROUP)
      case .abort: place.warden.signal(token, SIGABRT, WARDEN_GROUP)
      case .kill: place.warden.signal(token, SIGKILL, WARDEN_TREE)
      }
    case .setTimer(let delay):
      timer?.cancel()
      timer = place.after(delay, id, generation, .lifecycleTimer)
    case .clearTimer:
      timer?.cancel()
      timer = nil
    case .closeConnection: closeConnection()
    case .failRequests(let reason): failRequests(reason)
    case .bury(let exit, let generation): bury(exit, generation)
    case .adopted:
      (problem, rejected) = (nil, nil)
      log.adopt(manifest.log)
      say("its manifest has changed")
    case .rolledBack(let exit, let rejected):
      self.rejected = rejected
      problem =
        "its changed manifest did not become ready (\(exit.words)); the one before it holds again"
      say(problem ?? "")
    }
  }

  private func launch() {
    _ = requests.end()
    if forgetsState {
      forgetsState = false
      forgetState()
      say("it starts without what it had saved")
    }
    strikes = []
    tools = []
    held = []
    usage = nil
    circuit.renewed(now: Moment.now.steady)
    isTreeGone = false
    openPipeCount = 0
    let (id, generation, place) = (id, generation, place)
    place.supervisor.assumeIsolated { $0.keep(.init(generation: generation), of: id) }
    let path = "\(place.socketFolder)/\(number).\(generation)"
    ChildListener.listen(at: path, on: place.loop) { channel, event in
      place.deliver(id, generation, .connection(channel, event))
    }.whenComplete { place.deliver(id, generation, .listening($0)) }
  }

  private func listening(_ result: Result<any Channel, any Error>) {
    do {
      let listener = try result.get()
      self.listener = listener
      let path = listener.localAddress?.pathname ?? ""
      guard lifecycle.state == .starting else {
        throw ChildError.unusable(reason: "it was stopped before it was started")
      }
      if let user = manifest.limits.user { try Account(user).own(socket: path) }
      let launch = try Launch(
        manifest, socket: path, chatdFolder: place.chatdFolder, environment: place.environment)
      token = try place.warden.spawn(launch)
    } catch {
      closeConnection()
      handle(.spawnFailed(reason: "it could not be started: \(error)"))
    }
  }

  private func connection(_ id: ObjectIdentifier, _ event: ConnectionEvent) {
    switch event {
    case .connected(let channel, let session, let uid):
      guard self.channel == nil, candidate == nil, uid == expectedUser else {
        return channel.close(promise: nil)
      }
      channelID = id
      accept(channel, session: session)
    case .frame(let frame): if id == channelID { received(frame) }
    case .broken(let reason):
      if id == channelID { handle(.condemned(.protocol, reason: reason)) }
    case .closed:
      guard id == channelID else { return }
      (channel, channelID, candidate) = (nil, nil, nil)
      handle(.disconnected)
    }
  }

  /// Whose process the child is.
  private var expectedUser: UInt32? {
    guard let user = manifest.limits.user else { return geteuid() }
    return (try? Account(user))?.user
  }

  /// Takes a connection of the child's; one of somebody else is closed, and the child's may still
  /// come.
  private func accept(_ channel: any Channel, session: Int32) {
    guard let pid = lifecycle.pid else {
      candidate = (channel, session)
      return
    }
    candidate = nil
    guard session == pid else {
      say("a connection from session \(session), which is not the child's, was refused")
      channelID = nil
      return channel.close(promise: nil)
    }
    self.channel = channel
    closeListener()
    sendInitialize()
  }

  private func readOutput(_ pipe: Int32, _ stream: LogLine.Stream) {
    guard pipe >= 0 else { return }
    openPipeCount += 1
    let (id, generation, place) = (id, generation, place)
    LineReader.read(pipe, on: place.pipeLoop, into: log, stream, generation: generation)
      .hop(to: place.loop).whenComplete { _ in place.deliver(id, generation, .outputEnded) }
  }

  private func closeListener() {
    guard let listener else { return }
    if let path = listener.localAddress?.pathname { unlink(path) }
    listener.close(promise: nil)
    self.listener = nil
  }

  func closeConnection() {
    closeListener()
    watchdogTimer?.cancel()
    watchdog = nil
    channelID = nil
    candidate?.channel.close(promise: nil)
    candidate = nil
    channel?.close(promise: nil)
    channel = nil
  }

  private func bury(_ exit: ChildExit, _ buried: Int64) {
    closeConnection()
    token = nil
    var certificate = exit
    if let usage { certificate.take(usage, limits: manifest.limits) }
    certificate.stderrTail = log.lastLines(of: buried, lineCount: Self.tailLineCount)
    certificate.held = held
    certificate.next = lifecycle.state
    certificate.nextStartAt = lifecycle.nextStart?.wall
    deathCertificate = certificate
    log.append(certificate.sentence, .chatd, generation: buried)
    if certificate.cause.isItsOwn { crashed(over: held) }
    for waiter in waiters { waiter.buried(buried, certificate) }
  }

  func startWatchdog() {
    watchdog = Watchdog(manifest.watchdog, now: Moment.now.steady)
    watchdogTimer = place.after(manifest.watchdog.interval, id, generation, .watchdogTimer)
  }

  private func tick() {
    guard watchdog != nil else { return }
    watchdogTimer = place.after(manifest.watchdog.interval, id, generation, .watchdogTimer)
    let now = Moment.now.steady
    let isStarved = place.supervisor.assumeIsolated { $0.pressure.isStarved(now: now) }
    let step = watchdog?.tick(
      isBusy: requests.isHoldingWork, isStarved: isStarved, now: now)
    switch step {
    case .nothing, nil: break
    case .ping: sendPing()
    case .suspect:
      sendPing()
      handle(.suspected)
    case .end(let missed):
      handle(.condemned(.watchdog, reason: "it answered none of \(missed) pings"))
    }
  }
}
