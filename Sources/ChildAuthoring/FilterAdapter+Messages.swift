import ChildProtocol

/// What chatd says, and what it is answered.
extension FilterAdapter {
  func handle(_ message: RPCMessage) {
    switch message {
    case .request(let id, let method, let params): answer(id, method, params)
    case .notification("cancel", let params): cancel(params["id"] ?? .null)
    // The adapter asks for nothing, so that no answer is one to it.
    case .notification, .result, .failure: break
    }
  }

  private func answer(_ id: JSON, _ method: String, _ params: JSON) {
    do throws(RPCFailure) {
      switch method {
      case "message":
        return try table.take(FilterMessage(id: id, params: params, mode: mode, now: now))
      case "initialize": try begin()
      case "shutdown":
        killAll()
        ending = .exit(0)
      case "ping": break
      default: throw RPCFailure(code: RPCFailure.methodNotFound, message: "no method \(method)")
      }
      socket.queue(RPCMessage.result(id: id) { $0.object { _ in } })
    } catch {
      socket.queue(RPCMessage.failure(id: id, error))
    }
  }

  /// Sees that the program can be run, so that a child that can't work does not become ready; one
  /// that stays is started right away, so that it is warm when the first message comes.
  private func begin() throws(RPCFailure) {
    _ = try program.find()
    if mode == .lines, worker == nil { try startWorker() }
  }

  /// Takes a message back. It is not answered any more.
  private func cancel(_ id: JSON) {
    if table.remove(id) == .working { killProcess(for: id) }
  }

  /// Ends the wait for messages whose deadline is over.
  func expire() {
    for (message, place) in table.expire(at: now) {
      switch place {
      case .waiting:
        fail(message.id, "no answer within \(message.patienceWords): it waited for its turn")
      case .working:
        killProcess(for: message.id)
        fail(message.id, "no answer within \(message.patienceWords): \(name) was ended")
      }
    }
  }

  /// Answers a message that the table holds no more.
  func fail(_ id: JSON, _ reason: String) {
    socket.queue(RPCMessage.failure(id: id, .program(reason)))
  }

  /// Answers the message that a process works on.
  func finish(_ process: FilterProcess, with answer: FilterAnswer) {
    guard let id = process.message else { return }
    process.message = nil
    process.hasAnswered = true
    table.remove(id)
    socket.queue(answer.frame(answering: id, name: name))
  }

  /// Sends a line as it comes. One that fits no frame is part of an answer that will not fit either.
  func sendPartial(_ line: ArraySlice<UInt8>, of id: JSON) {
    let json = RPCMessage.notification(method: "partial") {
      $0.object {
        $0.field("id", id)
        $0.field("text", String(decoding: line, as: UTF8.self))
      }
    }
    guard json.count <= Frame.fromChildByteLimit else { return }
    socket.queue(json)
    table.prolong(id, from: now)
  }
}
