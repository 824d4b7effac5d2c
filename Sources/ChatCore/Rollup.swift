package import ChildProtocol

/// What the children made of one message: exactly one outcome for each child that was asked.
package struct Rollup: Hashable, Sendable {
  package let id: EntryID
  package var parent: EntryID?
  package let thread: ThreadID
  /// The number of its last change; 0 until it is stored.
  package var seq: Int64 = 0
  package let createdAt: Timestamp
  package let originalMessageID: EntryID
  /// In order of the children's names.
  package var responses: [ChildResponse]

  package init(
    id: EntryID, parent: EntryID, thread: ThreadID, createdAt: Timestamp,
    originalMessageID: EntryID, responses: [ChildResponse]
  ) {
    self.id = id
    self.parent = parent
    self.thread = thread
    self.createdAt = createdAt
    self.originalMessageID = originalMessageID
    self.responses = responses
  }

  /// Puts a late response where the child's earlier one stands.
  /// - Returns: false where the child was not asked; nothing changes then.
  package mutating func replace(with response: ChildResponse) -> Bool {
    guard let index = responses.firstIndex(where: { $0.child == response.child }) else {
      return false
    }
    responses[index] = response
    return true
  }
}

/// One child's outcome for one message.
package struct ChildResponse: Hashable, Sendable {
  /// What became of the request.
  package enum Status: String, Sendable, CaseIterable {
    case replied, declined
    /// The child answered with an error.
    case failed
    case timedOut = "timed_out"
    /// The child ended before it had answered.
    case crashed
    /// It was not given the message: not ready, queue full, too large, circuit open.
    case skipped
  }

  package let child: ChildID
  package let messageID: EntryID
  package var status: Status
  /// Why, in words, for all but `replied` and `declined`.
  package var reason: String?
  /// It came after the rollup was closed.
  package var late: Bool
  package var text: String?
  package var html: String?
  package var data: JSON?
  /// From when it was asked to its outcome, waiting in its queue included.
  package var latency: Duration
  /// How often this child was asked about this message, from 1.
  package var attempt: Int
  /// The generation of the child that it was given to; 0 where it was given to none.
  package var generation: Int64

  package init(
    child: ChildID, messageID: EntryID, status: Status, reason: String? = nil, late: Bool = false,
    text: String? = nil, html: String? = nil, data: JSON? = nil, latency: Duration = .zero,
    attempt: Int = 1, generation: Int64 = 0
  ) {
    self.child = child
    self.messageID = messageID
    self.status = status
    self.reason = reason
    self.late = late
    self.text = text
    self.html = html
    self.data = data
    self.latency = latency
    self.attempt = attempt
    self.generation = generation
  }
}
