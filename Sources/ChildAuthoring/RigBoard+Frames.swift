import ChatChildren
import ChildProtocol

/// Takes in what the child sends.
extension RigBoard {
  /// Takes in a frame.
  func received(_ bytes: [UInt8]) {
    let message = RigMessage(parsing: bytes)
    let now = now
    change { contents in
      contents.transcript.add(.received, bytes, at: now)
      for fault in message.faults {
        contents.keep(RigBreach(kind: .frame, text: "it sent \(fault)"))
      }
      switch message.meaning {
      case .request(let id, let method, let params): contents.answer(id, method, params, now)
      case .notification(let method, let params): contents.take(method, params, now)
      case .answer(let id, let outcome): contents.take(outcome, of: id, now)
      case nil: break
      }
    }
    wake()
  }

  /// Takes in a frame that was too long to be kept.
  func receivedTooLong(_ byteCount: Int, _ head: [UInt8]) {
    let now = now
    change { contents in
      contents.transcript.add(.received, head, at: now)
      contents.keep(
        RigBreach(
          kind: .frame,
          text: "it sent a frame of \(byteCount) bytes; \(Frame.fromChildByteLimit) is the most"))
      if let id = RigMessage.answeredID(in: head) { contents.asked[id]?.isTooLong = true }
    }
  }

  /// Keeps that it broke a rule, and shows where.
  func breach(_ kind: RigBreach.Kind, _ text: String) {
    let now = now
    change { contents in
      contents.keep(RigBreach(kind: kind, text: text))
      contents.transcript.add(.note, text.utf8, at: now)
    }
  }
}

extension RigBoard.Contents {
  /// Puts a frame where the pump finds it.
  mutating func send(_ json: [UInt8], at time: Duration) {
    transcript.add(.sent, json, at: time)
    outbox.append(.bytes(Frame.encode(json)))
  }

  fileprivate mutating func answer(
    _ id: JSON, _ method: String, _ params: JSON, _ time: Duration
  ) {
    switch host.answer(method, params) {
    case .success(let value): send(RPCMessage.result(id: id) { $0.value(value) }, at: time)
    case .failure(let failure):
      if failure.code == RPCFailure.methodNotFound {
        breach(.unasked, "it asked for \"\(method)\", which chatd does not know")
      }
      send(RPCMessage.failure(id: id, failure), at: time)
    }
  }

  fileprivate mutating func take(_ method: String, _ params: JSON, _ time: Duration) {
    switch method {
    case "log": break
    case "partial":
      guard let id = params["id"]?.int, var request = asked[id] else {
        let id = params["id"]?.text ?? "no request"
        return breach(.unasked, "it sent a partial for \(id), which was not asked")
      }
      request.silence = max(request.silence, time - (request.lastSign ?? request.at))
      request.lastSign = time
      asked[id] = request
      if params["text"]?.string == nil {
        breach(.unasked, "it sent a partial whose \"text\" is no string")
      }
    default: breach(.unasked, "it sent the notification \"\(method)\", which chatd does not know")
    }
  }

  fileprivate mutating func take(
    _ outcome: Result<JSON, RPCFailure>, of id: JSON, _ time: Duration
  ) {
    if id.isNull {
      return breach(.answeredNotification, "it sent an answer to no request, with null as its id")
    }
    // A float or a string that was a whole number: it is told, and taken for that.
    let number = id.int ?? id.string.flatMap { Int64($0) }
    guard let number, asked[number] != nil else {
      return breach(.unasked, "it answered request \(id.text), which was not asked")
    }
    if id.int == nil {
      breach(.identifier, "it answered request \(number) with \(id.text) as its id")
    }
    if asked[number]?.answers.isEmpty == false {
      breach(.answeredTwice, "it answered request \(number) a second time")
    }
    asked[number]?.answers.append(RigBoard.Answer(outcome: outcome, at: time))
    guard asked[number]?.method == "message", case .success(let result) = outcome else { return }
    if case .unusable(let reason) = ReplyContent.read(result) {
      breach(.reply, "to a message \(reason)")
    }
  }

  private mutating func breach(_ kind: RigBreach.Kind, _ text: String) {
    keep(RigBreach(kind: kind, text: text))
  }
}
