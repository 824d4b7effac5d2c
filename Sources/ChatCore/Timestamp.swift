import Foundation

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

  /// Reads RFC 3339 as `description` writes it. Foundation's own reading lets February have 30
  /// days, and takes dates before 1582 for the Julian calendar's.
  package init?(_ text: String) {
    let form = "0000-00-00T00:00:00.000Z".utf8
    guard text.utf8.count == form.count else { return nil }
    var numbers: [Int64] = [0]
    for (byte, expected) in zip(text.utf8, form) {
      if expected != UInt8(ascii: "0") {
        guard byte == expected else { return nil }
        numbers.append(0)
      } else {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + Int64(byte & 15)
      }
    }
    let days = Self.days(numbers[0], numbers[1], numbers[2])
    guard (1...12).contains(numbers[1]), Self.civil(days) == (numbers[0], numbers[1], numbers[2]),
      numbers[3] < 24, numbers[4] < 60, numbers[5] < 60
    else { return nil }
    let seconds = ((days * 24 + numbers[3]) * 60 + numbers[4]) * 60 + numbers[5]
    milliseconds = seconds * 1000 + numbers[6]
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

  private static func pad(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Days since 1970 as a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible date
  /// algorithms").
  private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
    let z = days + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  /// The inverse of `civil`.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = year - (month <= 2 ? 1 : 0)
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}

/// A stretch of time with both its ends; nil: it has none there.
package struct TimeSpan: Hashable, Sendable {
  package var from: Timestamp?
  package var to: Timestamp?

  package init(from: Timestamp? = nil, to: Timestamp? = nil) { (self.from, self.to) = (from, to) }

  package func contains(_ time: Timestamp) -> Bool {
    time >= from ?? time && time <= to ?? time
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
