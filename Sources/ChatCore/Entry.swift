/// One link in a thread.
package enum Entry: Hashable, Sendable {
  case message(Message)
  case rollup(Rollup)
  case toolRound(ToolRound)

  package var id: EntryID {
    switch self {
    case .message(let it): it.id
    case .rollup(let it): it.id
    case .toolRound(let it): it.id
    }
  }

  package var thread: ThreadID {
    switch self {
    case .message(let it): it.thread
    case .rollup(let it): it.thread
    case .toolRound(let it): it.thread
    }
  }

  package var createdAt: Timestamp {
    switch self {
    case .message(let it): it.createdAt
    case .rollup(let it): it.createdAt
    case .toolRound(let it): it.createdAt
    }
  }

  /// The link before this one; nil for a thread's first and for what is queued.
  package var parent: EntryID? {
    switch self {
    case .message(let it): it.parent
    case .rollup(let it): it.parent
    case .toolRound(let it): it.parent
    }
  }

  /// The number of its last change; 0 until it is stored.
  package var seq: Int64 {
    get {
      switch self {
      case .message(let it): it.seq
      case .rollup(let it): it.seq
      case .toolRound(let it): it.seq
      }
    }
    set {
      switch self {
      case .message(var it):
        it.seq = newValue
        self = .message(it)
      case .rollup(var it):
        it.seq = newValue
        self = .rollup(it)
      case .toolRound(var it):
        it.seq = newValue
        self = .toolRound(it)
      }
    }
  }

  /// The message, where it is one.
  package var message: Message? { if case .message(let it) = self { it } else { nil } }

  /// The rollup, where it is one.
  package var rollup: Rollup? { if case .rollup(let it) = self { it } else { nil } }

  /// The round of calls, where it is one.
  package var toolRound: ToolRound? { if case .toolRound(let it) = self { it } else { nil } }

  /// The message that it belongs to.
  package var original: EntryID? {
    switch self {
    case .message: nil
    case .rollup(let rollup): rollup.originalMessageID
    case .toolRound(let round): round.originalMessageID
    }
  }

  /// Whether it waits beside the thread for its turn.
  package var isQueued: Bool { message?.status == .queued }
}

/// A conversation: what the contract's `/api/threads` shows of it.
package struct ChatThread: Hashable, Sendable {
  package let id: ThreadID
  package var title: String?
  package let createdAt: Timestamp
  /// The last entry of the branch that is shown; nil while it is empty.
  package var head: EntryID?
  /// The model that answers here; nil: the one of the configuration.
  package var model: String?
  /// The system prompt here; nil: the one of the configuration.
  package var system: String?
  /// The children that are not asked here.
  package var muted: Set<ChildID>
  /// Up to which change a person has seen it.
  package var readSeq: Int64
  package var deletedAt: Timestamp?
  /// The most tokens of an answer here; nil: as the configuration has it.
  package var maxTokens: Int64?
  /// How many rounds of calls an answer here may have, none: no tools are offered; nil: as the
  /// configuration has it.
  package var maxToolRounds: Int64?
  /// The number of its last change; 0 until it is stored.
  package var seq: Int64 = 0
  /// The highest number of an entry in it, as it was when this was read or stored; nil: it has none.
  package var lastSeq: Int64?

  /// How long what people and programs write into it may be, bytes of UTF-8.
  package static let titleByteLimit = 1 << 10
  package static let modelByteLimit = 256
  package static let systemByteLimit = 64 << 10
  /// What people and programs may set its limits to.
  package static let tokenLimits: ClosedRange<Int64> = 1...10_000_000
  package static let toolRoundLimits: ClosedRange<Int64> = 0...100

  package init(
    id: ThreadID, title: String? = nil, createdAt: Timestamp, head: EntryID? = nil,
    model: String? = nil, system: String? = nil, muted: Set<ChildID> = [], readSeq: Int64 = 0,
    deletedAt: Timestamp? = nil
  ) {
    self.id = id
    self.title = title
    self.createdAt = createdAt
    self.head = head
    self.model = model
    self.system = system
    self.muted = muted
    self.readSeq = readSeq
    self.deletedAt = deletedAt
  }
}
