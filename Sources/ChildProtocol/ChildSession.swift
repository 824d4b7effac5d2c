import Foundation

/// What a child in Swift does; `ChildSession.run` does the rest.
public protocol ChatChild {
  /// Called once, before any message: takes up what was saved and what the manifest's `[config]`
  /// says.
  /// - Throws: where it can't run; the error's words are what people see.
  mutating func begin(_ start: ChildStart) throws
  /// Answers a message, or declines with nil.
  /// - Throws: the outcome is then `failed`, with the error's words. A `ChildSessionError` other
  ///   than `.refused` ends the session.
  mutating func reply(to message: ChildMessage, in session: ChildSession) throws -> ChildReply?
}

/// What chatd tells a child when it starts.
public struct ChildStart: Hashable, Sendable {
  /// The child's identifier, the name of its folder.
  public let childID: String
  /// How often it was started, this time included.
  public let generation: Int64
  /// What it saved last; nil: nothing.
  public let state: JSON?
  /// The manifest's `[config]`.
  public let config: JSON

  init(_ params: JSON) {
    childID = params["child_id"]?.string ?? ""
    generation = params["generation"]?.int ?? 0
    if let saved = params["state"], !saved.isNull { state = saved } else { state = nil }
    config = params["config"] ?? [:]
  }
}

/// A message of the thread, as a child hears it.
public struct ChildMessage: Hashable, Sendable {
  /// The message's identifier.
  public let id: String
  /// The thread's identifier.
  public let thread: String
  /// `user` or `assistant`.
  public let role: String
  /// What was said.
  public let content: String
  /// How often the child was asked about this message, this time included.
  public let attempt: Int64
  /// How long chatd waits for the answer.
  public let deadline: Duration
  /// The whole of the request's params, with what else the contract gives.
  public let params: JSON

  init(_ params: JSON) {
    let message = params["message"] ?? .null
    id = message["id"]?.string ?? ""
    thread = message["thread"]?.string ?? ""
    role = message["role"]?.string ?? ""
    content = message["content"]?.string ?? ""
    attempt = params["attempt"]?.int ?? 1
    deadline = .milliseconds(params["deadline_ms"]?.int ?? 0)
    self.params = params
  }
}

/// What a child says to a message.
public struct ChildReply: Hashable, Sendable {
  /// Markdown.
  public var text: String
  /// HTML, which the page sanitises.
  public var html: String?
  /// Anything for programs.
  public var data: JSON?

  /// A reply of `text`.
  public init(_ text: String, html: String? = nil, data: JSON? = nil) {
    self.text = text
    self.html = html
    self.data = data
  }
}

/// A child's session with chatd, from `initialize` to the end of the stream: one thing at a time,
/// blocking.
public final class ChildSession {
  private var socket: ChildSocket
  private var held: [RPCMessage] = []
  private var lastID: Int64 = 0

  private init(connectingTo path: String) throws(ChildSessionError) {
    socket = try ChildSocket(connectingTo: path)
  }

  /// Runs `child` until the session ends, by chatd's word or with chatd; the program should exit 0
  /// when it returns.
  /// - Throws: `ChildSessionError` where the session can't begin or chatd breaks the protocol.
  public static func run(_ child: some ChatChild) throws(ChildSessionError) {
    guard let path = ProcessInfo.processInfo.environment["CHATD_SOCKET"] else {
      throw .environment("CHATD_SOCKET is not set: a child is started by chatd")
    }
    try run(child, connectingTo: path)
  }

  /// Runs `child` over the socket at `path`.
  static func run(
    _ child: some ChatChild, connectingTo path: String
  ) throws(ChildSessionError) {
    let session = try ChildSession(connectingTo: path)
    do {
      try session.serve(child)
    } catch .closed, .system("send", EPIPE), .system("send", ECONNRESET) {
      // chatd went while something was on its way to it: an end like any other.
    }
  }

  private func serve(_ child: some ChatChild) throws(ChildSessionError) {
    var child = child
    while let message = try next() {
      guard case .request(let id, let method, let params) = message else { continue }
      try answer(id, method, params, with: &child)
      if method == "shutdown" { return }
    }
  }

  /// Saves the child's state, at most 1 MiB of JSON; it comes back in `begin` after a restart.
  ///
  /// Returns once it is on disk. What arrives meanwhile waits.
  /// - Throws: `ChildSessionError.refused` with chatd's reason.
  public func save(_ state: JSON) throws(ChildSessionError) {
    _ = try request("state/save") { $0.object { $0.field("state", state) } }
  }

  /// Says something for the child's log.
  public func log(_ message: String, level: StaticString = "info") throws(ChildSessionError) {
    try send(
      RPCMessage.notification(method: "log") {
        $0.object {
          $0.field("level", "\(level)")
          $0.field("message", message)
        }
      })
  }

  private func answer(
    _ id: JSON, _ method: String, _ params: JSON, with child: inout some ChatChild
  ) throws(ChildSessionError) {
    do {
      switch method {
      case "initialize": try child.begin(ChildStart(params))
      case "message":
        let reply = try child.reply(to: ChildMessage(params), in: self)
        return try send(RPCMessage.result(id: id) { $0.value(reply: reply) })
      case "ping", "shutdown": break
      default:
        throw RPCFailure(code: RPCFailure.methodNotFound, message: "no method \(method)")
      }
      try send(RPCMessage.result(id: id) { $0.object { _ in } })
    } catch ChildSessionError.refused(let failure) {
      try socket.write(RPCMessage.failure(id: id, failure))
    } catch let error as ChildSessionError {
      throw error
    } catch {
      let failure = error as? RPCFailure ?? RPCFailure(code: -32000, message: "\(error)")
      try socket.write(RPCMessage.failure(id: id, failure))
    }
  }

  private func request(
    _ method: StaticString, _ params: (inout JSONWriter) -> Void
  ) throws(ChildSessionError) -> JSON {
    lastID += 1
    let id = lastID
    try send(RPCMessage.request(id: id, method: method, params: params))
    while let message = try receive() {
      switch message {
      case .result(let answered, let value) where answered.int == id: return value
      case .failure(let answered, let failure) where answered.int == id: throw .refused(failure)
      default: held.append(message)
      }
    }
    throw .closed
  }

  /// Writes a frame, if it is one that chatd takes: a longer one it drops, and whoever waits for
  /// its answer waits for ever.
  private func send(_ json: [UInt8]) throws(ChildSessionError) {
    guard json.count <= Frame.fromChildByteLimit else {
      throw .refused(
        RPCFailure(
          code: RPCFailure.invalidParams,
          message: "a frame of \(json.count) bytes; \(Frame.fromChildByteLimit) is the most"))
    }
    try socket.write(json)
  }

  private func next() throws(ChildSessionError) -> RPCMessage? {
    held.isEmpty ? try receive() : held.removeFirst()
  }

  private func receive() throws(ChildSessionError) -> RPCMessage? {
    guard let frame = try socket.read() else { return nil }
    do {
      return try RPCMessage(parsing: frame, depthLimit: JSON.depthLimit)
    } catch {
      throw .protocol(error.reason)
    }
  }
}

extension JSONWriter {
  /// Writes a reply as the result of `message`.
  fileprivate mutating func value(reply: ChildReply?) {
    guard let reply else { return null() }
    object {
      $0.field("text", reply.text)
      if let html = reply.html { $0.field("html", html) }
      if let data = reply.data { $0.field("data", data) }
    }
  }
}
