package import ChildProtocol

/// Why some JSON is not an entry.
package struct EntryMalformed: Error, Hashable, Sendable, CustomStringConvertible {
  /// The member that was not as expected.
  package let member: String
  /// What was expected.
  package let expected: String

  package var description: String { "not an entry: expected \(expected) as \"\(member)\"" }
}

extension Entry {
  /// Reads an entry that `write(to:)` wrote.
  /// - Throws: `EntryMalformed` naming the member that is missing or wrong.
  package init(_ json: JSON) throws(EntryMalformed) {
    let members = Members(json)
    let seq = try members.int("seq")
    switch try members.string("type") {
    case "Message": self = .message(try Message(members))
    case "Rollup": self = .rollup(try Rollup(members))
    case "ToolRound": self = .toolRound(try ToolRound(members))
    default: throw EntryMalformed(member: "type", expected: "Message, Rollup or ToolRound")
    }
    self.seq = seq
  }
}

/// The members of an object, read with errors that name them.
private struct Members {
  let json: JSON
  /// Where in the entry it stands: `child_responses[2].`; empty: it is the entry.
  private let path: String

  init(_ json: JSON, at path: String = "") { (self.json, self.path) = (json, path) }

  func fault(_ name: String, _ expected: String) -> EntryMalformed {
    EntryMalformed(member: path + name, expected: expected)
  }

  /// What `read` makes of each element of an array.
  func elements<T>(
    _ name: String, _ read: (Members) throws(EntryMalformed) -> T
  ) throws(EntryMalformed) -> [T] {
    var elements: [T] = []
    for (index, json) in try array(name).enumerated() {
      elements.append(try read(Members(json, at: "\(path)\(name)[\(index)].")))
    }
    return elements
  }

  func string(_ name: String) throws(EntryMalformed) -> String {
    guard let text = json[name]?.string else {
      throw fault(name, "a string")
    }
    return text
  }

  func int(_ name: String) throws(EntryMalformed) -> Int64 {
    guard let number = json[name]?.int else {
      throw fault(name, "a whole number")
    }
    return number
  }

  func array(_ name: String) throws(EntryMalformed) -> [JSON] {
    guard let array = json[name]?.array else {
      throw fault(name, "an array")
    }
    return array
  }

  func id(_ name: String) throws(EntryMalformed) -> EntryID { EntryID(try string(name)) }

  func time(_ name: String) throws(EntryMalformed) -> Timestamp {
    guard let time = Timestamp(try string(name)) else {
      throw fault(name, "a time as 2026-11-22T10:00:00.123Z")
    }
    return time
  }

  func choice<T: RawRepresentable & CaseIterable>(
    _ name: String, _: T.Type
  ) throws(EntryMalformed) -> T where T.RawValue == String {
    guard let value = T(rawValue: try string(name)) else {
      let names = T.allCases.map { $0.rawValue }.joined(separator: ", ")
      throw fault(name, "one of \(names)")
    }
    return value
  }

  /// What `json` of a duration wrote.
  func duration(_ name: String) throws(EntryMalformed) -> Duration {
    guard let milliseconds = json[name]?.double, milliseconds.magnitude < 1e15 else {
      throw fault(name, "a number of milliseconds")
    }
    return .microseconds(Int64((milliseconds * 1000).rounded()))
  }
}

extension Message {
  fileprivate init(_ members: Members) throws(EntryMalformed) {
    self.init(
      id: try members.id("id"), parent: members.json["parent"]?.string.map(EntryID.init),
      thread: ThreadID(try members.string("thread")), createdAt: try members.time("created_at"),
      role: try members.choice("role", Role.self), content: try members.string("content"),
      to: members.json["to"]?.array?.compactMap { $0.string.map(ChildID.init) },
      author: members.json["author"]?.string.map(ChildID.init),
      status: try members.choice("status", Status.self))
    error = members.json["error"]?.string
    model = members.json["model"]?.string
    stopReason = members.json["stop_reason"]?.string
    contextFrom = members.json["context_from"]?.string.map(EntryID.init)
    html = members.json["html"]?.string
    if let data = members.json["data"], !data.isNull { self.data = data }
    if let usage = members.json["usage"], usage.members != nil {
      self.usage = Usage(
        inputTokens: usage["input_tokens"]?.int, outputTokens: usage["output_tokens"]?.int,
        cacheCreationInputTokens: usage["cache_creation_input_tokens"]?.int,
        cacheReadInputTokens: usage["cache_read_input_tokens"]?.int,
        costMicroUSD: usage["cost_micro_usd"]?.int)
    }
  }
}

extension Rollup {
  fileprivate init(_ members: Members) throws(EntryMalformed) {
    self.init(
      id: try members.id("id"), parent: try members.id("parent"),
      thread: ThreadID(try members.string("thread")), createdAt: try members.time("created_at"),
      originalMessageID: try members.id("original_message_id"),
      responses: try members.elements("child_responses", ChildResponse.init))
  }
}

extension ChildResponse {
  fileprivate init(_ members: Members) throws(EntryMalformed) {
    let data = members.json["data"]
    self.init(
      child: ChildID(try members.string("child_id")), messageID: try members.id("message_id"),
      status: try members.choice("status", Status.self), reason: members.json["reason"]?.string,
      late: members.json["late"]?.bool ?? false, text: members.json["text"]?.string,
      html: members.json["html"]?.string, data: data == .null ? nil : data,
      latency: try members.duration("latency_ms"), attempt: Int(try members.int("attempt")),
      generation: try members.int("generation"))
  }
}

extension ToolRound {
  fileprivate init(_ members: Members) throws(EntryMalformed) {
    self.init(
      id: try members.id("id"), parent: try members.id("parent"),
      thread: ThreadID(try members.string("thread")), createdAt: try members.time("created_at"),
      originalMessageID: try members.id("original_message_id"),
      calls: try members.elements("calls", ToolCall.init))
  }
}

extension ToolCall {
  fileprivate init(_ members: Members) throws(EntryMalformed) {
    self.init(
      callID: try members.string("call_id"), child: ChildID(try members.string("child_id")),
      tool: try members.string("tool"), arguments: members.json["arguments"] ?? .null,
      status: try members.choice("status", Status.self), reason: members.json["reason"]?.string,
      content: members.json["content"] ?? .array([]), latency: try members.duration("latency_ms"))
  }
}
