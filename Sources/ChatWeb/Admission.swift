import Hummingbird
import Logging

/// Hears only those whom the gatekeeper lets in, and answers WebSocket handshakes that were not
/// good.
struct Admission: RouterMiddleware {
  typealias Context = Routes.Context

  let gatekeeper: Gatekeeper

  func handle(
    _ request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    // The first Host has become the authority; further ones stand among the other fields.
    let others = request.headers.filter { $0.name.canonicalName == "host" }.map(\.value)
    let hosts = [request.head.authority].compactMap(\.self) + others
    if let reason = gatekeeper.refusal(hosts: hosts, origins: request.headers[values: .origin]) {
      throw HTTPFailure(.forbidden, "forbidden", reason)
    }
    if let fault = request.headers.first(where: { $0.name.canonicalName == Doorman.faultHeader }) {
      throw HTTPFailure.upgradeRequired(fault.value)
    }
    return try await next(request, context)
  }
}

/// Turns whatever is thrown into a response, by the one table.
struct FailureResponses: RouterMiddleware {
  typealias Context = Routes.Context

  func handle(
    _ request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do { return try await next(request, context) } catch {
      let failure = HTTPFailure(error)
      if failure.status == .internalServerError {
        context.logger.error("\(request.method) failed inside: \(error)")
      }
      let response = failure.response
      return request.method == .head ? response.createHeadResponse() : response
    }
  }
}

/// Counts responses by their status.
struct CountedResponses: RouterMiddleware {
  typealias Context = Routes.Context

  let counters: Counters

  func handle(
    _ request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let response = try await next(request, context)
    counters.count(status: response.status.code)
    return response
  }
}
