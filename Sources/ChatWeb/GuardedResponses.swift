import Hummingbird

/// Tells browsers to be strict with everything that comes from here.
///
/// The page may use what is here and nothing else: no code within the page, no other host, no frame
/// around it. WebSockets of this name are named one by one, since not every browser takes them for
/// `'self'`.
struct GuardedResponses: RouterMiddleware {
  typealias Context = Routes.Context

  let socketPort: @Sendable () -> Int?

  func handle(
    _ request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    for (name, value) in Self.fields { response.headers[name] = value }
    // Only a Host that was let in may name itself here.
    let authority = response.status == .forbidden ? nil : request.head.authority
    response.headers[.contentSecurityPolicy] = policy(for: authority)
    return response
  }

  private static let fields: [(HTTPFields.Element.Name, String)] = {
    let fields = [
      ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
      ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin"),
      ("Cross-Origin-Resource-Policy", "same-origin"),
    ]
    return fields.compactMap { field in HTTPFields.Element.Name(field.0).map { ($0, field.1) } }
  }()

  private func policy(for authority: String?) -> String {
    var sockets = ""
    if let authority, let name = Gatekeeper.name(of: authority) {
      sockets = " ws://\(authority)" + (socketPort().map { " ws://\(name):\($0)" } ?? "")
    }
    return "default-src 'self'; connect-src 'self'\(sockets); object-src 'none'; "
      + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  }
}
