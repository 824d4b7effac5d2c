import ChatCore
import ChildProtocol
import Hummingbird
import NIOCore
import NIOHTTP1

/// Why a request or command was refused: the one table from errors to a status and a stable code.
///
/// Nothing that happened inside is shown: an error that stands in no line of the table is
/// `internal`.
struct HTTPFailure: Error, Equatable {
  let status: HTTPResponse.Status
  let code: String
  /// In words, for people.
  let detail: String
  /// The field that is not as expected.
  var field: String?
  var headers: HTTPFields = [:]

  init(_ status: HTTPResponse.Status, _ code: String, _ detail: String) {
    self.status = status
    self.code = code
    self.detail = detail
  }

  /// The table.
  init(_ error: any Error) {
    switch error {
    case let failure as HTTPFailure: self = failure
    case let error as ChatError: self.init(error)
    case let failure as ModelFailure:
      self.init(.serviceUnavailable, "unavailable", failure.reason)
    case is JSONError: self.init(.badRequest, "bad_json", "the body is \(error)")
    case is NIOTooManyBytesError:
      self.init(.contentTooLarge, "too_large", "the body is longer than chatd takes")
    case let error as any HTTPResponseError where error.status == .notFound:
      self.init(.notFound, "not_found", "there is nothing here")
    case let error as any HTTPResponseError where error.status == .badRequest:
      self.init(.badRequest, "bad_request", "the request is malformed")
    case is HTTPParserError: self.init(.badRequest, "bad_request", "the request is not HTTP")
    case is CancellationError:
      self.init(.serviceUnavailable, "unavailable", "chatd is stopping")
    default:
      self.init(.internalServerError, "internal", "something went wrong inside chatd")
    }
  }

  private init(_ error: ChatError) {
    let status: HTTPResponse.Status =
      switch error {
      case .invalid: .badRequest
      case .notFound: .notFound
      case .conflict: .conflict
      case .unavailable: .serviceUnavailable
      }
    self.init(status, error.code, error.description)
    if case .invalid(let field, _) = error { self.field = field }
  }

  /// The failure as a response (RFC 9457).
  var response: Response {
    var writer = JSONWriter()
    writer.object {
      $0.field("type", "about:blank")
      $0.field("title", status.reasonPhrase)
      $0.field("status", Int64(status.code))
      $0.field("detail", detail)
      $0.field("code", code)
      if let field { $0.field("field", field) }
    }
    var headers = headers
    headers[.contentType] = "application/problem+json"
    headers[.cacheControl] = "no-store"
    return Response(
      status: status, headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
  }

  /// A message that is no JSON object.
  static func badJSON(_ detail: String) -> HTTPFailure {
    HTTPFailure(.badRequest, "bad_json", detail)
  }

  /// A command that there is not.
  static func unknownType(_ type: String) -> HTTPFailure {
    HTTPFailure(
      .badRequest, "unknown_type", "type: there is no command \"\(type.prefix(64))\"")
  }

  /// A path that does not go into one answer.
  static func tooLongAnswer(_ limit: Int) -> HTTPFailure {
    HTTPFailure(
      .contentTooLarge, "too_large",
      "what is asked for is longer than \(limit) bytes: ask for less, with limit and before, or read "
        + "GET /api/messages, which has no end")
  }

  /// What is done at this path can't be done with that method.
  static func notAllowed(_ allowed: [HTTPRequest.Method]) -> HTTPFailure {
    let methods = allowed.map(\.rawValue).sorted().joined(separator: ", ")
    var failure = HTTPFailure(.methodNotAllowed, "method_not_allowed", "expected \(methods)")
    failure.headers[.allow] = methods
    return failure
  }

  /// A path of WebSockets was asked for in another way.
  static func upgradeRequired(_ detail: String) -> HTTPFailure {
    var failure = HTTPFailure(.upgradeRequired, "upgrade_required", detail)
    failure.headers[.upgrade] = "websocket"
    failure.headers[.connection] = "Upgrade"
    failure.headers[.secWebSocketVersion] = "13"
    return failure
  }
}
