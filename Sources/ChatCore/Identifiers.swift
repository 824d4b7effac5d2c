import Foundation

/// An entry's, a response's or a call's identifier: a UUIDv7 (RFC 9562 §5.7), so that they sort by time.
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

/// A moment, to the millisecond, as entries carry it.
package struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Milliseconds since 1970-01-01T00:00:00Z.
  package let milliseconds: Int64

  /// The moment that many milliseconds after 1970 began.
  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// The wall clock's time.
  package static var now: Timestamp {
    Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
  }

  /// Reads RFC 3339 as `description` writes it.
  package init?(_ text: String) {
    guard let date = try? Date(text, strategy: Self.format) else { return nil }
    milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded())
  }

  /// RFC 3339 in UTC with milliseconds: `2026-11-22T10:00:00.123Z`.
  package var description: String {
    let (days, rest) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
    let shift: Int64 = rest < 0 ? 1 : 0
    let (year, month, day) = Self.civil(days - shift)
    let ms = rest + shift * 86_400_000
    return Self.pad(year, 4) + "-" + Self.pad(month, 2) + "-" + Self.pad(day, 2)
      + "T" + Self.pad(ms / 3_600_000, 2) + ":" + Self.pad(ms / 60_000 % 60, 2)
      + ":" + Self.pad(ms / 1000 % 60, 2) + "." + Self.pad(ms % 1000, 3) + "Z"
  }

  /// The moment `duration` later.
  package func advanced(by duration: Duration) -> Timestamp {
    Timestamp(milliseconds: milliseconds + duration.wholeMilliseconds)
  }

  package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

  private static let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  private static func pad(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Days since 1970 as a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible date algorithms").
  private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
    let z = days + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }
}

extension Duration {
  /// Milliseconds, fractions of one cut off.
  package var wholeMilliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }

  /// Milliseconds with their fraction.
  package var milliseconds: Double {
    Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15
  }
}
