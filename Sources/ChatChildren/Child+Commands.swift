import ChatCore

/// What a person asks of the child.
extension Child {
  /// What there is to say of it now.
  var status: ChildStatus {
    ChildStatus(
      id: id, name: manifest.name, description: manifest.description, version: manifest.version,
      state: lifecycle.state, since: lifecycle.since.wall, pid: lifecycle.pid,
      generation: generation, restarts: lifecycle.restarts,
      nextStartAt: lifecycle.nextStart?.wall, lastExit: deathCertificate,
      inFlight: requests.inFlight, isWanted: isWanted, problem: problem,
      circuitOpenUntil: circuitOpenUntil, stateBytes: savedStateBytes,
      failures: lifecycle.failures)
  }

  /// Does what a person says, whose word outranks the policy.
  /// - Returns: what tells when it is done; nil where it is done already.
  func obey(_ command: ChildCommand) -> CommandWaiter? {
    let goal: CommandWaiter.Goal
    switch command {
    case .start:
      word = true
      if lifecycle.phase != .launching, lifecycle.state != .ready { circuit = Circuit() }
      handle(.start)
      goal = .ready(generation: comingGeneration)
    case .stop, .kill:
      word = false
      goal = .down(generation: generation)
      handle(command == .stop ? .stop : .kill)
    case .restart(let force):
      word = true
      circuit = Circuit()
      handle(.restart(force: force))
      goal = .ready(generation: comingGeneration)
    case .startClean:
      word = true
      circuit = Circuit()
      forgetsState = true
      handle(.restart(force: false))
      goal = .ready(generation: comingGeneration)
    }
    let waiter = CommandWaiter(goal)
    waiter.look(at: self)
    if waiter.isSettled { return nil }
    waiters.append(waiter)
    return waiter
  }

  /// The generation that will be ready if all goes well.
  private var comingGeneration: Int64 {
    if case .ending = lifecycle.phase { generation + 1 } else { generation }
  }

  /// Lets those go whose goal has been reached.
  func settleWaiters() {
    for waiter in waiters { waiter.look(at: self) }
    waiters.removeAll(where: \.isSettled)
  }
}
