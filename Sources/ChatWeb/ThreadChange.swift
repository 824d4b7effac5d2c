import ChatCore
import ChildProtocol

/// What a client wants to be otherwise in a thread; what it did not name stays.
struct ThreadChange: Sendable {
  private let title: String??
  private let model: String??
  private let system: String??
  private let maxTokens: Int64??
  private let maxToolRounds: Int64??
  private let muted: Set<ChildID>?
  private let readSeq: Int64?
  /// Takes a deletion back.
  let isRestored: Bool
  /// The entry that is to be shown, with what was said last below it; nil: the thread stays where
  /// it is.
  let head: EntryID?

  /// Reads `title`, `model`, `system`, `max_tokens`, `max_tool_rounds`, `muted`, `read_seq`,
  /// `head`, and `deleted_at` that is `null`.
  init(_ fields: Fields) throws(ChatError) {
    title = try fields.change("title", byteLimit: ChatThread.titleByteLimit)
    model = try fields.change("model", byteLimit: ChatThread.modelByteLimit)
    system = try fields.change("system", byteLimit: ChatThread.systemByteLimit)
    maxTokens = try fields.change("max_tokens", in: ChatThread.tokenLimits)
    maxToolRounds = try fields.change("max_tool_rounds", in: ChatThread.toolRoundLimits)
    readSeq = try fields.number("read_seq", in: 0...Int64.max)
    let names = try fields.texts("muted")
    guard names?.allSatisfy(ChildID.isValid) ?? true else {
      throw .invalid(field: "muted", expected: "names of children")
    }
    muted = names.map { Set($0.map { ChildID($0) }) }
    let deletedAt = fields.any("deleted_at")
    guard deletedAt?.isNull ?? true else {
      throw .invalid(field: "deleted_at", expected: "null, which takes a deletion back")
    }
    isRestored = deletedAt != nil
    head = try fields.text("head").map { EntryID($0) }
  }

  /// Makes the change, but for `head`, which is not known before the branches have been looked at.
  func apply(to thread: inout ChatThread) {
    if let title { thread.title = title }
    if let model { thread.model = model }
    if let system { thread.system = system }
    if let maxTokens { thread.maxTokens = maxTokens }
    if let maxToolRounds { thread.maxToolRounds = maxToolRounds }
    if let muted { thread.muted = muted }
    // What was read stays read, whatever a page says that is behind.
    if let readSeq { thread.readSeq = max(readSeq, thread.readSeq) }
    if isRestored { thread.deletedAt = nil }
  }
}
