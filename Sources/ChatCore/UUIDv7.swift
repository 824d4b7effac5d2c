import Foundation
import Synchronization

/// Makes UUIDs of version 7 (RFC 9562 §5.7) that never go backwards within a process.
///
/// Within one millisecond, and when the wall clock steps back, the 12 bits behind the time count up
/// (method 1 of §6.2), so the order of identifiers is the order in which they were made.
enum UUIDv7 {
  private static let last = Mutex<(milliseconds: Int64, counter: UInt16)>((0, 0))

  /// The next identifier's text.
  static func next(at time: Timestamp) -> String {
    let (milliseconds, counter) = last.withLock { last in
      if time.milliseconds > last.milliseconds {
        last = (time.milliseconds, UInt16.random(in: 0...0x3FF))
      } else if last.counter < 0xFFF {
        last.counter += 1
      } else {
        last = (last.milliseconds + 1, 0)
      }
      return last
    }
    let random = UInt64.random(in: 0...UInt64.max)
    let high = UInt64(milliseconds) << 16 | 0x7000 | UInt64(counter)
    let low = random & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    return text(high, low)
  }

  private static func text(_ high: UInt64, _ low: UInt64) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var utf8: [UInt8] = []
    utf8.reserveCapacity(36)
    for nibble in 0..<32 {
      if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 { utf8.append(0x2D) }
      let word = nibble < 16 ? high : low
      utf8.append(digits[Int(word >> UInt64(60 - nibble % 16 * 4) & 15)])
    }
    return String(decoding: utf8, as: UTF8.self)
  }
}
