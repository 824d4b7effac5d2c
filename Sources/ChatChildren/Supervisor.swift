package import ChatCore
package import Foundation
package import NIOCore
package import NIOPosix

/// All children: finds their manifests, starts them, keeps them alive, asks them, ends them.
///
/// It runs on one event loop, together with the children's sockets and timers, so a frame reaches
/// its child and a rollup its collector without a hop and without a lock.
package actor Supervisor {
  /// What a supervisor is made with.
  package struct Configuration: Sendable {
    /// The folders in which children are found.
    package var folders: [URL]
    /// The warden's program.
    package var wardenPath: String
    /// An existing folder, its owner's alone, for the children's sockets; its path has 80 bytes at
    /// most.
    package var socketFolder: String
    /// An existing folder for the children's logs.
    package var logFolder: String
    /// Where chatd's own programs are; it is put on the children's PATH.
    package var chatdFolder: String
    /// chatd's own environment.
    package var environment: [String: String]
    /// Told of the cgroup of each warden that is started, before any child is: the next chatd ends
    /// what is left there, should this one and its warden be killed at once.
    package var keepGroup: @Sendable (String) -> Void

    package init(
      folders: [URL], wardenPath: String, socketFolder: String, logFolder: String,
      chatdFolder: String, environment: [String: String],
      keepGroup: @escaping @Sendable (String) -> Void = { _ in }
    ) {
      self.folders = folders
      self.wardenPath = wardenPath
      self.socketFolder = socketFolder
      self.logFolder = logFolder
      self.chatdFolder = chatdFolder
      self.environment = environment
      self.keepGroup = keepGroup
    }
  }

  /// What children are told as chatd's version.
  package static let version = "0.1.0"
  /// Requests of children that wait for the disk; one more is refused.
  private static let jobLimit = 4096

  package nonisolated let loop: any EventLoop
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    loop.executor.asUnownedSerialExecutor()
  }

  let configuration: Configuration
  let pressure = Pressure()
  nonisolated let records: any ChildRecords
  private let pipeLoop: any EventLoop
  private let sink: any EventSink
  let report: @Sendable (String) -> Void
  private let jobs = JobQueue(limit: jobLimit)
  private var place: ChildPlace?
  var children: [ChildID: Child] = [:]
  /// Children whose manifests are wrong, with what is wrong and since when.
  var invalid: [ChildID: (problem: String, since: Timestamp)] = [:]
  /// What is kept of children that are not there: their folders may come back.
  var forgotten: [ChildID: ChildRecord] = [:]
  var reloadCount = 0
  private var childCount = 0
  var consultations: [Int: Consultation] = [:]
  var lastConsultation = 0
  var isShuttingDown = false
  /// Whether something is being remembered of tools, and who waits to do the same.
  var isRemembering = false
  var rememberers: [CheckedContinuation<Void, Never>] = []
  var lastCall = 0

  /// A supervisor on an event loop of `group`, which should have two: the other one reads the
  /// children's output.
  package init(
    _ configuration: Configuration, group: MultiThreadedEventLoopGroup,
    records: any ChildRecords, sink: any EventSink,
    report: @escaping @Sendable (String) -> Void
  ) {
    self.configuration = configuration
    loop = group.next()
    pipeLoop = group.next()
    self.records = records
    self.sink = sink
    self.report = report
  }

  /// Starts the warden and every child that is wanted up. Returns before they are ready.
  /// - Parameters:
  ///   - found: the manifests, as they were read a moment ago.
  ///   - kept: what is kept of each child.
  ///   - host: does what children ask of the chat.
  /// - Throws: `ChildError` where the warden can't be started.
  package func start(
    _ found: [ManifestLoader.Found], kept: [ChildID: ChildRecord], host: any ChildHost
  ) throws {
    let warden = try Warden(
      path: configuration.wardenPath, keepGroup: configuration.keepGroup, log: report
    ) { [loop] event in
      loop.execute { self.assumeIsolated { $0.heard(event) } }
    }
    place = ChildPlace(
      loop: loop, pipeLoop: pipeLoop, warden: warden, socketFolder: configuration.socketFolder,
      chatdFolder: configuration.chatdFolder, environment: configuration.environment,
      host: host, publish: { [sink] in sink.publish($0) }, report: report, supervisor: self)
    forgotten = kept
    for item in found { take(item) }
    for child in children.values.sorted(by: { $0.id < $1.id }) where child.isWanted {
      child.handle(.start)
    }
  }

  /// Does the children's errands to the disk and looks after their folders, until the task is
  /// cancelled.
  package func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.watchFolders() }
      await jobs.run()
      group.cancelAll()
    }
  }

  /// The warden's process, for tests.
  package var wardenPID: Int32? { place?.warden.pid }

  /// Stops every child gently, all at once, and the warden. What people want of them stays as it
  /// is.
  package func shutdown() async {
    isShuttingDown = true
    let waiters = children.values.compactMap { child -> CommandWaiter? in
      let waiter = CommandWaiter(.down(generation: child.generation))
      child.handle(.stop)
      waiter.look(at: child)
      if !waiter.isSettled { child.waiters.append(waiter) }
      return waiter
    }
    for waiter in waiters {
      do { try await waiter.wait(isolation: self) } catch { report("stopping children: \(error)") }
    }
    await stopWarden()
  }

  /// Ends the warden and, with SIGKILL, all that is below it.
  package func stopWarden() async {
    isShuttingDown = true
    guard let warden = place?.warden else { return }
    // It blocks until the warden has ended: on a thread of its own.
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        warden.stop()
        continuation.resume()
      }
    }
  }

  /// Does `job` soon, beside everything else.
  /// - Returns: false where too many wait.
  func perform(_ job: @escaping @Sendable () async -> Void) -> Bool { jobs.put(job) }

  /// Keeps something of a child that nobody waits for. The start of a generation does not wait for
  /// its number: should chatd be killed in that moment, nothing of that generation is left either.
  func keep(_ change: ChildRecord.Change, of child: ChildID) {
    let isTaken = jobs.put { [records, report] in
      do {
        try await records.keep(child, change)
      } catch {
        report("\(child): its record was not kept: \(error)")
      }
    }
    if !isTaken { report("\(child): its record was not kept: too much to do") }
  }

  func occurred(_ occurrence: Child.Occurrence, to id: ChildID, generation: Int64) {
    children[id]?.occurred(occurrence, generation: generation)
  }

  private func heard(_ event: WardenEvent) {
    switch event {
    case .lost: for child in children.values { child.heard(.lost) }
    case .spawned(let token, _, let output, let errors, _):
      if let child = child(token) { return child.heard(event) }
      for pipe in [output, errors] where pipe >= 0 { close(pipe) }
    case .spawnFailed(let token, _), .exited(let token, _, _), .gone(let token):
      child(token)?.heard(event)
    }
  }

  private func child(_ token: UInt64) -> Child? { children.values.first { $0.token == token } }

  /// Tells those who watch how children are now.
  func publish(_ statuses: [ChildStatus]) { sink.publish(.children(statuses)) }

  /// Tells those who watch that there is no such child any more.
  func publishRemoved(_ child: ChildID) { sink.publish(.childrenRemoved([child])) }

  func take(_ found: ManifestLoader.Found) {
    guard let place else { return }
    switch found.manifest {
    case .failure(let complaints):
      report("\(complaints)")
      invalid[found.id] = (complaints.description, .now)
    case .success(let manifest):
      childCount += 1
      let record = forgotten.removeValue(forKey: found.id) ?? ChildRecord()
      let log = ChildLog(
        child: found.id, path: "\(configuration.logFolder)/\(found.id).log", rules: manifest.log,
        publish: place.publish)
      children[found.id] = Child(
        number: childCount, manifest: manifest, record: record, log: log, place: place)
    }
  }
}
