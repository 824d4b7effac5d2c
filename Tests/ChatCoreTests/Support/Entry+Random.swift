import ChatCore
import ChildProtocol
import TestSupport

extension Entry {
  static func random(using generator: inout SeededGenerator) -> Entry {
    var entry =
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: Entry.message(.random(using: &generator))
      case 1:
        Entry.rollup(
          Rollup(
            id: id(&generator), parent: id(&generator), thread: thread(&generator),
            createdAt: time(&generator), originalMessageID: id(&generator),
            responses: many(&generator) { .random(using: &$0) }))
      default:
        Entry.toolRound(
          ToolRound(
            id: id(&generator), parent: id(&generator), thread: thread(&generator),
            createdAt: time(&generator), originalMessageID: id(&generator),
            calls: many(&generator) { .random(using: &$0) }))
      }
    entry.seq = .random(in: 0...Int64.max, using: &generator)
    return entry
  }

  fileprivate static func id(_ generator: inout SeededGenerator) -> EntryID {
    EntryID(text(&generator))
  }

  fileprivate static func child(_ generator: inout SeededGenerator) -> ChildID {
    ChildID(text(&generator))
  }

  private static func thread(_ generator: inout SeededGenerator) -> ThreadID {
    ThreadID(text(&generator))
  }

  fileprivate static func time(_ generator: inout SeededGenerator) -> Timestamp {
    Timestamp(milliseconds: .random(in: 0...4_000_000_000_000, using: &generator))
  }

  fileprivate static func latency(_ generator: inout SeededGenerator) -> Duration {
    .microseconds(Int64.random(in: 0...100_000_000_000, using: &generator))
  }

  fileprivate static func text(_ generator: inout SeededGenerator) -> String {
    let pieces = ["a", "é", "\"", "\\", "\n", "\0", "😀", " ", "{", "}", "]", "&", "<"]
    return many(&generator) { pieces.randomElement(using: &$0) ?? "" }.joined()
  }

  fileprivate static func maybe<T>(
    _ generator: inout SeededGenerator, _ make: (inout SeededGenerator) -> T
  ) -> T? {
    Bool.random(using: &generator) ? make(&generator) : nil
  }

  fileprivate static func many<T>(
    _ generator: inout SeededGenerator, _ make: (inout SeededGenerator) -> T
  ) -> [T] {
    (0..<Int.random(in: 0...4, using: &generator)).map { _ in make(&generator) }
  }

  fileprivate static func json(_ generator: inout SeededGenerator) -> JSON {
    let number = JSON.number("\(Int.random(in: -9...9, using: &generator)).50")
    return ["text": .string(text(&generator)), "list": [number, true, .null, [:]]]
  }
}

extension Message {
  static func random(using generator: inout SeededGenerator) -> Message {
    var message = Message(
      id: Entry.id(&generator), parent: Entry.maybe(&generator) { Entry.id(&$0) },
      thread: ThreadID(Entry.text(&generator)), createdAt: Entry.time(&generator),
      role: Role.allCases.randomElement(using: &generator) ?? .user,
      content: Entry.text(&generator),
      to: Entry.maybe(&generator) { Entry.many(&$0) { Entry.child(&$0) } },
      author: Entry.maybe(&generator) { Entry.child(&$0) },
      status: Status.allCases.randomElement(using: &generator) ?? .complete)
    message.error = Entry.maybe(&generator) { Entry.text(&$0) }
    message.model = Entry.maybe(&generator) { Entry.text(&$0) }
    message.stopReason = Entry.maybe(&generator) { Entry.text(&$0) }
    message.usage = Entry.maybe(&generator) { generator in
      Usage(
        inputTokens: Entry.maybe(&generator) { .random(in: 0...Int64.max, using: &$0) },
        outputTokens: Entry.maybe(&generator) { .random(in: 0...9, using: &$0) },
        cacheCreationInputTokens: Entry.maybe(&generator) { .random(in: 0...9, using: &$0) },
        cacheReadInputTokens: Entry.maybe(&generator) { .random(in: 0...9, using: &$0) })
    }
    return message
  }
}

extension ChildResponse {
  static func random(using generator: inout SeededGenerator) -> ChildResponse {
    ChildResponse(
      child: Entry.child(&generator), messageID: Entry.id(&generator),
      status: Status.allCases.randomElement(using: &generator) ?? .replied,
      reason: Entry.maybe(&generator) { Entry.text(&$0) }, late: .random(using: &generator),
      text: Entry.maybe(&generator) { Entry.text(&$0) },
      html: Entry.maybe(&generator) { Entry.text(&$0) },
      data: Entry.maybe(&generator) { Entry.json(&$0) }, latency: Entry.latency(&generator),
      attempt: .random(in: 1...9, using: &generator),
      generation: .random(in: 0...Int64.max, using: &generator))
  }
}

extension ToolCall {
  static func random(using generator: inout SeededGenerator) -> ToolCall {
    ToolCall(
      callID: Entry.text(&generator), child: Entry.child(&generator),
      tool: Entry.text(&generator), arguments: Entry.json(&generator),
      status: Status.allCases.randomElement(using: &generator) ?? .done,
      reason: Entry.maybe(&generator) { Entry.text(&$0) }, content: [Entry.json(&generator)],
      latency: Entry.latency(&generator))
  }
}
