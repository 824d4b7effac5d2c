/// What those who watch are told.
package enum Event: Sendable {
  /// Something on disk changed: an entry was appended or amended, or a thread changed.
  case changed(LoggedChange)
  /// A piece of the assistant's text, as it comes. `offset` counts UTF-16 code units from the
  /// text's beginning.
  case delta(thread: ThreadID, message: EntryID, offset: Int, text: String)
  /// Nothing has come of the assistant's message yet, and it is asked again at `at`, for the
  /// `attempt`th time; over with the message's next delta or change.
  case answerRetry(
    thread: ThreadID, message: EntryID, attempt: Int, at: Timestamp, reason: String)
  /// How far one child is with one message.
  case progress(Progress)
  /// Children whose status changed, as they are now.
  case children([ChildStatus])
  /// Children that are no more: their folders are gone, and nothing of them runs.
  case childrenRemoved([ChildID])
  /// Lines of the log of a child that somebody tails; `dropped` counts those left out before them.
  case logLines(ChildID, [LogLine], dropped: Int)
}

/// One numbered change of the log.
package struct LoggedChange: Sendable {
  /// What changed.
  package enum Subject: Sendable {
    case entry(Entry)
    case thread(ChatThread)
  }

  /// The number of the change before it.
  package let prevSeq: Int64
  package let subject: Subject

  package init(prevSeq: Int64, subject: Subject) {
    self.prevSeq = prevSeq
    self.subject = subject
  }

  /// The change's own number.
  package var seq: Int64 {
    switch subject {
    case .entry(let entry): entry.seq
    case .thread(let thread): thread.seq
    }
  }

  /// The thread that it belongs to.
  package var thread: ThreadID {
    switch subject {
    case .entry(let entry): entry.thread
    case .thread(let thread): thread.id
    }
  }
}

/// How far one child is with one message, while the rollup is open.
package struct Progress: Sendable {
  /// What is going on.
  package enum Phase: Sendable {
    /// Asked, nothing heard yet.
    case waiting
    /// Its partials so far.
    case streaming(String)
    /// Its outcome, which the rollup will repeat.
    case outcome(ChildResponse)
  }

  package let thread: ThreadID
  package let message: EntryID
  package let child: ChildID
  package let phase: Phase

  package init(thread: ThreadID, message: EntryID, child: ChildID, phase: Phase) {
    self.thread = thread
    self.message = message
    self.child = child
    self.phase = phase
  }

  /// The contract's word for it.
  package var status: String {
    switch phase {
    case .waiting: "waiting"
    case .streaming: "streaming"
    case .outcome(let response): response.status.rawValue
    }
  }

  /// All its text so far.
  package var text: String {
    switch phase {
    case .waiting: ""
    case .streaming(let text): text
    case .outcome(let response): response.text ?? ""
    }
  }
}
