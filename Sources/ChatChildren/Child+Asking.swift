import ChatCore
import ChildProtocol
import NIOCore

/// Messages to the child and their outcomes: exactly one for each.
extension Child {
  /// Takes a message for the child. Sooner or later `ask` has its outcome.
  func take(_ ask: Ask) {
    if let reason = refusal(of: ask) ?? circuitRefusal(of: ask) {
      return ask.end(.skipped, reason)
    }
    ask.consultation.show(id, .waiting)
    requests.waiting.append(ask)
    setTimer(of: ask, at: ask.deadline)
    giveOut()
  }

  private func refusal(of ask: Ask) -> String? {
    let size = ask.consultation.messageJSON.readableBytes
    if size > manifest.messages.maxBytes {
      return "the message has \(size) bytes, it takes \(manifest.messages.maxBytes)"
    }
    if crashCounts.isPoison(ask.consultation.inquiry.message.id) {
      let count = CrashCounts.limit
      return "poison: it ended \(count) times over this message and is not given it again"
    }
    switch lifecycle.phase {
    case .up(isSuspect: true): return "it answers no ping"
    case .backingOff(let until): return "it ended and is started again at \(until.wall)"
    case .parked: return "it is parked: \(lifecycle.lastExit?.words ?? "it failed too often")"
    case .down: return "it is stopped"
    case .ending where !lifecycle.isComing || !isWanted: return "it is stopping"
    case .up, .launching, .ending: break
    }
    if requests.waiting.count + requests.overdueCount >= ChildRequests.waitingLimit {
      return "\(ChildRequests.waitingLimit) messages are waiting for it already"
    }
    return nil
  }

  /// Sends what waits while there is room.
  func giveOut() {
    guard lifecycle.phase == .up(isSuspect: false), let channel else { return }
    while requests.inFlight < manifest.messages.maxInFlight, !requests.waiting.isEmpty {
      send(requests.waiting.removeFirst(), to: channel)
    }
  }

  private func send(_ ask: Ask, to channel: any Channel) {
    let requestID = requests.begin(.message(ask))
    ask.requestID = requestID
    ask.generation = generation
    let end = ask.isOverdue ? ask.hardDeadline : ask.deadline
    let left = max(.milliseconds(1), end - Moment.now.steady)
    let context = manifest.messages.context
    let (head, tail) = ChatdFrame.message(
      id: requestID, attempt: ask.consultation.inquiry.attempt, deadline: left,
      context: context > 0 ? ask.consultation.earlier.suffix(context) : nil)
    let size = head.count + ask.consultation.messageJSON.readableBytes + tail.count
    guard size <= Frame.byteLimit else {
      _ = requests.answer(requestID)
      return self.end(ask, .skipped, "with its context the message has \(size) bytes, too many")
    }
    channel.writeFrame(head, ask.consultation.messageJSON, tail)
  }

  /// The deadline of a message's, or the time until which a late answer was welcome, is over.
  func askTimer(_ consultation: Int) {
    guard let ask = self.ask(consultation) else { return }
    let now = Moment.now.steady
    if now >= ask.hardDeadline { return giveUp(ask) }
    guard !ask.isOverdue, now >= ask.deadline else {
      return setTimer(of: ask, at: ask.isOverdue ? ask.hardDeadline : ask.deadline)
    }
    if ask.requestID == nil, lifecycle.phase != .up(isSuspect: false) {
      requests.waiting.removeAll { $0 === ask }
      circuit.abandoned(now: now)
      return end(ask, .skipped, "it was not ready within \(ask.rules.timeout.words)")
    }
    timeOut(ask)
    setTimer(of: ask, at: ask.hardDeadline)
    giveOut()
  }

  private func timeOut(_ ask: Ask) {
    requests.freePlace(of: ask)
    ask.isOverdue = true
    if ask.rules.wait { countTimeout() }
    let taken = (Moment.now.steady - ask.consultation.startedAt).words
    ask.end(
      .timedOut,
      ask.requestID == nil
        ? "it was still busy with earlier messages after \(taken)" : "no answer within \(taken)")
  }

  private func giveUp(_ ask: Ask) {
    if !ask.isOverdue { timeOut(ask) }
    ask.timer?.cancel()
    guard let requestID = ask.requestID else {
      return requests.waiting.removeAll { $0 === ask }
    }
    requests.giveUp(requestID)
    channel?.writeFrame(ChatdFrame.cancel(id: requestID))
    giveOut()
  }

  func takePartial(_ params: JSON) {
    guard let id = params["id"]?.int, let text = params["text"]?.string else { return }
    if let call = requests.call(id) { return call.putOff() }
    guard let ask = requests.ask(id) else { return }
    guard ask.text.utf8.count + text.utf8.count <= Frame.fromChildByteLimit else {
      return strike("its partials for one answer have more than \(Frame.fromChildByteLimit) bytes")
    }
    ask.text += text
    if !ask.isOverdue {
      ask.deadline = min(Moment.now.steady + ask.rules.timeout, ask.hardDeadline)
    }
    ask.consultation.show(self.id, .streaming(ask.text))
  }

  /// The child has answered a message.
  func finish(_ ask: Ask, _ answer: Result<JSON, RPCFailure>) {
    answeredInTime(ask)
    switch answer {
    case .failure(let failure) where failure.code == RPCFailure.methodNotFound: end(ask, .declined)
    case .failure(let failure): end(ask, .failed, failure.message)
    case .success(let result):
      switch ReplyContent.read(result) {
      case .declined: end(ask, .declined)
      case .unusable(let reason): end(ask, .failed, reason)
      case .reply(let content): end(ask, .replied, nil, with: content)
      }
    }
  }

  func end(
    _ ask: Ask, _ status: ChildResponse.Status, _ reason: String? = nil,
    with content: ReplyContent? = nil
  ) {
    ask.timer?.cancel()
    ask.end(status, reason, with: content)
    giveOut()
  }

  /// Everything it was sent gets its outcome. What only waited goes to the next generation.
  func failRequests(_ reason: String) {
    for purpose in requests.end() {
      switch purpose {
      case .message(let ask):
        held.append(ask.consultation.inquiry.message.id)
        end(ask, .crashed, reason)
      case .call(let call):
        call.timer?.cancel()
        call.end(.crashed(reason: "\(id): \(reason)"))
      case .initialize, .ping, .shutdown: break
      }
    }
    place.supervisor.assumeIsolated { [id] in $0.abandonCalls(of: id) }
    circuit.abandoned(now: Moment.now.steady)
  }

  /// Where it will not be ready soon, what waits for it is skipped.
  func settleWaiting() {
    switch lifecycle.phase {
    case .down, .backingOff, .parked: break
    default: return
    }
    let waiting = requests.waiting
    requests.waiting = []
    for ask in waiting {
      ask.timer?.cancel()
      ask.end(.skipped, refusal(of: ask))
    }
    circuit.abandoned(now: Moment.now.steady)
  }

  private func ask(_ consultation: Int) -> Ask? {
    requests.waiting.first { $0.consultation.number == consultation }
      ?? requests.ask(ofConsultation: consultation)
  }

  private func setTimer(of ask: Ask, at time: Duration) {
    ask.timer?.cancel()
    let delay = max(.zero, time - Moment.now.steady)
    ask.timer = place.after(
      delay, id, generation, .askTimer(consultation: ask.consultation.number))
  }
}
