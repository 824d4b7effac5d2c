package import ChildProtocol

extension Transcript {
  /// All that one side said between two words of the other.
  package struct Turn: Hashable, Sendable {
    package let role: Message.Role
    /// The entry that it begins with; nil: it comes from no thread.
    package let entry: EntryID?
    /// None of them empty.
    package var parts: [Part]

    package init(role: Message.Role, entry: EntryID? = nil, parts: [Part]) {
      self.role = role
      self.entry = entry
      self.parts = parts
    }

    /// A turn of one text.
    package init(role: Message.Role, text: String) {
      self.init(
        role: role, parts: [role == .user ? .text(text) : .answer(Answer(text: text))])
    }

    /// All the words of it, with a blank line between the parts.
    package var text: String {
      parts.compactMap { part in
        switch part {
        case .text(let text): text
        case .answer(let answer): answer.text.isEmpty ? nil : answer.text
        case .results: nil
        }
      }.joined(separator: "\n\n")
    }

    /// Whether a transcript may begin here: with what a person or a child said, not with results of
    /// calls that would stand before it.
    package var isOpening: Bool {
      guard role == .user, case .text = parts.first else { return false }
      return true
    }
  }

  /// What a turn is made of.
  package enum Part: Hashable, Sendable {
    /// What a person or a child said; the user's turns.
    case text(String)
    /// One of the assistant's messages; its turns.
    case answer(Answer)
    /// What came of the calls that the answer before ends with, in their order; the first part of a
    /// user's turn. Without any: those calls were never made.
    case results([ToolCall])

    package var role: Message.Role {
      if case .answer = self { .assistant } else { .user }
    }

    package var isEmpty: Bool {
      switch self {
      case .text(let text): text.isBlank
      case .answer(let answer):
        answer.text.isBlank && answer.kept == nil && answer.calls.isEmpty
      case .results: false
      }
    }
  }

  /// One of the assistant's messages as it goes back to the model.
  package struct Answer: Hashable, Sendable {
    /// Without control characters. May be empty where there is something else.
    package let text: String
    /// What the server wants to have back word for word: `Message.kept`.
    package let kept: JSON?
    /// The calls of the round behind it.
    package let calls: [ToolCall]

    package init(text: String, kept: JSON? = nil, calls: [ToolCall] = []) {
      self.text = text
      self.kept = kept
      self.calls = calls
    }

    /// `message`, and the calls of the round behind it.
    package init(_ message: Message, calls: [ToolCall] = []) {
      self.init(text: message.content.cleanForModel, kept: message.kept, calls: calls)
    }
  }
}
