import ChatCore
import ChildProtocol
import NIOCore

/// What the child asks of chatd (contract §6).
extension Child {
  func answer(_ id: JSON, _ method: String, _ params: JSON) {
    do throws(RPCFailure) {
      switch method {
      case "state/save": try saveState(id, params)
      case "history/get": try getHistory(id, params)
      case "message/post": try post(id, params)
      case "actor/call": try call(id, params)
      default:
        throw RPCFailure(code: RPCFailure.methodNotFound, message: "there is no method \(method)")
      }
    } catch {
      channel?.writeFrame(RPCMessage.failure(id: id, error))
    }
  }

  private func refusal(_ reason: String) -> RPCFailure {
    RPCFailure(code: RPCFailure.refused, message: reason)
  }

  private func invalid(_ reason: String) -> RPCFailure {
    RPCFailure(code: RPCFailure.invalidParams, message: reason)
  }

  private func saveState(_ id: JSON, _ params: JSON) throws(RPCFailure) {
    guard let state = params["state"] else { throw invalid("state: missing; expected any JSON") }
    let size = state.bytes.count
    guard size <= Self.stateByteLimit else {
      throw refusal("state: \(size) bytes; \(Self.stateByteLimit) is the most")
    }
    do {
      try save(state, byteCount: size) { [channel] result in
        switch result {
        case .success: channel?.writeFrame(RPCMessage.result(id: id) { $0.object { _ in } })
        case .failure(let error):
          channel?.writeFrame(
            RPCMessage.failure(
              id: id, RPCFailure(code: RPCFailure.refused, message: "state/save: \(error)")))
        }
      }
    } catch {
      throw refusal("state/save: \(error)")
    }
  }

  private func getHistory(_ id: JSON, _ params: JSON) throws(RPCFailure) {
    guard manifest.permissions.history else {
      throw refusal("history/get: the manifest does not say [permissions] history = true")
    }
    let limit = params["limit"]?.int ?? 50
    guard (1...1000).contains(limit) else { throw invalid("limit: expected 1 to 1000") }
    let thread = ThreadID(params["thread"]?.string ?? ThreadID.main.text)
    let before = params["before"]?.string.map(EntryID.init)
    try answerLater(id) { [host = place.host] in
      let entries = try await host.history(thread: thread, before: before, limit: Int(limit))
      var writer = JSONWriter()
      writer.object { object in
        object.key("messages")
        object.array { array in for json in Self.fitting(entries) { array.rawBytes(json) } }
      }
      return try JSON(parsing: writer.bytes)
    }
  }

  /// The newest of the entries, as JSON, that one frame has room for.
  private static func fitting(_ entries: [Entry]) -> [[UInt8]] {
    var room = Frame.byteLimit - 4096
    var fitting: [[UInt8]] = []
    for entry in entries.reversed() {
      let json = entry.json
      room -= json.count + 1
      if room < 0 { break }
      fitting.append(json)
    }
    return fitting.reversed()
  }

  private func post(_ id: JSON, _ params: JSON) throws(RPCFailure) {
    guard manifest.permissions.post else {
      throw refusal("message/post: the manifest does not say [permissions] post = true")
    }
    let post = try Post(params)
    guard posts.take(now: Moment.now.steady) else {
      throw refusal("message/post: \(PostBudget.limit) a minute is the most")
    }
    let child = self.id
    try answerLater(id) { [host = place.host] in
      let message = try await host.post(post, by: child)
      return try JSON(parsing: Entry.message(message).json)
    }
  }

  private func call(_ id: JSON, _ params: JSON) throws(RPCFailure) {
    guard let to = params["to"]?.string else { throw invalid("to: expected the name of a child") }
    let body = params["body"] ?? .null
    place.supervisor.assumeIsolated { [channel, caller = self.id] supervisor in
      supervisor.pass(body, to: ChildID(to), from: caller) { outcome in
        channel?.writeFrame(Self.answer(to: id, ChildID(to), outcome))
      }
    }
  }

  private static func answer(to id: JSON, _ callee: ChildID, _ outcome: Call.Outcome) -> [UInt8] {
    let reason: String
    switch outcome {
    case .answered(.success(let value)): return RPCMessage.result(id: id) { $0.value(value) }
    case .answered(.failure(let failure)): return RPCMessage.failure(id: id, failure)
    case .timedOut(let after): reason = "\(callee) gave no answer within \(after.words)"
    case .crashed(let why), .refused(let why): reason = why
    case .stopped: reason = "the call of \(callee) was stopped"
    }
    return RPCMessage.failure(id: id, RPCFailure(code: RPCFailure.refused, message: reason))
  }

  /// Answers once `body` has its result, which may take a visit to the disk.
  private func answerLater(
    _ id: JSON, _ body: @escaping @Sendable () async throws -> JSON
  ) throws(RPCFailure) {
    let channel = channel
    let isTaken = place.supervisor.assumeIsolated { supervisor in
      supervisor.perform {
        do {
          let value = try await body()
          channel?.writeFrame(RPCMessage.result(id: id) { $0.value(value) })
        } catch {
          let failure = RPCFailure(code: RPCFailure.refused, message: "\(error)")
          channel?.writeFrame(RPCMessage.failure(id: id, failure))
        }
      }
    }
    if !isTaken { throw refusal("too many requests at once") }
  }
}
