import ChatCore

extension ChildLifecycle {
  var isRunning: Bool {
    switch phase {
    case .launching, .up: true
    default: false
    }
  }

  mutating func start(_ now: Moment) -> [Action] {
    switch phase {
    case .down, .backingOff, .parked: return [.clearTimer] + launch(now, byPerson: true)
    case .launching, .up: return []
    case .ending:
      sequel = .again
      return []
    }
  }

  mutating func restart(gently: Bool, _ now: Moment) -> [Action] {
    switch phase {
    case .down, .backingOff, .parked: start(now)
    case .launching, .up, .ending: leave(.again, by: .operator, gently: gently, now)
    }
  }

  mutating func launch(_ now: Moment, byPerson: Bool) -> [Action] {
    if byPerson {
      policy = RestartPolicy(manifest.restart)
      restarts = 0
    } else {
      restarts += 1
    }
    phase = .launching
    since = now
    generation += 1
    launchedAt = now
    readyAt = nil
    pid = nil
    end = nil
    condemnation = nil
    sequel = .policy
    return [.launch, .setTimer(manifest.readyTimeout)]
  }

  /// A manifest that runs is tried at once, and the one before it is kept until it is ready; where
  /// nothing runs the new one just takes its place. A child that waits for its next start need not
  /// wait: what made it fail may have been mended.
  mutating func adopt(_ new: Manifest, _ now: Moment) -> [Action] {
    pending = new
    switch phase {
    case .down: return takeUp()
    case .backingOff, .parked: return takeUp() + [.clearTimer] + launch(now, byPerson: true)
    case .launching, .up:
      let proven = phase == .launching ? fallback : manifest
      let actions = leave(
        .again, by: .operator, gently: true, reason: "its manifest has changed", now)
      fallback = proven
      return actions
    case .ending:
      if readyAt != nil { fallback = manifest }
      return []
    }
  }

  /// Puts the new manifest, if there is one, in the place of the one that held.
  private mutating func takeUp() -> [Action] {
    guard let new = pending else { return [] }
    (manifest, pending) = (new, nil)
    policy = RestartPolicy(new.restart)
    return [.adopted]
  }

  mutating func becomeReady(_ now: Moment) -> [Action] {
    guard phase == .launching else { return [] }
    fallback = nil
    phase = .up(isSuspect: false)
    readyAt = now
    return [.clearTimer]
  }

  /// A person wants it down, or down and up again.
  mutating func leave(
    _ sequel: Sequel, by cause: ChildExit.Cause, gently: Bool, reason: String? = nil,
    _ now: Moment
  ) -> [Action] {
    // A new manifest's first start is over by a person's word, which says nothing about it.
    fallback = nil
    switch phase {
    case .down: return []
    case .backingOff, .parked:
      phase = .down
      return [.clearTimer]
    case .ending(let stage):
      self.sequel = sequel
      guard !gently, stage < .killing else { return [] }
      // One that was leaving by itself is killed by the person now.
      condemnation = condemnation ?? (cause, reason)
    case .launching, .up:
      self.sequel = sequel
      condemnation = (cause, reason)
    }
    if !gently {
      phase = .ending(.killing)
      return [.clearTimer, .signal(.kill)]
    }
    if case .up = phase {
      phase = .ending(.draining)
      return [.sendShutdown, .setTimer(manifest.drain)]
    }
    phase = .ending(.terminating)
    return [.signal(.terminate), .setTimer(manifest.term)]
  }

  mutating func condemn(
    _ cause: ChildExit.Cause, _ reason: String, with signal: Signal, _ now: Moment
  ) -> [Action] {
    condemnation = (cause, reason)
    phase = .ending(signal == .kill ? .killing : .terminating)
    let timer: Action = signal == .kill ? .clearTimer : .setTimer(manifest.term)
    return [.closeConnection, .signal(signal), timer]
  }

  mutating func disconnected(_ now: Moment) -> [Action] {
    switch phase {
    case .launching, .up:
      phase = .ending(.disconnected)
      return [.closeConnection, .setTimer(manifest.term)]
    default: return []
    }
  }

  mutating func timer(_ now: Moment) -> [Action] {
    switch phase {
    case .down, .up: return []
    case .launching:
      let reason = "it was not ready \(manifest.readyTimeout.words) after its start"
      return condemn(.startTimeout, reason, with: .kill, now)
    case .backingOff: return launch(now, byPerson: false)
    case .parked:
      policy.probe()
      return launch(now, byPerson: false)
    case .ending(.disconnected):
      condemnation = condemnation ?? (.protocol, "it closed its connection and did not exit")
      phase = .ending(.terminating)
      return [
        .failRequests(reason: "it closed its connection"), .signal(.terminate),
        .setTimer(manifest.term),
      ]
    case .ending(.draining):
      phase = .ending(.terminating)
      return [.signal(.terminate), .setTimer(manifest.term)]
    case .ending(.terminating):
      phase = .ending(.killing)
      return [.signal(.kill)]
    case .ending: return []
    }
  }

  mutating func spawnFailed(
    _ reason: String, _ now: Moment, _ chance: Double
  ) -> [Action] {
    switch phase {
    case .launching, .ending: break
    default: return []
    }
    // 127 is what a shell says of a command that it can't start.
    condemnation = condemnation ?? (sequel == .policy ? .exit : .operator, reason)
    end = .exited(127)
    return [.clearTimer] + gone(now, chance)
  }

  /// A process that is there has a number until it ends.
  mutating func spawned(_ pid: Int32) -> [Action] {
    switch phase {
    case .launching, .ending: if end == nil { self.pid = pid }
    case .down, .up, .backingOff, .parked: break
    }
    return []
  }

  mutating func exited(_ end: ProcessEnd, _ now: Moment) -> [Action] {
    switch phase {
    case .launching, .up, .ending: break
    default: return []
    }
    self.end = end
    pid = nil
    phase = .ending(.reaping)
    let exit = certificate(now)
    return [.clearTimer, .closeConnection, .failRequests(reason: exit.words)]
  }

  mutating func gone(_ now: Moment, _ chance: Double) -> [Action] {
    guard end != nil else { return [] }
    let exit = certificate(now)
    lastExit = exit
    pid = nil
    let readyFor = readyAt.map { now.steady - $0.steady }
    let bury: [Action] = [.failRequests(reason: exit.words), .bury(exit, generation: generation)]
    end = nil
    let adopted = takeUp()
    switch sequel {
    case .down:
      phase = .down
      return bury + adopted
    case .again: return bury + adopted + launch(now, byPerson: true)
    case .policy where !adopted.isEmpty: return bury + adopted + launch(now, byPerson: true)
    case .policy: break
    }
    if readyFor == nil, let good = fallback {
      let rejected = manifest
      (manifest, fallback) = (good, nil)
      return bury + [.rolledBack(exit, rejected: rejected)] + launch(now, byPerson: true)
    }
    switch policy.decide(
      exitCode: wordOfItsOwn(exit), readyFor: readyFor, now: now.steady, chance: chance)
    {
    case .restart(let wait) where wait == .zero: return bury + launch(now, byPerson: false)
    case .restart(let wait):
      phase = .backingOff(until: now.advanced(by: wait))
      return bury + [.setTimer(wait)]
    case .park(let retry):
      phase = .parked(until: retry.map { now.advanced(by: $0) })
      return bury + (retry.map { [.setTimer($0)] } ?? [])
    case .stop:
      phase = .down
      return bury
    }
  }

  /// The code that the policy goes by: of one that chose it. One that refused to start and was told
  /// to leave may still say that there is to be no restart; that it left with 0 says nothing then.
  private func wordOfItsOwn(_ exit: ChildExit) -> Int32? {
    guard let code = exit.code else { return nil }
    let isRefusal = exit.cause == .startTimeout && manifest.restart.neverOn.contains(code)
    return exit.cause == .exit || isRefusal ? code : nil
  }

  /// A warden's death is no fault of the child's: it comes back unless somebody wanted it down.
  mutating func wardenLost(_ now: Moment, _ chance: Double) -> [Action] {
    switch phase {
    case .down, .backingOff, .parked: return []
    case .launching, .up, .ending: break
    }
    // One that had ended before the warden did is the policy's.
    if sequel == .policy, end == nil { sequel = .again }
    if end == nil && condemnation == nil { condemnation = (.parent, "the warden ended") }
    end = end ?? .signalled("SIGKILL")
    return [.clearTimer, .closeConnection] + gone(now, chance)
  }

  func certificate(_ now: Moment) -> ChildExit {
    var exit = ChildExit(
      cause: .exit, reason: condemnation?.reason, at: now.wall,
      uptime: now.steady - launchedAt.steady)
    switch end {
    case .exited(let code): exit.code = code
    case .signalled(let name):
      exit.cause = .signal
      exit.signal = name
    case nil: break
    }
    if let condemnation { exit.cause = condemnation.cause }
    return exit
  }
}
