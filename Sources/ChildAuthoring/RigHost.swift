import ChatChildren
import ChatCore
import ChildProtocol

/// Answers what the child asks, as chatd would: by its manifest's permissions.
struct RigHost {
  /// What a child may save, as JSON (contract §6).
  private static let stateByteLimit = 1 << 20
  private static let historyLimits = 1...Int64(1000)

  let manifest: Manifest
  /// What it saved last; nil: nothing since it was started.
  private(set) var saved: JSON?
  /// What was said so far, for `history/get`: entries, oldest first.
  var history: [JSON] = []

  init(_ manifest: Manifest) { self.manifest = manifest }

  /// Answers one request.
  mutating func answer(_ method: String, _ params: JSON) -> Result<JSON, RPCFailure> {
    do throws(RPCFailure) {
      switch method {
      case "state/save": return .success(try save(params))
      case "history/get": return .success(try entries(params))
      case "message/post": return .success(try post(params))
      case "actor/call": throw refusal(try call(params))
      default:
        throw RPCFailure(code: RPCFailure.methodNotFound, message: "there is no method \(method)")
      }
    } catch {
      return .failure(error)
    }
  }

  private func refusal(_ reason: String) -> RPCFailure {
    RPCFailure(code: RPCFailure.refused, message: reason)
  }

  private func invalid(_ reason: String) -> RPCFailure {
    RPCFailure(code: RPCFailure.invalidParams, message: reason)
  }

  private mutating func save(_ params: JSON) throws(RPCFailure) -> JSON {
    guard let state = params["state"] else { throw invalid("state: missing; expected any JSON") }
    let size = state.bytes.count
    guard size <= Self.stateByteLimit else {
      throw refusal("state: \(size) bytes; \(Self.stateByteLimit) is the most")
    }
    saved = state
    return [:]
  }

  private func entries(_ params: JSON) throws(RPCFailure) -> JSON {
    guard manifest.permissions.history else {
      throw refusal("history/get: the manifest does not say [permissions] history = true")
    }
    let limit = params["limit"]?.int ?? 50
    guard Self.historyLimits.contains(limit) else { throw invalid("limit: expected 1 to 1000") }
    return ["messages": .array(history.suffix(Int(limit)))]
  }

  private func post(_ params: JSON) throws(RPCFailure) -> JSON {
    guard manifest.permissions.post else {
      throw refusal("message/post: the manifest does not say [permissions] post = true")
    }
    guard let text = params["text"]?.string else { throw invalid("text: expected a string") }
    var message = Message(
      id: .next(at: .now), thread: ThreadID(params["thread"]?.string ?? ThreadID.main.text),
      createdAt: .now, role: .user, content: text)
    message.author = manifest.id
    return (try? JSON(parsing: Entry.message(message).json)) ?? [:]
  }

  /// Why a call is refused: there is nobody else here.
  private func call(_ params: JSON) throws(RPCFailure) -> String {
    guard let name = params["to"]?.string else { throw invalid("to: expected a child's name") }
    guard manifest.permissions.call.contains(ChildID(name)) else {
      return "actor/call: the manifest's [permissions] call does not name \"\(name)\""
    }
    return "actor/call: \(name) is stopped; this child runs alone"
  }
}
