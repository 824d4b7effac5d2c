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
    // Asked about each time, answered with 304: a page is never made of files of two versions.
    let headers: HTTPFields = [
      .contentType: file.type, .eTag: file.tag, .cacheControl: "no-cache",
    ]
    let tags = request.headers[values: .ifNoneMatch].joined(separator: ",").split(separator: ",")
    let isKnown = tags.contains { tag in
      let tag = tag.trimming(while: \.isWhitespace)
      return tag == "*" || tag == file.tag || tag == "W/\(file.tag)"
    }
    if isKnown { return Response(status: .notModified, headers: headers) }
    let response = Response(
      status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.bytes))
    return request.method == .head ? response.createHeadResponse() : response
  }
}

extension Substring {
  /// Without what `isTrimmed` holds for at both ends.
  fileprivate func trimming(while isTrimmed: (Character) -> Bool) -> Substring {
    var text = drop(while: isTrimmed)
    while let last = text.last, isTrimmed(last) { text.removeLast() }
    return text
  }
}
