/// An entry's, a response's or a call's identifier: a UUIDv7 (RFC 9562 §5.7), so that they sort by
/// time.
package struct EntryID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The identifier as 36 lower-case characters, or whatever a client sent.
  package let text: String

  /// The identifier with this text, whether or not such an entry is known.
  package init(_ text: String) { self.text = text }

  /// The next identifier: later than every one made before it in this process.
  package static func next(at time: Timestamp) -> EntryID { EntryID(UUIDv7.next(at: time)) }

  package var description: String { text }
  package static func < (a: EntryID, b: EntryID) -> Bool { a.text < b.text }
}

/// A child's identifier: the name of its folder, `[a-z0-9][a-z0-9_-]{0,63}`.
package struct ChildID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let text: String

  /// The identifier with this text, whether or not there is such a child.
  package init(_ text: String) { self.text = text }

  /// Whether a folder of this name can be a child.
  package static func isValid(_ name: String) -> Bool {
    let first = name.utf8.first.map { isWord($0) } ?? false
    return first && name.utf8.count <= 64
      && name.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  package var description: String { text }
  package static func < (a: ChildID, b: ChildID) -> Bool { a.text < b.text }
}

/// A thread's identifier; `main` is always there.
package struct ThreadID: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  /// The identifier with this text, whether or not there is such a thread.
  package init(_ text: String) { self.text = text }

  /// The thread that a client means that names none.
  package static let main = ThreadID("main")

  package var description: String { text }
}
