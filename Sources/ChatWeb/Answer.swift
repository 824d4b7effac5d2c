import ChatCore
import ChildProtocol
import NIOCore

/// The answers to commands, as frames.
enum Answer {
  /// Writes one: its type, the client's `ref` where it gave one, and what `members` writes.
  static func frame(
    _ type: StaticString, ref: JSON?, _ members: (inout JSONWriter) -> Void = { _ in }
  ) -> ByteBuffer {
    var writer = JSONWriter(capacity: 512)
    writer.object {
      $0.key("type")
      $0.value("\(type)")
      if let ref { $0.field("ref", ref) }
      members(&$0)
    }
    return ServerFrame.text(writer.bytes)
  }

  static func error(_ failure: HTTPFailure, ref: JSON?) -> ByteBuffer {
    frame("error", ref: ref ?? .null) {
      $0.field("code", failure.code)
      $0.field("message", failure.detail)
    }
  }

  static func sent(_ sent: Sent, ref: JSON?) -> ByteBuffer {
    frame("message_update", ref: ref) {
      $0.list("messages", [Entry.message(sent.message)]) { $0.write(to: &$1) }
      if sent.isDuplicate { $0.field("duplicate", true) }
    }
  }

  static func entry(_ entry: Entry, ref: JSON?) -> ByteBuffer {
    frame("message_update", ref: ref) { $0.list("messages", [entry]) { $0.write(to: &$1) } }
  }

  /// Entries of a thread, as they are stored.
  static func path(_ outline: ThreadOutline, _ entries: [String], ref: JSON?) -> ByteBuffer {
    frame("message_update", ref: ref) {
      $0.list("messages", entries) { $1.rawBytes($0.utf8) }
      outline.writeSurroundings(to: &$0)
    }
  }

  static func threads(_ threads: [ChatThread], ref: JSON?) -> ByteBuffer {
    frame("threads_update", ref: ref) { $0.list("threads", threads) { $0.write(to: &$1) } }
  }

  static func running(_ statuses: [ChildStatus], ref: JSON?) -> ByteBuffer {
    frame("children_update", ref: ref) {
      $0.list("running_children", statuses) { $0.write(to: &$1) }
    }
  }

  static func available(_ statuses: [ChildStatus], ref: JSON?) -> ByteBuffer {
    frame("children_update", ref: ref) {
      $0.list("available_children", statuses) { status, writer in
        writer.object {
          $0.field("name", status.name)
          $0.field("description", status.description)
          $0.field("version", status.version)
          $0.field("manifest_name", status.id.text)
        }
      }
    }
  }

  static func log(of child: ChildID, _ lines: [LogLine], ref: JSON?) -> ByteBuffer {
    frame("log_lines", ref: ref) { $0.logLines(of: child, lines, dropped: 0) }
  }

  static func hello(
    epoch: String, seq: Int64, heartbeat: Duration, assistant: Assistant
  ) -> ByteBuffer {
    frame("hello", ref: nil) {
      $0.field("protocol", Int64(1))
      $0.field("epoch", epoch)
      $0.field("seq", seq)
      $0.field("heartbeat_ms", heartbeat.wholeMilliseconds)
      $0.key("assistant")
      $0.object {
        $0.field("enabled", assistant.isEnabled)
        $0.field("kind", assistant.kind.rawValue)
        $0.field("model", assistant.model)
        $0.field("reason", assistant.reason)
      }
    }
  }
}

extension Fork {
  func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("parent", parent?.text)
      $0.field("entries", JSON.array(entries.map { .string($0.text) }))
    }
  }
}
