import ChildProtocol
import TestSupport
import Testing

/// Somebody at a WebSocket: sends commands, keeps what came live, and sees to it that no change is
/// missing. One task uses it.
final class Participant {
  let hello: JSON
  /// Every live message so far, in the order it came.
  private(set) var live: [JSON] = []
  /// Every entry as it was told last, by its identifier.
  private(set) var entries: [String: JSON] = [:]
  /// Every child as it was told last, by its name.
  private(set) var children: [String: JSON] = [:]
  /// The names of all children there are.
  var listed: Set<String> { Set(children.keys) }
  /// The number of the last change.
  private(set) var seq: Int64
  private let client: WebSocketClient
  /// So that it runs for as long as there is somebody.
  private let chatd: RunningChatd

  init(of chatd: RunningChatd, port: Int) async throws {
    self.chatd = chatd
    let (client, hello) = try await WebSocketClient.greeted(port)
    try #require(hello.type == "hello")
    (self.client, self.hello) = (client, hello)
    seq = try #require(hello["seq"]?.int)
    let snapshot = try await ask(["type": "subscribe"])
    for child in snapshot["children"]?.array ?? [] { keep(child: child) }
    for entry in snapshot["messages"]?.array ?? [] { keep(entry: entry) }
  }

  deinit { client.wire.close() }

  /// Sends a command and returns its answer.
  func ask(_ command: JSON) async throws -> JSON {
    let ref = JSON.string("ref-\(live.count)-\(Int.random(in: 0...Int.max))")
    try await client.send(.object((command.members ?? []) + [.init("ref", ref)]))
    while true {
      let message = try await client.next()
      guard message["ref"] == ref else {
        keep(message)
        continue
      }
      if let seq = message["seq"]?.int, message.type == "subscribed" { self.seq = seq }
      return message
    }
  }

  /// Sends a message and returns it as it was stored.
  func say(_ content: String) async throws -> JSON {
    let answer = try await ask(["type": "send_message", "content": .string(content)])
    return try #require(answer["messages"]?.array?.first, "\(answer.text)")
  }

  /// The whole thread, as it is on disk.
  func thread() async throws -> [JSON] {
    try #require(try await ask(["type": "get_messages"])["messages"]?.array)
  }

  /// The next live message of this type.
  func next(_ type: String) async throws -> JSON {
    while true {
      let message = try await client.next()
      keep(message)
      if message.type == type { return message }
    }
  }

  /// Takes in what comes until there is a value.
  @discardableResult
  func until<T>(_ value: (Participant) throws -> T?) async throws -> T {
    while true {
      if let value = try value(self) { return value }
      keep(try await client.next())
    }
  }

  /// A child's status once it is as wanted.
  @discardableResult
  func child(_ name: String, where isWanted: (JSON) -> Bool) async throws -> JSON {
    try await until { $0.children[name].map { [$0] }?.first(where: isWanted) }
  }

  /// The process of a child that is ready, of a later generation than `generation`.
  @discardableResult
  func pid(of name: String, past generation: Int64 = 0) async throws -> Int32 {
    let status = try await child(name) {
      $0["state"]?.string == "ready" && ($0["generation"]?.int ?? 0) > generation
    }
    return Int32(try #require(status["pid"]?.int))
  }

  /// The rollup of a message, as it is told first.
  func rollup(of message: JSON) async throws -> JSON {
    try await until { $0.entry { $0["original_message_id"] == message["id"] } }
  }

  /// The assistant's answer behind a message's rollup, or behind a message nobody was asked about.
  func answer(to message: JSON, where isWanted: (JSON) -> Bool) async throws -> JSON {
    try await until { participant in
      participant.entry { entry in
        guard entry["role"]?.string == "assistant", isWanted(entry) else { return false }
        let parent = entry["parent"]?.string.flatMap { participant.entries[$0] }
        return entry["parent"] == message["id"] || parent?["original_message_id"] == message["id"]
      }
    }
  }

  /// The process that a child says in its log to have started: `grandchild N`.
  func grandchild(of name: String) async throws -> Int32 {
    var lines = try await ask(["type": "tail_logs", "actor_id": .string(name)])["lines"]?.array
    while true {
      for line in lines ?? [] {
        if let match = line["text"]?.string?.firstMatch(of: /^grandchild (\d+)$/) {
          return try #require(Int32(match.1))
        }
      }
      lines = try await next("log_lines")["lines"]?.array
    }
  }

  private func entry(where isWanted: (JSON) -> Bool) -> JSON? {
    entries.values.first(where: isWanted)
  }

  private func keep(_ message: JSON) {
    live.append(message)
    for entry in message["messages"]?.array ?? [] { keep(entry: entry) }
    if let all = message["children"]?.array {
      children = [:]
      for child in all { keep(child: child) }
    }
    guard let number = message["seq"]?.int else { return }
    #expect(message["prev_seq"]?.int == seq && number > seq, "a change is missing before \(number)")
    seq = number
  }

  private func keep(entry: JSON) { entries[entry["id"]?.string ?? ""] = entry }

  private func keep(child: JSON) { children[child["actor_id"]?.string ?? ""] = child }
}

extension JSON {
  /// The outcomes of a rollup, in order.
  var statuses: [String] {
    self["child_responses"]?.array?.compactMap { $0["status"]?.string } ?? []
  }

  /// The outcome of one child in a rollup.
  func response(of child: String) -> JSON? {
    self["child_responses"]?.array?.first { $0["child_id"]?.string == child }
  }
}
