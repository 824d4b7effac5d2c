import ChildProtocol

/// One entry of an import: nothing that it has is believed that chatd would not have written
/// itself.
enum ImportedEntry {
  /// What is not as expected, and where in the entry.
  struct Fault: Error {
    /// `.child_responses[2].attempt`; empty: the entry itself.
    let path: String
    let expected: String

    init(_ path: String, _ expected: String) {
      self.path = path
      self.expected = expected
    }
  }

  /// How deep an entry may be nested: what a child's frame may bear, the entry around it, and some.
  private static let depthLimit = 192
  /// Times that a child was asked, and other numbers that are counted on.
  private static let attempts: ClosedRange<Int> = 0...1_000_000
  /// Whole numbers that every JSON reader holds exactly (RFC 8259 §6).
  private static let numbers: ClosedRange<Int64> = 0...(1 << 53)

  /// Reads an entry of `thread`. What was under way comes as it was broken off.
  static func read(
    _ bytes: ArraySlice<UInt8>, in thread: ThreadID
  ) throws(Fault) -> Entry {
    let json: JSON
    do { json = try JSON(parsing: bytes, depthLimit: depthLimit) } catch {
      throw Fault("", "an entry; it is \(error)")
    }
    guard case .object(var members) = json else {
      throw Fault("", "an object, got \(json.kind)")
    }
    // Another log's number.
    members.removeAll { $0.key == "seq" }
    members.append(JSON.Member("seq", 0))
    let entry: Entry
    do { entry = try Entry(.object(members)) } catch {
      throw Fault(".\(error.member)", error.expected)
    }
    try checkReading(of: .object(members), as: entry)
    try check(entry, in: thread)
    return entry.broken
  }

  /// Reading is lenient with what chatd wrote itself. Here, what is written again has to be what
  /// was read.
  private static func checkReading(of json: JSON, as entry: Entry) throws(Fault) {
    let kept: JSON
    do { kept = try JSON(parsing: entry.json) } catch {
      throw Fault("", "what can be kept; it is \(error)")
    }
    if let path = difference(json, kept) {
      throw Fault(path, "a value as chatd exports it there")
    }
    guard entry.message != nil else { return }
    // The members that are left out where there is none.
    for (name, expected) in [("html", "a text"), ("context_from", "an entry's identifier")] {
      guard json[name].map(\.isNull) ?? true || kept[name] != nil else {
        throw Fault(".\(name)", expected)
      }
    }
  }

  /// The path of the first member that `kept` has with another value; nil: there is none. Members
  /// that it does not have are left out.
  private static func difference(_ given: JSON, _ kept: JSON) -> String? {
    switch (given, kept) {
    case (.object(let members), .object):
      if given == kept { return nil }
      for member in members {
        guard let value = kept[member.key] else { continue }
        if let path = difference(member.value, value) { return ".\(member.key)\(path)" }
      }
      return nil
    case (.array(let elements), .array(let others)):
      guard elements.count == others.count else { return "" }
      for (index, pair) in zip(elements, others).enumerated() {
        if let path = difference(pair.0, pair.1) { return "[\(index)]\(path)" }
      }
      return nil
    case (.number, .number):
      // Latencies are kept to the microsecond.
      if given == kept { return nil }
      guard let a = given.double, let b = kept.double else { return "" }
      return abs(a - b) <= 0.001 ? nil : ""
    default: return given == kept ? nil : ""
    }
  }

  private static func check(_ entry: Entry, in thread: ThreadID) throws(Fault) {
    try check(entry.id, ".id")
    if let parent = entry.parent { try check(parent, ".parent") }
    guard entry.thread == thread else {
      throw Fault(".thread", "\(thread), the thread that is imported")
    }
    switch entry {
    case .message(let message): try check(message)
    case .rollup(let rollup): try check(rollup)
    case .toolRound(let round):
      try check(round.originalMessageID, ".original_message_id")
      for (index, call) in round.calls.enumerated() {
        try check(call.child, ".calls[\(index)].child_id")
      }
    }
  }

  private static func check(_ message: Message) throws(Fault) {
    let isPersons = message.role == .user && message.author == nil
    guard !isPersons || message.content.utf8.count <= Message.contentByteLimit else {
      throw Fault(".content", "at most \(Message.contentByteLimit) bytes of UTF-8")
    }
    for (index, child) in (message.to ?? []).enumerated() { try check(child, ".to[\(index)]") }
    if let author = message.author {
      guard message.role == .user else { throw Fault(".author", "null: only children have it") }
      try check(author, ".author")
    }
    if let entry = message.contextFrom { try check(entry, ".context_from") }
    let counts = [
      ("input_tokens", message.usage?.inputTokens), ("output_tokens", message.usage?.outputTokens),
      ("cache_creation_input_tokens", message.usage?.cacheCreationInputTokens),
      ("cache_read_input_tokens", message.usage?.cacheReadInputTokens),
      ("cost_micro_usd", message.usage?.costMicroUSD),
    ]
    for case (let name, let count?) in counts where !numbers.contains(count) {
      throw Fault(".usage.\(name)", "a whole number from 0 to 2^53")
    }
  }

  private static func check(_ rollup: Rollup) throws(Fault) {
    try check(rollup.originalMessageID, ".original_message_id")
    for (index, response) in rollup.responses.enumerated() {
      let path = ".child_responses[\(index)]"
      try check(response.child, "\(path).child_id")
      try check(response.messageID, "\(path).message_id")
      guard index == 0 || rollup.responses[index - 1].child < response.child else {
        throw Fault("\(path).child_id", "names in their order, each once")
      }
      guard attempts.contains(response.attempt) else {
        throw Fault("\(path).attempt", "a whole number from 0 to \(attempts.upperBound)")
      }
      guard numbers.contains(response.generation) else {
        throw Fault("\(path).generation", "a whole number from 0 to 2^53")
      }
    }
  }

  private static func check(_ id: EntryID, _ path: String) throws(Fault) {
    guard id.isUUID else { throw Fault(path, "a UUID in lower case") }
  }

  private static func check(_ child: ChildID, _ path: String) throws(Fault) {
    guard ChildID.isValid(child.text) else { throw Fault(path, "the name of a child") }
  }
}

extension EntryID {
  /// Whether it has the form of a UUID (RFC 9562 §4), in lower case.
  fileprivate var isUUID: Bool {
    let form = "00000000-0000-0000-0000-000000000000".utf8
    return text.utf8.count == form.count
      && zip(text.utf8, form).allSatisfy { byte, expected in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"):
          expected == UInt8(ascii: "0")
        default: byte == expected && byte == UInt8(ascii: "-")
        }
      }
  }
}

extension Entry {
  /// As it is where nobody goes on with it.
  fileprivate var broken: Entry {
    switch self {
    case .message(var message):
      guard message.status == .streaming else { return self }
      message.status = .interrupted
      message.error = message.error ?? "it was being written when the thread was exported"
      return .message(message)
    case .toolRound(var round):
      for index in round.calls.indices {
        guard [.waiting, .running].contains(round.calls[index].status) else { continue }
        round.calls[index].status = .failed
        round.calls[index].reason = "it was under way when the thread was exported"
      }
      return .toolRound(round)
    case .rollup: return self
    }
  }
}
