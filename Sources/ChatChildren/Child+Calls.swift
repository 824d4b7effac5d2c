import ChatCore
import ChildProtocol
import NIOCore

/// What others ask of the child through chatd.
extension Child {
  /// Asks the child at once; `call` has its outcome sooner or later.
  func take(_ call: Call, _ request: Call.Request) {
    if let reason = refusal { return call.end(.refused(reason: reason)) }
    let requestID = requests.begin(.call(call))
    let frame = ChatdFrame.call(id: requestID, request)
    guard frame.count <= Frame.byteLimit else {
      _ = requests.answer(requestID)
      return call.end(.refused(reason: "the request has \(frame.count) bytes, too many"))
    }
    channel?.writeFrame(frame)
    setTimer(of: call, requestID)
  }

  private var refusal: String? {
    guard lifecycle.phase == .up(isSuspect: false), channel != nil else {
      return "\(id) is not ready: it is \(lifecycle.state.rawValue)"
    }
    guard requests.calls.count < Call.limit else {
      return "\(id) holds \(Call.limit) calls already"
    }
    return nil
  }

  /// The deadline of a call, or the time in which the child may be at work on it, is over.
  func callTimer(_ requestID: Int64) {
    guard let call = requests.call(requestID) else { return }
    let now = Moment.now.steady
    if now >= call.deadline {
      cancel(call, requestID)
      call.end(.timedOut(after: now - call.startedAt))
    }
    if now >= call.hardDeadline { return requests.giveUp(requestID) }
    setTimer(of: call, requestID)
  }

  /// The child has answered a call.
  func finish(_ call: Call, _ answer: Result<JSON, RPCFailure>) {
    call.timer?.cancel()
    call.end(.answered(answer))
  }

  /// Its caller has ended: nobody waits for the child's answers to it.
  func abandonCalls(of caller: ChildID) {
    for (requestID, call) in requests.calls where call.caller == caller && !call.isOver {
      cancel(call, requestID)
      call.end(.crashed(reason: "\(caller) has ended"))
    }
  }

  /// Whoever had asked for the call wants it no more.
  func stopCall(_ number: Int) {
    for (requestID, call) in requests.calls where call.number == number {
      cancel(call, requestID)
      call.end(.stopped)
    }
  }

  private func cancel(_ call: Call, _ requestID: Int64) {
    guard !call.isOver else { return }
    channel?.writeFrame(ChatdFrame.cancel(id: requestID))
  }

  private func setTimer(of call: Call, _ requestID: Int64) {
    call.timer?.cancel()
    let end = call.isOver ? call.hardDeadline : call.deadline
    call.timer = place.after(
      max(.zero, end - Moment.now.steady), id, generation, .callTimer(request: requestID))
  }
}
