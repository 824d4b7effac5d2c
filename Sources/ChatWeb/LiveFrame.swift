import ChatCore
import ChildProtocol
import NIOCore

/// An event as it goes out to those who watch: encoded once, the same bytes for all.
struct LiveFrame: Sendable {
  /// What decides who gets it.
  enum Kind: Sendable {
    /// A numbered change: everybody who has not had it.
    case change(seq: Int64)
    /// What goes on in a thread: whoever watches that thread.
    case passing(ThreadID)
    case children
    /// Lines of a child's log: whoever tails it.
    case log(ChildID, [LogLine], dropped: Int)
  }

  let kind: Kind
  let bytes: ByteBuffer

  /// The frame of an event; nil for those of children, which `children(_:)` shows all at once.
  init?(_ event: Event) {
    switch event {
    case .changed(let change):
      kind = .change(seq: change.seq)
      bytes = Self.change(change)
    case .delta(let thread, let message, let offset, let text):
      kind = .passing(thread)
      bytes = Self.frame("message_delta") {
        $0.field("message_id", message.text)
        $0.field("offset", Int64(offset))
        $0.field("text", text)
        $0.field("thread", thread.text)
      }
    case .answerRetry(let thread, let message, let attempt, let at, let reason):
      kind = .passing(thread)
      bytes = Self.frame("answer_retry") {
        $0.field("message_id", message.text)
        $0.field("thread", thread.text)
        AnswerRetry(attempt: attempt, at: at, reason: reason).writeMembers(to: &$0)
      }
    case .progress(let progress):
      kind = .passing(progress.thread)
      bytes = Self.frame("rollup_progress") {
        $0.field("message_id", progress.message.text)
        $0.field("child_id", progress.child.text)
        $0.field("status", progress.status)
        $0.field("text", progress.text)
        if case .outcome(let response) = progress.phase {
          $0.field("latency_ms", response.latency.json)
          $0.field("reason", response.reason)
        }
        $0.field("thread", progress.thread.text)
      }
    case .logLines(let child, let lines, let dropped):
      self = .log(of: child, lines, dropped: dropped)
    case .children, .childrenRemoved: return nil
    }
  }

  private init(kind: Kind, bytes: ByteBuffer) {
    self.kind = kind
    self.bytes = bytes
  }

  /// Every child as it is now, and apart from them those that are wanted up.
  static func children(_ statuses: [ChildStatus]) -> LiveFrame {
    LiveFrame(
      kind: .children,
      bytes: frame("children_update") {
        $0.list("running_children", statuses.filter(\.isWanted)) { $0.write(to: &$1) }
        $0.list("children", statuses) { $0.write(to: &$1) }
      })
  }

  /// Lines of a child's log.
  static func log(of child: ChildID, _ lines: [LogLine], dropped: Int) -> LiveFrame {
    LiveFrame(
      kind: .log(child, lines, dropped: dropped),
      bytes: frame("log_lines") { $0.logLines(of: child, lines, dropped: dropped) })
  }

  /// A change, chained to the one before it.
  static func change(_ change: LoggedChange) -> ByteBuffer {
    let type: StaticString
    switch change.subject {
    case .entry: type = "message_update"
    case .thread: type = "threads_update"
    }
    return frame(type) {
      switch change.subject {
      case .entry(let entry): $0.list("messages", [entry]) { $0.write(to: &$1) }
      case .thread(let thread): $0.list("threads", [thread]) { $0.write(to: &$1) }
      }
      $0.field("prev_seq", change.prevSeq)
      $0.field("seq", change.seq)
    }
  }

  private static func frame(
    _ type: StaticString, _ members: (inout JSONWriter) -> Void
  ) -> ByteBuffer {
    var writer = JSONWriter(capacity: 512)
    writer.object {
      $0.key("type")
      $0.value("\(type)")
      members(&$0)
    }
    return ServerFrame.text(writer.bytes)
  }
}

extension JSONWriter {
  /// Writes a member that is a list, each element as `write` has it.
  mutating func list<Element>(
    _ name: StaticString, _ elements: some Sequence<Element>,
    _ write: (Element, inout JSONWriter) -> Void
  ) {
    key(name)
    array { for element in elements { write(element, &$0) } }
  }

  /// Writes the members of `log_lines`.
  mutating func logLines(of child: ChildID, _ lines: [LogLine], dropped: Int) {
    field("actor_id", child.text)
    list("lines", lines) { $0.write(to: &$1) }
    field("dropped", Int64(dropped))
  }
}
