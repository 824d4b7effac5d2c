import ChatCore
import Foundation

/// Whether the machine has been starved of processor, memory or disk, as the kernel counts it
/// (Documentation/accounting/psi.rst): then a child that answers late is not to blame. Where the
/// kernel does not count, nobody is excused.
///
/// Isolated to the supervisor; it looks once a second at most.
final class Pressure {
  /// The kernel's count of stalled time, and the part of a second from which on it is starvation.
  private static let signs: [(path: String, line: String, share: Double)] = [
    // Something waited for a processor nearly all the time.
    ("/proc/pressure/cpu", "some", 0.8),
    // Nothing at all could run, for want of memory or disk.
    ("/proc/pressure/memory", "full", 0.1),
    ("/proc/pressure/io", "full", 0.5),
  ]
  private static let interval = Duration.seconds(1)

  private var lookedAt: Duration?
  private var totals: [Int64?] = []
  private var isStarved = false

  /// Whether the machine was starved between the last two looks.
  func isStarved(now: Duration) -> Bool {
    if let lookedAt, now - lookedAt < Self.interval { return isStarved }
    let before = totals
    totals = Self.signs.map { Self.total(in: $0.path, $0.line) }
    if let lookedAt, before.count == totals.count {
      let passed = Double((now - lookedAt).wholeMilliseconds) * 1000
      isStarved = zip(Self.signs, zip(before, totals)).contains { sign, counts in
        guard let old = counts.0, let new = counts.1 else { return false }
        return Double(new - old) > sign.share * passed
      }
    }
    lookedAt = now
    return isStarved
  }

  /// Microseconds stalled since the machine was started; nil where that is not counted.
  private static func total(in path: String, _ line: String) -> Int64? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let match = text.split(separator: "\n").first(where: { $0.hasPrefix(line) })?
        .firstMatch(of: /total=(\d+)/)
    else { return nil }
    return Int64(match.1)
  }
}
