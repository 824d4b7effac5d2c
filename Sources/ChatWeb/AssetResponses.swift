import Hummingbird

/// Answers with a file of the web interface where no route takes a request.
struct AssetResponses: RouterMiddleware {
  typealias Context = Routes.Context

  let assets: Assets

  func handle(
    _ request: Request, context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as HTTPError where error.status == .notFound {
      guard let file = await assets.file(at: request.uri.path) else { throw error }
      guard request.method == .get || request.method == .head else {
        throw HTTPFailure.notAllowed([.get, .head])
      }
      return response(file, to: request)
    }
  }

  private func response(_ file: AssetFile, to request: Request) -> Response {
    let isPacked = file.packed != nil && AcceptedCodings(request.headers).hasGzip
    let form = file.packed.flatMap { isPacked ? $0 : nil } ?? file.plain
    // Asked about each time, answered with 304: a page is never made of files of two versions.
    var headers: HTTPFields = [
      .contentType: file.type, .eTag: form.tag, .cacheControl: "no-cache",
    ]
    if file.packed != nil { headers[.vary] = "Accept-Encoding" }
    let tags = request.headers[values: .ifNoneMatch].joined(separator: ",").split(separator: ",")
    let isKnown = tags.contains { tag in
      let tag = tag.trimming(while: \.isWhitespace)
      return tag == "*" || tag == form.tag || tag == "W/\(form.tag)"
    }
    if isKnown { return Response(status: .notModified, headers: headers) }
    if isPacked { headers[.contentEncoding] = "gzip" }
    let response = Response(
      status: .ok, headers: headers, body: ResponseBody(byteBuffer: form.bytes))
    return request.method == .head ? response.createHeadResponse() : response
  }
}
