import ChatCore
import ChildProtocol
import Foundation
import Hummingbird
import Logging
import NIOCore

/// The HTTP interface (contract §4): which method of which path does what.
struct Routes: Sendable {
  typealias Context = BasicRequestContext
  typealias Handler = @Sendable (Request, Context) async throws -> Response

  let api: ChatAPI
  let hub: Hub
  let assets: Assets
  let gatekeeper: Gatekeeper
  let limits: WebConfiguration.Limits
  /// The port of WebSockets alone; nil until it is bound.
  let socketPort: @Sendable () -> Int?

  /// Everything of the main port.
  var router: Router<Context> {
    let router = bare()
    router.add(middleware: AssetResponses(assets: assets))
    resource(router, "/ws", [.get: { _, _ in throw Self.socketOnly }])
    resource(router, "/healthz", [.get: { _, _ in Self.json { $0.field("status", "ok") } }])
    resource(router, "/readyz", [.get: { _, _ in try await ready() }])
    resource(router, "/metrics", [.get: { _, _ in await metrics() }])
    resource(
      router, "/api/messages",
      [
        .get: { request, context in try await messages(request, context) },
        .post: { request, _ in try await send(request) },
      ])
    addThreads(router)
    addChildren(router)
    addTools(router)
    addModels(router)
    addSearch(router)
    addTransfer(router)
    return router
  }

  /// The port of WebSockets alone has nothing else.
  var socketRouter: Router<Context> {
    let router = bare()
    resource(router, "/", [.get: { _, _ in throw Self.socketOnly }])
    return router
  }

  /// What every answer goes through, whichever port it comes from.
  private func bare() -> Router<Context> {
    let router = Router(context: Context.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: CountedResponses(counters: hub.counters))
    router.add(middleware: GuardedResponses(socketPort: socketPort))
    router.add(middleware: FailureResponses())
    router.add(middleware: Admission(gatekeeper: gatekeeper))
    return router
  }

  /// Registers a path's methods; all others are answered with those that there are.
  func resource(
    _ router: Router<Context>, _ path: RouterPath, _ handlers: [HTTPRequest.Method: Handler]
  ) {
    for (method, handler) in handlers { router.on(path, method: method, use: handler) }
    let allowed = Array(handlers.keys) + (handlers[.get] == nil ? [] : [.head])
    let known: [HTTPRequest.Method] = [
      .get, .head, .post, .put, .patch, .delete, .options, .trace, .connect,
    ]
    for method in known where !allowed.contains(method) {
      router.on(path, method: method) { _, _ -> Response in throw HTTPFailure.notAllowed(allowed) }
    }
  }

  private static let socketOnly = HTTPFailure.upgradeRequired(
    "this is for WebSockets: expected a GET with Upgrade: websocket")

  private func messages(_ request: Request, _ context: Context) async throws -> Response {
    let query = Query(request)
    let outline = try await api.reader.outline(
      of: query.text("thread").map { ThreadID($0) } ?? .main,
      before: query.text("before").map { EntryID($0) },
      limit: try query.number("limit", in: 1...Int(Int32.max)))
    let stream = EntryStream(
      reader: api.reader, outline: outline,
      opening: Array(#"{"status":"success","messages":["#.utf8),
      ending: JSONWriter.behindList(outline.writeSurroundings))
    return self.stream(stream, Self.jsonHeaders, context)
  }

  /// A response that is written piece by piece.
  func stream(_ stream: EntryStream, _ headers: HTTPFields, _ context: Context) -> Response {
    let (logger, thread) = (context.logger, stream.outline.thread.id)
    return stream.response(headers, counters: hub.counters) { error in
      logger.error("thread \(thread): a response broke off: \(error)")
    }
  }

  private func send(_ request: Request) async throws -> Response {
    let sent = try await api.conversations.send(Draft(try await fields(request)))
    return Self.json(sent.isDuplicate ? .ok : .created) { writer in
      Entry.message(sent.message).write(to: &writer)
    }
  }

  private func ready() async throws -> Response {
    _ = try await api.reader.page(of: .main, before: nil, limit: 1)
    try await api.conversations.checkStore()
    return Self.json { $0.field("status", "ready") }
  }

  private func metrics() async -> Response {
    let version = hub.childVersion
    hub.adopt(await api.children.statuses(), readAt: version)
    let states = Dictionary(hub.children.map { ($0.state.rawValue, 1) }, uniquingKeysWith: +)
    let text = hub.counters.text(seq: hub.seq, childStates: states)
    return Response(
      status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  /// The members of a request's body.
  func fields(_ request: Request) async throws -> Fields {
    let body = try await request.body.collect(upTo: limits.bodyBytes)
    return try Fields(JSON(parsing: body.readableBytesView))
  }

  /// A path's part, decoded.
  func part(_ name: String, _ context: Context) throws -> String {
    guard let part = context.parameters.get(name)?.removingPercentEncoding else {
      throw HTTPFailure(.badRequest, "bad_request", "the path is not UTF-8")
    }
    return part
  }

  static let jsonHeaders: HTTPFields = [
    .contentType: "application/json", .cacheControl: "no-store",
  ]

  /// A response with one JSON value.
  static func json(
    _ status: HTTPResponse.Status, _ write: (inout JSONWriter) -> Void
  ) -> Response {
    var writer = JSONWriter(capacity: 1024)
    write(&writer)
    return Response(
      status: status, headers: jsonHeaders,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
  }

  /// A response with the members of one object.
  static func json(_ members: (inout JSONWriter) -> Void) -> Response {
    json(.ok) { $0.object(members) }
  }
}
