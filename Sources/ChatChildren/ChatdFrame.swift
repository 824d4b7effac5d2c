import ChatCore
import ChildProtocol

/// What chatd says to a child of its own accord (contract §6): the JSON of each frame, without its
/// length. The tests' golden transcripts hold it to the byte.
enum ChatdFrame {
  /// The first request; `state` is what the child saved last, `config` its manifest's `[config]`.
  static func initialize(
    id: Int64, child: ChildID, generation: Int64, state: JSON?, config: JSON, version: String
  ) -> [UInt8] {
    RPCMessage.request(id: id, method: "initialize") { params in
      params.object {
        $0.field("protocol", Int64(1))
        $0.field("child_id", child.text)
        $0.field("generation", generation)
        $0.field("state", state)
        $0.field("config", config)
        $0.key("limits")
        $0.object {
          $0.field("frame_bytes", Int64(Frame.fromChildByteLimit))
          $0.field("state_bytes", Int64(Child.stateByteLimit))
        }
        $0.field("chatd", version)
      }
    }
  }

  static func ping(id: Int64) -> [UInt8] {
    RPCMessage.request(id: id, method: "ping") { $0.object { _ in } }
  }

  /// `deadline` is how long the child has until SIGTERM.
  static func shutdown(id: Int64, deadline: Duration, reason: String) -> [UInt8] {
    RPCMessage.request(id: id, method: "shutdown") { params in
      params.object {
        $0.field("deadline_ms", deadline.wholeMilliseconds)
        $0.field("reason", reason)
      }
    }
  }

  /// What another child, or whoever uses its tools, asks of the child.
  static func call(id: Int64, _ request: Call.Request) -> [UInt8] {
    switch request {
    case .actor(let caller, let body):
      RPCMessage.request(id: id, method: "actor/call") {
        $0.object {
          $0.field("from", caller.text)
          $0.field("body", body)
        }
      }
    case .tool(let name, let arguments):
      RPCMessage.request(id: id, method: "tools/call") {
        $0.object {
          $0.field("name", name)
          $0.field("arguments", arguments)
        }
      }
    }
  }

  /// The answer to request `id` does not count any more.
  static func cancel(id: Int64) -> [UInt8] {
    RPCMessage.notification(method: "cancel") { $0.object { $0.field("id", id) } }
  }

  /// What stands before and after a message's own JSON, which all children share. `deadline` is
  /// what is left, `context` earlier entries, oldest first; nil where the child wants none.
  static func message(
    id: Int64, attempt: Int, deadline: Duration, context: ArraySlice<[UInt8]>?
  ) -> (head: [UInt8], tail: [UInt8]) {
    var rest = JSONWriter()
    rest.object {
      $0.field("attempt", Int64(attempt))
      $0.field("deadline_ms", deadline.wholeMilliseconds)
      if let context {
        $0.key("context")
        $0.array { array in for entry in context { array.rawBytes(entry) } }
      }
    }
    let head = #"{"jsonrpc":"2.0","id":\#(id),"method":"message","params":{"message":"#
    return (Array(head.utf8), [UInt8(ascii: ",")] + rest.bytes.dropFirst() + [UInt8(ascii: "}")])
  }
}
