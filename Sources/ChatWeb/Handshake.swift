import NIOHTTP1

/// Whether a request is a WebSocket's opening handshake, by RFC 6455 §4.2.1. Pure.
enum Handshake: Equatable {
  /// It asks for no WebSocket where one is to be had; anything else it asks to upgrade to is not
  /// heard.
  case none
  case good
  /// It asks for one in a way that can't be met, for this reason.
  case faulty(String)

  /// Judges a request that is its connection's first, or not.
  init(_ head: HTTPRequestHead, paths: Set<String>, isFirst: Bool) {
    let headers = head.headers
    let wanted = headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
    let path = String(head.uri.prefix { $0 != "?" })
    guard wanted, paths.contains(path) else {
      self = .none
      return
    }
    let fault = Self.fault(head) ?? (isFirst ? nil : "it has to be the connection's first request")
    self = fault.map { .faulty("a WebSocket can't be opened: \($0)") } ?? .good
  }

  private static func fault(_ head: HTTPRequestHead) -> String? {
    let headers = head.headers
    guard head.method == .GET else { return "the method has to be GET" }
    guard head.version == .http1_1 else { return "it has to be HTTP/1.1" }
    let connection = headers[canonicalForm: "connection"].map { $0.lowercased() }
    guard connection.contains("upgrade") else { return "Connection has to say Upgrade" }
    guard headers["sec-websocket-version"] == ["13"] else {
      return "Sec-WebSocket-Version has to be 13"
    }
    let keys = headers["sec-websocket-key"]
    guard keys.count == 1, let key = keys.first, isKey(key) else {
      return "Sec-WebSocket-Key has to be 16 bytes in base64, once"
    }
    let length = headers["content-length"]
    guard !headers.contains(name: "transfer-encoding"), length.allSatisfy({ $0 == "0" }) else {
      return "it can't have a body"
    }
    return nil
  }

  /// 16 bytes in base64 are 22 characters and two `=`.
  private static func isKey(_ key: String) -> Bool {
    let utf8 = Array(key.utf8)
    return utf8.count == 24 && utf8.suffix(2).allSatisfy { $0 == UInt8(ascii: "=") }
      && utf8.prefix(22).allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
          true
        default: false
        }
      }
  }
}
