package import ChildProtocol

/// What a person, the assistant or a child said.
package struct Message: Hashable, Sendable {
  /// Who speaks.
  package enum Role: String, Sendable, CaseIterable {
    case user, assistant
  }

  /// How far it has come. `queued` → `complete` for a person's; `streaming` → one of the last four
  /// for the assistant's.
  package enum Status: String, Sendable, CaseIterable {
    /// On disk, waiting for the turn before it to end; it has no parent yet.
    case queued
    /// The assistant is speaking; `content` is empty until it ends.
    case streaming
    /// All of it is here.
    case complete
    /// A person stopped it; what had come is kept.
    case stopped
    /// chatd or the network broke off; what had come is kept.
    case interrupted
    /// The model could not answer; `error` says why.
    case failed
  }

  /// Tokens, as the model's server counted them; nil where it did not say.
  package struct Usage: Hashable, Sendable {
    package var inputTokens: Int64?
    package var outputTokens: Int64?
    package var cacheCreationInputTokens: Int64?
    package var cacheReadInputTokens: Int64?
    /// What it cost, millionths of a US dollar, at the prices of then; nil: no price is known.
    package var costMicroUSD: Int64?

    package init(
      inputTokens: Int64? = nil, outputTokens: Int64? = nil,
      cacheCreationInputTokens: Int64? = nil, cacheReadInputTokens: Int64? = nil,
      costMicroUSD: Int64? = nil
    ) {
      self.inputTokens = inputTokens
      self.outputTokens = outputTokens
      self.cacheCreationInputTokens = cacheCreationInputTokens
      self.cacheReadInputTokens = cacheReadInputTokens
      self.costMicroUSD = costMicroUSD
    }
  }

  package let id: EntryID
  package var parent: EntryID?
  package let thread: ThreadID
  /// The number of its last change; 0 until it is stored.
  package var seq: Int64 = 0
  package let createdAt: Timestamp
  package let role: Role
  package var content: String
  /// The children it is addressed to; nil: all.
  package var to: [ChildID]?
  /// The child that posted it of its own accord.
  package var author: ChildID?
  /// What the child that posted it would rather have shown; the page sanitises it.
  package var html: String?
  /// What that child has for programs.
  package var data: JSON?
  package var status: Status
  /// Why it failed or broke off, in words for people.
  package var error: String?
  package var model: String?
  package var stopReason: String?
  package var usage: Usage?
  /// The entry from which the assistant has read, where the turns before it were too long for the
  /// model and left out.
  package var contextFrom: EntryID?
  /// What the model's server wants to have back word for word with the next request. Nobody but the
  /// model's client looks into it, and it is in no JSON of the entry.
  package var kept: JSON?

  /// The longest content a person may send, bytes of UTF-8.
  package static let contentByteLimit = 256 << 10

  package init(
    id: EntryID, parent: EntryID? = nil, thread: ThreadID, createdAt: Timestamp, role: Role,
    content: String, to: [ChildID]? = nil, author: ChildID? = nil, status: Status = .complete
  ) {
    self.id = id
    self.parent = parent
    self.thread = thread
    self.createdAt = createdAt
    self.role = role
    self.content = content
    self.to = to
    self.author = author
    self.status = status
  }
}
