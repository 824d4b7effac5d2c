/// Why the web can't be served.
package enum WebError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The address is in use, forbidden, or none of this machine's; `errno` says which.
  case cannotListen(address: String, reason: String, errno: Int32)
  /// The server ended before its ports were bound.
  case ended

  package var description: String {
    switch self {
    case .cannotListen(let address, let reason, _): "can't listen on \(address): \(reason)"
    case .ended: "the web server ended before it was ready"
    }
  }
}
