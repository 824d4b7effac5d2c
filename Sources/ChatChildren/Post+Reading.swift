import ChatCore
import ChildProtocol

extension Post {
  /// Reads the params of `message/post`.
  /// - Throws: `RPCFailure` naming the parameter that is wrong.
  init(_ params: JSON) throws(RPCFailure) {
    guard let text = params["text"]?.string else { throw Self.invalid("text: expected a string") }
    var html: String?
    if let json = params["html"], !json.isNull {
      guard let string = json.string else { throw Self.invalid("html: expected a string") }
      html = string
    }
    self.init(
      text: text, html: html, thread: ThreadID(params["thread"]?.string ?? ThreadID.main.text))
    if let data = params["data"], !data.isNull { self.data = data }
  }

  private static func invalid(_ reason: String) -> RPCFailure {
    RPCFailure(code: RPCFailure.invalidParams, message: reason)
  }
}
