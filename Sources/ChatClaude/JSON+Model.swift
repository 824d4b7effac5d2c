import ChatCore
import ChildProtocol

extension JSON {
  /// How deep a value may be nested that comes from outside. Servers' parsers give up at 128 and
  /// the request has some levels of its own.
  private static let depthLimitForModel = 64

  /// The value as every server takes it: texts without control characters, no number that a
  /// `Double` can't hold, and what is nested too deep as text.
  var cleanForModel: JSON { clean(0) }

  private func clean(_ depth: Int) -> JSON {
    switch self {
    case .null, .bool: return self
    case .number(let digits): return double == nil ? .string(digits) : self
    case .string(let text): return .string(text.cleanForModel)
    case .array, .object:
      guard depth < Self.depthLimitForModel else { return .string(text.cleanForModel) }
    }
    switch self {
    case .array(let elements): return .array(elements.map { $0.clean(depth + 1) })
    case .object(let members):
      return .object(
        members.map { JSON.Member($0.key.cleanForModel, $0.value.clean(depth + 1)) })
    default: return self
    }
  }
}

extension String {
  /// The beginning of the text that fits into so many bytes of UTF-8, cut between scalars.
  func prefix(utf8Count limit: Int) -> Substring {
    guard utf8.count > limit else { return self[...] }
    var end = utf8.index(startIndex, offsetBy: max(limit, 0))
    while end > startIndex, end.samePosition(in: unicodeScalars) == nil {
      end = utf8.index(before: end)
    }
    return self[..<end]
  }
}
