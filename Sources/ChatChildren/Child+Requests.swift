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
      case "actor/call":
        throw refusal("this chatd passes no calls between children yet")
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
    savedState = state
    let (child, records) = (self.id, place.supervisor.records)
    try answerLater(id) {
      try await records.keep(child, .init(state: state))
      return [:]
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
        object.array { array in for entry in entries { entry.write(to: &array) } }
      }
      return try JSON(parsing: writer.bytes)
    }
  }

  private func post(_ id: JSON, _ params: JSON) throws(RPCFailure) {
    guard manifest.permissions.post else {
      throw refusal("message/post: the manifest does not say [permissions] post = true")
    }
    guard let text = params["text"]?.string else { throw invalid("text: expected a string") }
    let thread = ThreadID(params["thread"]?.string ?? ThreadID.main.text)
    let child = self.id
    try answerLater(id) { [host = place.host] in
      let message = try await host.post(text, thread: thread, by: child)
      return try JSON(parsing: Entry.message(message).json)
    }
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
