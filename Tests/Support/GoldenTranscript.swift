import Foundation

/// A session between chatd and a child, byte for byte, from `Tests/Fixtures/transcripts`.
///
/// A line a frame: `→` where chatd writes it, `←` where the child does, a blank, and the JSON.
package struct GoldenTranscript: Sendable {
  /// Who writes a frame.
  package enum Side: String, Sendable, CaseIterable {
    case chatd, child
  }

  /// One frame, without its length.
  package struct Line: Sendable {
    package let side: Side
    package let text: String
  }

  package let lines: [Line]

  private static let folder = Places.root.appendingPathComponent("Tests/Fixtures/transcripts")

  /// Reads the transcript called `name`.
  package init(_ name: String) throws {
    let text = try String(
      contentsOf: Self.folder.appendingPathComponent(name + ".txt"), encoding: .utf8)
    // Not by characters: the messages have every kind of line break in them.
    lines = try text.utf8.split(separator: UInt8(ascii: "\n")).map { line in
      let line = String(decoding: line, as: UTF8.self)
      let marks: [(String, Side)] = [("→ ", .chatd), ("← ", .child)]
      for (mark, side) in marks where line.utf8.starts(with: mark.utf8) {
        return Line(
          side: side, text: String(decoding: line.utf8.dropFirst(mark.utf8.count), as: UTF8.self))
      }
      throw Malformed(line: line)
    }
  }

  /// The frames of one side, in order.
  package func frames(of side: Side) -> [String] {
    lines.filter { $0.side == side }.map(\.text)
  }

  /// What one side writes in the session called `name`, as a stream with its lengths: a dump in
  /// hexadecimal, as `hexdump -C` prints it.
  package static func stream(_ name: String, from side: Side) throws -> [UInt8] {
    let dump = try String(
      contentsOf: folder.appendingPathComponent("\(name).from-\(side).hex"), encoding: .utf8)
    return try dump.split(separator: "\n").flatMap { line in
      try line.dropFirst(8).prefix { $0 != "|" }.split(separator: " ").map { digits in
        guard let byte = UInt8(digits, radix: 16) else { throw Malformed(line: String(line)) }
        return byte
      }
    }
  }

  /// A line of a fixture that is not as it should be.
  package struct Malformed: Error {
    package let line: String
  }
}
