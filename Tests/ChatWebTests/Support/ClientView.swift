import ChildProtocol
import TestSupport

/// What a client knows of a chat, kept by the rules of the contract's §5 and by nothing else.
struct ClientView: Equatable {
  /// It has missed something and has to subscribe again.
  struct Missed: Error, Equatable { let reason: String }

  private(set) var epoch: String?
  /// The number of the last change that it has.
  private(set) var seq: Int64 = 0
  /// Each as it was last shown, by its identifier; threads without their heads, which move with the
  /// entries and take no number.
  var entries: [String: JSON] = [:]
  private(set) var threads: [String: JSON] = [:]
  private(set) var children: [String: JSON] = [:]
  /// Answers being written: their texts so far, by message.
  private(set) var speeches: [String: String] = [:]
  /// Rollups being gathered: each child's status and text so far, by message.
  private(set) var gatherings: [String: [String: JSON]] = [:]
  private(set) var isSubscribed = false

  /// What it asks for after a connection has begun.
  var subscription: JSON {
    guard let epoch else { return ["type": "subscribe", "ref": "s"] }
    return [
      "type": "subscribe", "ref": "s", "epoch": .string(epoch), "last_seq": .number("\(seq)"),
    ]
  }

  /// The connection is gone.
  mutating func hangUp() { isSubscribed = false }

  /// Forgets the last changes, as one does that kept an older copy: it will be given them again.
  mutating func fallBack(to seq: Int64) { self.seq = min(self.seq, seq) }

  /// Takes in what the server sent.
  /// - Throws: `Missed`.
  mutating func take(_ frame: JSON) throws {
    if frame["ref"] == "s" { return try begin(frame) }
    guard isSubscribed else { return }
    switch frame.type {
    case "message_update", "threads_update": try change(frame)
    case "message_delta": try hear(frame)
    case "rollup_progress": gather(frame)
    case "children_update": children = Self.byID(frame["children"], "actor_id")
    default: return
    }
  }

  private mutating func begin(_ answer: JSON) throws {
    guard answer.type == "subscribed" else { throw Missed(reason: answer.text) }
    if answer["resumed"] != true {
      (entries, threads) = ([:], Self.threads(in: answer))
      for list in ["messages", "queued"] {
        entries.merge(Self.byID(answer[list])) { $1 }
      }
      seq = answer["seq"]?.int ?? -1
    }
    epoch = answer["epoch"]?.string
    children = Self.byID(answer["children"], "actor_id")
    speeches = Self.byID(answer["streaming"], "message_id").mapValues { $0["text"]?.string ?? "" }
    gatherings = Self.byID(answer["rollups"], "message_id").mapValues { rollup in
      Self.byID(rollup["child_responses"], "child_id").mapValues(Self.heard)
    }
    isSubscribed = true
  }

  private mutating func change(_ frame: JSON) throws {
    guard let next = frame["seq"]?.int, let previous = frame["prev_seq"]?.int else { return }
    guard previous == seq, next > seq else {
      throw Missed(reason: "\(previous) → \(next) came after \(seq)")
    }
    seq = next
    threads.merge(Self.threads(in: frame)) { $1 }
    for (id, entry) in Self.byID(frame["messages"]) {
      entries[id] = entry
      if entry["status"] == "streaming" {
        speeches[id] = speeches[id] ?? ""
      } else {
        speeches[id] = nil
      }
      if let message = entry["original_message_id"]?.string { gatherings[message] = nil }
    }
  }

  private mutating func hear(_ delta: JSON) throws {
    guard let id = delta["message_id"]?.string, let text = delta["text"]?.string else { return }
    let known = speeches[id] ?? ""
    guard delta["offset"]?.int == Int64(known.utf16.count) else {
      throw Missed(reason: "\(delta.text) came after \(known.utf16.count) characters")
    }
    speeches[id] = known + text
  }

  private mutating func gather(_ progress: JSON) {
    guard let message = progress["message_id"]?.string, let child = progress["child_id"]?.string
    else { return }
    gatherings[message, default: [:]][child] = Self.heard(progress)
  }

  /// What is the same in a rollup's response and in the progress towards it.
  private static func heard(_ response: JSON) -> JSON {
    ["status": response["status"] ?? .null, "text": response["text"] ?? .null]
  }

  private static func threads(in frame: JSON) -> [String: JSON] {
    byID(frame["threads"]).mapValues { thread in
      .object((thread.members ?? []).filter { $0.key != "head" })
    }
  }

  private static func byID(_ list: JSON?, _ key: String = "id") -> [String: JSON] {
    Dictionary((list?.array ?? []).map { ($0[key]?.string ?? "", $0) }) { $1 }
  }
}
