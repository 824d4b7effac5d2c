import ChatCore
import ChildProtocol

/// The messages of a request: turns as the Messages API takes them.
///
/// Pure. Whatever the turns are, roles alternate, no message is empty, every call is followed by its
/// result, and what was sent once is sent again: a turn that is added changes none before it.
struct MessagesBody: Hashable, Sendable {
  /// One message; `blocks` are the API's, none empty.
  struct Message: Hashable, Sendable {
    let role: ChatCore.Message.Role
    var blocks: [JSON]
  }

  private(set) var messages: [Message] = []
  /// The names of the tools that are called in it, each once.
  private(set) var usedTools: [String] = []

  private let model: String
  private let from: EntryID?
  private let sendsThinking: Bool
  /// The calls of the last message, which have no results yet.
  private var asked: [String] = []
  /// The identifiers of all calls, and how often each was given by the server.
  private var identifiers: Set<String> = []
  private var counts: [String: Int] = [:]

  /// - Parameters:
  ///   - model: the one that is asked, by the name it is asked for.
  ///   - from: the entry from which it reads; nil: from the first.
  ///   - sendsThinking: whether thoughts are sent back at all.
  init(
    _ turns: [Transcript.Turn], model: String, from: EntryID? = nil, sendsThinking: Bool = true
  ) {
    self.model = model
    self.from = from
    self.sendsThinking = sendsThinking
    for turn in turns {
      var words: [String] = []
      for part in turn.parts {
        switch part {
        case .answer(let answer): add(answer)
        case .results(let calls): words += settle(calls)
        case .text(let text): words.append(text.cleanForModel)
        }
      }
      add(words)
    }
    _ = settle([])
  }

  /// Adds what the user's side said: one text, behind the results of what was called before it.
  private mutating func add(_ words: [String]) {
    let text = words.filter { !$0.isBlank }.joined(separator: "\n\n")
    guard !text.isEmpty else { return }
    _ = settle([])
    append([["type": "text", "text": .string(text)]], .user)
  }

  private mutating func add(_ answer: Transcript.Answer) {
    let blocks = blocks(of: answer)
    guard !blocks.isEmpty else { return }
    // Calls without a round: the answer went on all the same.
    _ = settle([])
    // A conversation begins with the user's words.
    guard !messages.isEmpty else { return }
    append(blocks.map { call($0) ?? $0 }, .assistant)
  }

  /// What goes back of an answer: what was kept of it, or what can be made of its text and calls.
  private func blocks(of answer: Transcript.Answer) -> [JSON] {
    let kept = answer.kept.flatMap { KeptAnswer($0) }
    let blocks = kept?.blocks(for: model, from: from, sendsThinking: sendsThinking) ?? []
    if !blocks.isEmpty { return blocks }
    let text = answer.text.cleanForModel
    return (text.isBlank ? [] : [["type": "text", "text": .string(text)]])
      + answer.calls.map { call in
        [
          "type": "tool_use", "id": .string(call.callID),
          "name": .string(ToolName.of(call.child, call.tool)),
          "input": call.arguments.cleanForModel,
        ]
      }
  }

  /// A call as the API takes it, which is then to be followed by its result; nil: the block is none.
  private mutating func call(_ block: JSON) -> JSON? {
    guard block["type"] == "tool_use" else { return nil }
    var call = block
    let id = identifier(block["id"]?.string ?? "")
    let name = ToolName.acceptable(block["name"]?.string ?? "")
    call.set("id", .string(id))
    call.set("name", .string(name))
    if block["input"]?.members == nil {
      call.set("input", block["input"].map { ["INVALID_JSON": .string($0.text)] } ?? [:])
    }
    asked.append(id)
    if !usedTools.contains(name) { usedTools.append(name) }
    return call
  }

  /// An identifier that no call before has; local servers give the same one to every call.
  private mutating func identifier(_ text: String) -> String {
    let name = text.isEmpty ? "call" : ToolName.acceptable(text)
    var unique = name
    repeat {
      let count = counts[name, default: 0] + 1
      counts[name] = count
      unique = count == 1 ? name : "\(name)_\(count)"
    } while !identifiers.insert(unique).inserted
    return unique
  }

  /// Gives each call its result, by their order, and makes up those that are missing.
  /// - Returns: the results that no call is there for, as words of their children.
  private mutating func settle(_ calls: [ToolCall]) -> [String] {
    let results = asked.enumerated().map { place, id in
      calls.indices.contains(place)
        ? ToolResultContent.block(calls[place], for: id) : ToolResultContent.missing(for: id)
    }
    append(results, .user)
    asked = []
    return calls.dropFirst(results.count).map(ToolResultContent.words)
  }

  private mutating func append(_ blocks: [JSON], _ role: ChatCore.Message.Role) {
    guard !blocks.isEmpty else { return }
    if messages.last?.role == role {
      messages[messages.count - 1].blocks += blocks
    } else {
      messages.append(Message(role: role, blocks: blocks))
    }
  }
}

extension MessagesBody {
  /// Where prompt caches are told to keep what stands up to there: at the end, and in front of what
  /// a person said last. While tools are called the former moves on, and the latter stays.
  var breakpoints: [(message: Int, block: Int)] {
    let opening = messages.lastIndex { message in
      message.role == .user && message.blocks.contains { $0["type"] == "text" }
    }
    return [(opening ?? 0) - 1, messages.count - 1].compactMap { message in
      guard messages.indices.contains(message) else { return nil }
      return messages[message].blocks.lastIndex(where: Self.bearsBreakpoint).map { (message, $0) }
    }
  }

  /// Whether a block may bear a breakpoint: thoughts may not.
  private static func bearsBreakpoint(_ block: JSON) -> Bool {
    ["text", "tool_use", "tool_result"].contains(block["type"]?.string)
  }

  /// Writes the `messages` of a request.
  func write(to writer: inout JSONWriter, marksBreakpoints: Bool = true) {
    let marked = marksBreakpoints ? breakpoints : []
    writer.array {
      for (place, message) in messages.enumerated() {
        $0.object {
          $0.field("role", message.role.rawValue)
          $0.key("content")
          $0.array {
            for (index, block) in message.blocks.enumerated() {
              let isMarked = marked.contains { $0 == (place, index) }
              $0.value(isMarked ? block.withBreakpoint : block)
            }
          }
        }
      }
    }
  }
}

extension JSON {
  /// The block with a breakpoint for prompt caches.
  var withBreakpoint: JSON {
    var block = self
    block.set("cache_control", ["type": "ephemeral"])
    return block
  }
}
