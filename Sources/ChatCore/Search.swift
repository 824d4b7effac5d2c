/// What somebody looks for in all that was said.
package struct SearchQuery: Hashable, Sendable {
  /// How many hits one answer may have.
  package static let limits = 1...100

  /// As it was typed: words, "phrases in quotes", and a last word that may be unfinished.
  package var text: String
  /// The thread to look in; nil: all that are not deleted.
  package var thread: ThreadID?
  /// Only what is older than this entry; nil: all.
  package var before: EntryID?
  package var limit: Int

  package init(
    _ text: String, thread: ThreadID? = nil, before: EntryID? = nil, limit: Int = 20
  ) {
    self.text = text
    self.thread = thread
    self.before = before
    self.limit = limit
  }
}

/// What was found.
package struct SearchPage: Hashable, Sendable {
  /// The best first.
  package var hits: [SearchHit]
  /// The oldest entry that was looked at, where there may be older ones: the next query's `before`.
  package var next: EntryID?
  /// The log's last number when this was read.
  package var seq: Int64

  package init(hits: [SearchHit], next: EntryID?, seq: Int64) {
    self.hits = hits
    self.next = next
    self.seq = seq
  }
}

/// An entry that was found, and where in it.
package struct SearchHit: Hashable, Sendable {
  /// A stretch of the text that is shown. The stretches of a snippet follow on one another.
  package struct Piece: Hashable, Sendable {
    package var text: String
    /// Whether this is what was looked for.
    package var isMatch: Bool

    package init(_ text: String, isMatch: Bool = false) {
      self.text = text
      self.isMatch = isMatch
    }
  }

  package var entry: Entry
  /// Whose reply or tool the snippet is from; nil for a message.
  package var child: ChildID?
  /// About 30 words around the best place, plain text; `…` at an end stands for what is left out.
  package var snippet: [Piece]

  package init(entry: Entry, child: ChildID?, snippet: [Piece]) {
    self.entry = entry
    self.child = child
    self.snippet = snippet
  }
}
