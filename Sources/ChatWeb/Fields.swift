import ChatCore
import ChildProtocol

/// The members of a JSON object that a client sent, each read with what was expected of it.
///
/// A member that is `null` counts as absent, except where `change` is asked.
struct Fields: Sendable {
  private let object: JSON

  /// - Throws: `ChatError.invalid` for anything but an object.
  init(_ json: JSON) throws(ChatError) {
    guard json.members != nil else {
      throw .invalid(field: "body", expected: "an object, got \(json.kind)")
    }
    object = json
  }

  /// A member as it came, `null` included.
  func any(_ name: String) -> JSON? { object[name] }

  /// A text.
  func text(_ name: String) throws(ChatError) -> String? {
    guard let value = present(name) else { return nil }
    guard let text = value.string else { throw fault(name, "a text", value) }
    return text
  }

  /// A text that has to be there.
  func requiredText(_ name: String) throws(ChatError) -> String {
    guard let text = try text(name) else { throw .invalid(field: name, expected: "a text") }
    return text
  }

  /// A whole number within `range`.
  func number(_ name: String, in range: ClosedRange<Int64>) throws(ChatError) -> Int64? {
    guard let value = present(name) else { return nil }
    guard let number = value.int, range.contains(number) else {
      throw fault(name, "a whole number from \(range.lowerBound)", value)
    }
    return number
  }

  /// A truth value.
  func truth(_ name: String) throws(ChatError) -> Bool? {
    guard let value = present(name) else { return nil }
    guard let truth = value.bool else { throw fault(name, "true or false", value) }
    return truth
  }

  /// One of a few words, as what it stands for.
  func choice<Meaning>(
    _ name: String, _ meanings: KeyValuePairs<String, Meaning>
  ) throws(ChatError) -> Meaning {
    let text = try requiredText(name)
    for (word, meaning) in meanings where word == text { return meaning }
    let words = meanings.map { "\"\($0.key)\"" }.joined(separator: " or ")
    throw .invalid(field: name, expected: words)
  }

  /// A list of texts.
  func texts(_ name: String) throws(ChatError) -> [String]? {
    guard let value = present(name) else { return nil }
    let texts = value.array?.compactMap(\.string)
    guard let texts, texts.count == value.array?.count else {
      throw fault(name, "a list of texts", value)
    }
    return texts
  }

  /// What to make of a member that may be cleared: nil where it is absent, `.some(nil)` where it is
  /// `null`.
  func change(_ name: String, byteLimit: Int) throws(ChatError) -> String?? {
    guard let value = object[name] else { return nil }
    if value.isNull { return .some(nil) }
    guard let text = value.string, text.utf8.count <= byteLimit else {
      throw fault(name, "null or a text of at most \(byteLimit) bytes", value)
    }
    return text
  }

  /// The same of a whole number within `range`.
  func change(_ name: String, in range: ClosedRange<Int64>) throws(ChatError) -> Int64?? {
    guard let value = object[name] else { return nil }
    if value.isNull { return .some(nil) }
    guard let number = value.int, range.contains(number) else {
      throw fault(
        name, "null or a whole number from \(range.lowerBound) to \(range.upperBound)", value)
    }
    return number
  }

  private func present(_ name: String) -> JSON? {
    guard let value = object[name], !value.isNull else { return nil }
    return value
  }

  private func fault(_ name: String, _ expected: String, _ value: JSON) -> ChatError {
    .invalid(field: name, expected: "\(expected), got \(value.kind)")
  }
}

extension Draft {
  /// Reads the message that a client hands in.
  init(_ fields: Fields) throws(ChatError) {
    self.init(
      content: try fields.requiredText("content"),
      thread: try fields.text("thread").map { ThreadID($0) } ?? .main,
      parent: try fields.text("parent").map { EntryID($0) },
      beside: try fields.text("beside").map { EntryID($0) },
      to: try fields.texts("to")?.map { ChildID($0) },
      clientMessageID: try fields.text("client_msg_id"))
  }
}
