/// A message as somebody hands it in.
package struct Draft: Sendable {
  package var content: String
  package var thread: ThreadID
  /// Where it branches off; nil: the head.
  package var parent: EntryID?
  /// The message of a person's or a child's that it branches off beside: it gets that one's parent;
  /// nil: none.
  package var beside: EntryID?
  /// The children it is for; nil: those it names with `@NAME`, else all.
  package var to: [ChildID]?
  /// The client's own name for it: sent twice, it counts once.
  package var clientMessageID: String?

  package init(
    content: String, thread: ThreadID = .main, parent: EntryID? = nil, beside: EntryID? = nil,
    to: [ChildID]? = nil, clientMessageID: String? = nil
  ) {
    self.content = content
    self.thread = thread
    self.parent = parent
    self.beside = beside
    self.to = to
    self.clientMessageID = clientMessageID
  }

  /// The draft with `to` filled from the text.
  /// - Throws: `ChatError.invalid` for content that is empty or too long, for an over-long
  ///   `clientMessageID`, for two places at once, and for children in `to` that are not among
  ///   `known`.
  package func checked(known: Set<ChildID>) throws(ChatError) -> Draft {
    guard !content.isBlank else {
      throw .invalid(field: "content", expected: "text that is not empty")
    }
    guard content.utf8.count <= Message.contentByteLimit else {
      throw .invalid(
        field: "content",
        expected: "at most \(Message.contentByteLimit) bytes of UTF-8, got \(content.utf8.count)")
    }
    if let clientMessageID, clientMessageID.isEmpty || clientMessageID.utf8.count > 128 {
      throw .invalid(field: "client_msg_id", expected: "1 to 128 bytes")
    }
    guard beside == nil || parent == nil else {
      throw .invalid(field: "beside", expected: "nothing where there is a parent: one of the two")
    }
    var draft = self
    if let to {
      guard !to.isEmpty else { throw .invalid(field: "to", expected: "at least one child") }
      if let stranger = to.first(where: { !known.contains($0) }) {
        throw .invalid(
          field: "to", expected: "names of children; there is no child \"\(stranger)\"")
      }
      draft.to = Set(to).sorted()
    } else {
      draft.to = Self.mentions(in: content, known: known)
    }
    return draft
  }

  /// The children that a text names with `@NAME`, where nothing that makes a word or an address
  /// stands before the `@`; nil: none. Dashes behind a name may be the sentence's and not the
  /// name's.
  static func mentions(in text: String, known: Set<ChildID>) -> [ChildID]? {
    let bytes = Array(text.utf8)
    var found: Set<ChildID> = []
    for mark in bytes.indices where bytes[mark] == UInt8(ascii: "@") {
      if mark > 0, isWord(bytes[mark - 1]) || ".@".utf8.contains(bytes[mark - 1]) { continue }
      // One more than a name can have, to tell a longer one from it.
      var name = bytes[(mark + 1)...].prefix(65).prefix(while: isWord)
      while let last = name.last {
        let child = ChildID(String(decoding: name, as: UTF8.self))
        if known.contains(child) { found.insert(child) }
        guard !known.contains(child), "-_".utf8.contains(last) else { break }
        name.removeLast()
      }
    }
    return found.isEmpty ? nil : found.sorted()
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}

/// An accepted message.
package struct Sent: Sendable {
  /// As it is stored.
  package let message: Message
  /// The client had sent it before; this is the first one.
  package let isDuplicate: Bool

  package init(message: Message, isDuplicate: Bool) {
    self.message = message
    self.isDuplicate = isDuplicate
  }
}
