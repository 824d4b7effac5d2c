import ChildProtocol

/// A frame of a child's, read with a good will: its faults are noted, and what it was meant to be is
/// taken for that.
struct RigMessage {
  /// What it was meant to be.
  enum Meaning: Hashable {
    case request(id: JSON, method: String, params: JSON)
    case notification(method: String, params: JSON)
    case answer(id: JSON, Result<JSON, RPCFailure>)
  }

  /// nil: it can't be told.
  private(set) var meaning: Meaning?
  /// What is wrong with it, each as "it sent …" goes on.
  private(set) var faults: [String] = []

  init(parsing bytes: [UInt8]) {
    let json: JSON
    do { json = try JSON(parsing: bytes, depthLimit: RPCMessage.depthLimit) } catch {
      faults = ["a frame that is \(error)"]
      return
    }
    guard json.members != nil else {
      faults = ["\(json.kind) in the place of a JSON-RPC object"]
      return
    }
    if json["jsonrpc"]?.string != "2.0" { faults.append("a frame without \"jsonrpc\":\"2.0\"") }
    if let method = json["method"] {
      readCall(json, method)
    } else if let id = json["id"] {
      readAnswer(json, id)
    } else {
      faults.append("a frame with neither a method nor an id")
    }
  }

  private mutating func readCall(_ json: JSON, _ method: JSON) {
    guard let name = method.string else {
      return faults.append("a method that is \(method.kind) instead of a string")
    }
    let params = json["params"] ?? .null
    guard let id = json["id"] else {
      meaning = .notification(method: name, params: params)
      return
    }
    switch id {
    case .string, .number: meaning = .request(id: id, method: name, params: params)
    default: faults.append("a request whose id is \(id.kind) instead of a string or a number")
    }
  }

  private mutating func readAnswer(_ json: JSON, _ id: JSON) {
    let error = json["error"]
    switch (json["result"], error) {
    case (.some, .some(let error)) where !error.isNull:
      faults.append("an answer with both a result and an error")
    case (nil, nil), (nil, .some(.null)):
      return faults.append("an answer with neither a result nor an error")
    default: break
    }
    guard let error, !error.isNull else {
      meaning = .answer(id: id, .success(json["result"] ?? .null))
      return
    }
    if error["code"]?.int == nil || error["message"]?.string == nil {
      faults.append(
        "an error that is not {\"code\": a whole number, \"message\": a string}: \(error.text)")
    }
    let failure = RPCFailure(
      code: error["code"]?.int ?? 0, message: error["message"]?.string ?? error.text)
    meaning = .answer(id: id, .failure(failure))
  }

  /// The id of the answer that a frame begins with which was too long to be kept; nil where it
  /// can't be told.
  static func answeredID(in head: [UInt8]) -> Int64? {
    let text = String(decoding: head, as: UTF8.self)
    guard !text.contains("\"method\""), let match = text.firstMatch(of: /"id"\s*:\s*(\d{1,18})\b/)
    else { return nil }
    return Int64(match.1)
  }
}
