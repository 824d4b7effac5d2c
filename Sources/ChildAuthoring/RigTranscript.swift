package import ChatCore
package import ChildProtocol

/// What was said between a rig and its child, and what else happened, in its order.
package struct RigTranscript: Sendable {
  /// One thing that happened.
  package struct Entry: Hashable, Sendable {
    /// What it was.
    package enum Kind: Hashable, Sendable {
      /// A frame to the child.
      case sent
      /// A frame of the child's, or what it sent in the place of one.
      case received
      /// A line of its log.
      case log(LogLine.Stream)
      /// Something that the rig did or saw: it connected, it exited with code 0.
      case note
    }

    /// Since the child's start was asked for.
    package let at: Duration
    package let kind: Kind
    /// The frame's JSON or the line; of a long one the beginning.
    package let text: String
    /// Of the whole of it.
    package let byteCount: Int
  }

  /// So much of a frame or line is kept.
  static let keptByteCount = 4096
  /// So many entries; what is over that is counted alone.
  static let entryLimit = 4000
  /// So many of the oldest make room at once, so that the others need not move for each new one.
  private static let rollCount = entryLimit / 4

  /// The oldest make room for the newest; else what comes later is not kept.
  let rolls: Bool
  package private(set) var entries: [Entry] = []
  /// How many more there were: after these, or, where it rolls, before them.
  package private(set) var droppedCount = 0

  init(rolls: Bool = false) { self.rolls = rolls }

  /// How many entries there have been.
  package var count: Int { entries.count + droppedCount }

  /// What is kept of all that came after the first `count`.
  package func entries(after count: Int) -> ArraySlice<Entry> {
    entries.dropFirst(rolls ? max(0, count - droppedCount) : count)
  }

  mutating func add(_ kind: Entry.Kind, _ bytes: some Collection<UInt8>, at time: Duration) {
    if entries.count == Self.entryLimit {
      guard rolls else {
        droppedCount += 1
        return
      }
      entries.removeFirst(Self.rollCount)
      droppedCount += Self.rollCount
    }
    let text = String(decoding: bytes.prefix(Self.keptByteCount), as: UTF8.self)
    entries.append(Entry(at: time, kind: kind, text: text, byteCount: bytes.count))
  }
}

extension RigTranscript.Entry {
  /// The entry in one line of at most about `width` characters: `  12 ms  → {"jsonrpc":…`.
  package func line(width: Int = 160) -> String {
    let milliseconds = String(at.wholeMilliseconds)
    let time = String(repeating: " ", count: max(0, 6 - milliseconds.count)) + milliseconds + " ms"
    return "\(time)  \(sign) \(shortened(to: width))"
  }

  /// Who spoke: `→` chatd, `←` the child, `out` and `err` its log, `·` the rig of itself.
  package var sign: String {
    switch kind {
    case .sent: "→"
    case .received: "←"
    case .log(.stdout): "out"
    case .log: "err"
    case .note: "·"
    }
  }

  private func shortened(to width: Int) -> String {
    let printable = text.unicodeScalars.prefix(width).map { scalar in
      scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "\u{FFFD}" : String(scalar)
    }.joined()
    let isWhole = byteCount == text.utf8.count && text.unicodeScalars.count <= width
    return isWhole ? printable : "\(printable)… (\(byteCount) bytes)"
  }

  /// The entry as an object: `{"at_ms", "kind", "text", "bytes"}`.
  package var json: JSON {
    let name =
      switch kind {
      case .sent: "sent"
      case .received: "received"
      case .log(let stream): stream.rawValue
      case .note: "note"
      }
    return [
      "at_ms": .number(String(at.wholeMilliseconds)), "kind": .string(name),
      "text": .string(text), "bytes": .number(String(byteCount)),
    ]
  }
}
