package import ChildProtocol

/// What a child's result for `message` says (contract §6).
package struct ReplyContent {
  package var text: String?
  package var html: String?
  package var data: JSON?

  /// How a result is to be understood.
  package enum Reading {
    case reply(ReplyContent)
    case declined
    /// Neither, with what was expected.
    case unusable(reason: String)
  }

  /// Reads a result: `null`, `{}` and `{"decline":true}` say nothing.
  package static func read(_ result: JSON) -> Reading {
    if result.isNull { return .declined }
    guard let members = result.members else {
      return .unusable(reason: "it answered with \(result.kind) instead of an object with \"text\"")
    }
    if members.isEmpty || result["decline"]?.bool == true { return .declined }
    var content = ReplyContent()
    for (name, path) in [("text", \ReplyContent.text), ("html", \ReplyContent.html)] {
      guard let value = result[name], !value.isNull else { continue }
      guard let text = value.string else {
        return .unusable(reason: "\"\(name)\" of its answer is \(value.kind) instead of a string")
      }
      content[keyPath: path] = text
    }
    if let data = result["data"], !data.isNull { content.data = data }
    guard content.text != nil || content.html != nil || content.data != nil else {
      return .unusable(reason: "its answer has neither \"text\", \"html\" nor \"data\"")
    }
    return .reply(content)
  }
}
