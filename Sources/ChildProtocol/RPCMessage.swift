/// One JSON-RPC 2.0 message (contract §6; batches are not part of it).
public enum RPCMessage: Hashable, Sendable {
  case request(id: JSON, method: String, params: JSON)
  case notification(method: String, params: JSON)
  case result(id: JSON, value: JSON)
  case failure(id: JSON, RPCFailure)

  /// How deep a child's frame may be nested. What it says is kept inside of entries, and those are
  /// handed on inside of other values: the rest of `JSON.depthLimit` is for what comes around it.
  public static let depthLimit = JSON.depthLimit / 2

  /// Reads a frame's bytes, nested at most `depthLimit` deep.
  /// - Throws: `RPCMessage.Malformed` with what was wrong.
  public init(
    parsing bytes: some Sequence<UInt8>, depthLimit: Int = Self.depthLimit
  ) throws(Malformed) {
    let json: JSON
    do { json = try JSON(parsing: bytes, depthLimit: depthLimit) } catch {
      throw Malformed(reason: error.description)
    }
    guard json.members != nil else {
      throw Malformed(reason: "expected a JSON-RPC object, got \(json.kind)")
    }
    guard json["jsonrpc"]?.string == "2.0" else {
      throw Malformed(reason: "expected \"jsonrpc\":\"2.0\"")
    }
    let id = json["id"]
    if let method = json["method"] {
      guard let name = method.string else {
        throw Malformed(reason: "expected a string as method, got \(method.kind)")
      }
      let params = json["params"] ?? .null
      guard let id else {
        self = .notification(method: name, params: params)
        return
      }
      self = .request(id: try Self.check(id), method: name, params: params)
      return
    }
    guard let id else { throw Malformed(reason: "expected a method or an id") }
    if let error = json["error"], !error.isNull {
      self = .failure(id: try Self.check(id), RPCFailure(error))
    } else if let result = json["result"] {
      self = .result(id: try Self.check(id), value: result)
    } else {
      throw Malformed(reason: "expected a method, a result or an error")
    }
  }

  private static func check(_ id: JSON) throws(Malformed) -> JSON {
    switch id {
    case .string, .number, .null: return id
    default: throw Malformed(reason: "expected a string or a number as id, got \(id.kind)")
    }
  }

  /// Why a frame is not a JSON-RPC message.
  public struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
    /// The fault in words.
    public let reason: String
    /// The fault in words.
    public var description: String { reason }
  }
}

/// The error of a JSON-RPC response.
public struct RPCFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// A number of JSON-RPC's or of the contract's.
  public var code: Int64
  /// What went wrong, for people.
  public var message: String

  /// The method is not known.
  public static let methodNotFound: Int64 = -32601
  /// The parameters don't fit the method.
  public static let invalidParams: Int64 = -32602
  /// What was asked for is not allowed.
  public static let refused: Int64 = -32001

  /// An error with `code`.
  public init(code: Int64, message: String) {
    self.code = code
    self.message = message
  }

  /// Reads the `error` member of a response; what is missing is made up, since an error is never
  /// refused.
  init(_ json: JSON) {
    code = json["code"]?.int ?? 0
    message = json["message"]?.string ?? json.string ?? "an error without a message"
  }

  /// The message with its code.
  public var description: String { "\(message) (\(code))" }
}

extension RPCMessage {
  /// A request, keys in the contract's order.
  public static func request(
    id: Int64, method: StaticString, params: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    envelope {
      $0.field("id", id)
      $0.key("method")
      $0.value("\(method)")
      $0.key("params")
      params(&$0)
    }
  }

  /// A notification.
  public static func notification(
    method: StaticString, params: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    envelope {
      $0.key("method")
      $0.value("\(method)")
      $0.key("params")
      params(&$0)
    }
  }

  /// The good answer to request `id`.
  public static func result(id: JSON, _ value: (inout JSONWriter) -> Void) -> [UInt8] {
    envelope {
      $0.field("id", id)
      $0.key("result")
      value(&$0)
    }
  }

  /// The bad answer to request `id`.
  public static func failure(id: JSON, _ failure: RPCFailure) -> [UInt8] {
    envelope {
      $0.field("id", id)
      $0.key("error")
      $0.object {
        $0.field("code", failure.code)
        $0.field("message", failure.message)
      }
    }
  }

  private static func envelope(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.object {
      $0.field("jsonrpc", "2.0")
      body(&$0)
    }
    return writer.bytes
  }
}
