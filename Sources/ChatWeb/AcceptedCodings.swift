import Hummingbird

/// What a client says of the codings that it takes (RFC 9110 §12.5.3).
struct AcceptedCodings: Sendable {
  /// Whether it takes gzip: it names it, by one of its two names, or all there are. What it names
  /// outranks `*`; with a `q` of 0 it is what the client does not want.
  let hasGzip: Bool

  /// Reads the fields of a request.
  init(_ headers: HTTPFields) {
    var (named, any): (Bool?, Bool?)
    for item in headers[values: .acceptEncoding].joined(separator: ",").split(separator: ",") {
      let parts = item.split(separator: ";", omittingEmptySubsequences: false)
      let isWanted = !parts.dropFirst().contains(where: Self.isZero)
      switch parts[0].trimming(while: \.isWhitespace).lowercased() {
      case "gzip", "x-gzip": named = named ?? false || isWanted
      case "*": any = isWanted
      default: continue
      }
    }
    hasGzip = named ?? any ?? false
  }

  /// Whether a parameter is a weight of 0; one that is no weight says nothing.
  private static func isZero(_ parameter: Substring) -> Bool {
    let pair = parameter.split(separator: "=", maxSplits: 1).map {
      $0.trimming(while: \.isWhitespace)
    }
    return pair.count == 2 && pair[0].lowercased() == "q" && Double(pair[1]) == 0
  }
}

extension Substring {
  /// Without what `isTrimmed` holds for at both ends.
  func trimming(while isTrimmed: (Character) -> Bool) -> Substring {
    var text = drop(while: isTrimmed)
    while let last = text.last, isTrimmed(last) { text.removeLast() }
    return text
  }
}
