import ChatCore
import ChildProtocol

/// What a WebSocket client asks for (contract §5).
enum ClientCommand: Sendable {
  case availableChildren
  case runningChildren
  /// A child is to be asked again about a message.
  case retryChild(EntryID, ChildID)
  case child(ChildCommand, ChildID, generation: Int64?)
  case send(Draft)
  case messages(MessagesRequest)
  case subscribe(SubscribeRequest)
  case stopGeneration(EntryID)
  /// An answer is to be written over, or one that there is not yet.
  case redo(Redo, EntryID)
  /// A person's word on a call that waits for it.
  case approve(callID: String, allow: Bool, remember: Bool)
  case listThreads
  case createThread(ThreadChange)
  case updateThread(ThreadID, ThreadChange)
  case deleteThread(ThreadID)
  case tail(ChildID)
  case untail(ChildID)
  case ping

  /// When it is done, with regard to the others of its connection.
  enum Pace {
    /// At once, before those that wait.
    case atOnce
    /// One after the other, in the order they came.
    case inOrder
    /// Begun in the order they came, beside all others: they may take as long as a child or a turn.
    case beside
  }

  var pace: Pace {
    switch self {
    case .ping: .atOnce
    case .child, .stopGeneration, .retryChild, .approve: .beside
    default: .inOrder
    }
  }
}

/// Which entries of a thread are asked for.
struct MessagesRequest: Sendable {
  var thread = ThreadID.main
  /// What changed after this number, instead of the path.
  var since: Int64?
  var before: EntryID?
  /// Nil: all.
  var limit: Int?
}

/// What a client has, and what it wants to see of what goes on.
struct SubscribeRequest: Sendable {
  let epoch: String?
  let lastSeq: Int64?
  /// Nil: all.
  let threads: Set<ThreadID>?
  /// Whose entries a snapshot has; where it is not there (any more), those of `main`.
  var thread = ThreadID.main
}

/// A message of a client as it was understood.
struct ReceivedCommand: Sendable {
  /// The client's own mark, which the answer repeats; nil: there was none.
  let ref: JSON?
  let command: Result<ClientCommand, HTTPFailure>

  /// Reads a message. What is wrong with it is an answer, not an end.
  init(_ message: some Collection<UInt8>) {
    do throws(JSONError) {
      let json = try JSON(parsing: message)
      ref = json["ref"]
      command = Self.command(in: json)
    } catch {
      ref = nil
      command = .failure(.badJSON("the message is \(error)"))
    }
  }

  private static func command(in json: JSON) -> Result<ClientCommand, HTTPFailure> {
    guard json.members != nil else {
      return .failure(.badJSON("expected an object, got \(json.kind)"))
    }
    do throws(ChatError) {
      let fields = try Fields(json)
      let type = try fields.requiredText("type")
      let command = try ClientCommand(type, fields)
      return command.map { .success($0) } ?? .failure(.unknownType(type))
    } catch {
      return .failure(HTTPFailure(error))
    }
  }

  var pace: ClientCommand.Pace { (try? command.get())?.pace ?? .inOrder }
}

extension ClientCommand {
  /// Reads the command of this type; nil: there is none.
  init?(_ type: String, _ fields: Fields) throws(ChatError) {
    switch type {
    case "ping": self = .ping
    case "send_message": self = .send(try Draft(fields))
    case "get_messages": self = .messages(try MessagesRequest(fields))
    case "subscribe": self = .subscribe(try SubscribeRequest(fields))
    case "stop_generation": self = .stopGeneration(EntryID(try fields.requiredText("message_id")))
    case "retry_child":
      self = .retryChild(
        EntryID(try fields.requiredText("message_id")),
        ChildID(try fields.requiredText("actor_id")))
    case "regenerate": self = .redo(.regenerate, EntryID(try fields.requiredText("message_id")))
    case "retry": self = .redo(.retry, EntryID(try fields.requiredText("message_id")))
    case "approve_tool":
      self = .approve(
        callID: try fields.requiredText("call_id"),
        allow: try fields.choice("decision", ["allow": true, "deny": false]),
        remember: try fields.truth("remember") ?? false)
    default:
      if let command = try Self.ofChildren(type, fields) {
        self = command
      } else if let command = try Self.ofThreads(type, fields) {
        self = command
      } else {
        return nil
      }
    }
  }

  private static func ofChildren(
    _ type: String, _ fields: Fields
  ) throws(ChatError) -> ClientCommand? {
    func child(_ field: String = "actor_id") throws(ChatError) -> ChildID {
      ChildID(try fields.requiredText(field))
    }
    func isForced() throws(ChatError) -> Bool { try fields.truth("force") ?? false }
    func generation() throws(ChatError) -> Int64? {
      try fields.number("generation", in: 0...Int64.max)
    }
    switch type {
    case "get_available_children": return .availableChildren
    case "get_running_children": return .runningChildren
    case "start_child":
      let isClean = try fields.truth("clean") ?? false
      return .child(
        isClean ? .startClean : .start, try child("manifest_name"), generation: try generation())
    case "stop_child":
      return .child(try isForced() ? .kill : .stop, try child(), generation: try generation())
    case "kill_child": return .child(.kill, try child(), generation: try generation())
    case "restart_child":
      return .child(.restart(force: try isForced()), try child(), generation: try generation())
    case "tail_logs": return .tail(try child())
    case "untail_logs": return .untail(try child())
    default: return nil
    }
  }

  private static func ofThreads(
    _ type: String, _ fields: Fields
  ) throws(ChatError) -> ClientCommand? {
    func thread() throws(ChatError) -> ThreadID {
      if let id = try fields.text("thread") { return ThreadID(id) }
      return ThreadID(try fields.requiredText("id"))
    }
    switch type {
    case "list_threads": return .listThreads
    case "create_thread": return .createThread(try ThreadChange(fields))
    case "update_thread": return .updateThread(try thread(), try ThreadChange(fields))
    case "delete_thread": return .deleteThread(try thread())
    default: return nil
    }
  }
}

extension MessagesRequest {
  /// Reads `thread`, `since`, `before` and `limit`.
  init(_ fields: Fields) throws(ChatError) {
    self.init(
      thread: try fields.text("thread").map { ThreadID($0) } ?? .main,
      since: try fields.number("since", in: 0...Int64.max),
      before: try fields.text("before").map { EntryID($0) },
      limit: try fields.number("limit", in: 1...Int64(Int32.max)).map { Int($0) })
  }
}

extension SubscribeRequest {
  /// Reads `epoch`, `last_seq`, `threads` and `thread`.
  init(_ fields: Fields) throws(ChatError) {
    self.init(
      epoch: try fields.text("epoch"),
      lastSeq: try fields.number("last_seq", in: 0...Int64.max),
      threads: try fields.texts("threads").map { Set($0.map { ThreadID($0) }) },
      thread: try fields.text("thread").map { ThreadID($0) } ?? .main)
  }
}
