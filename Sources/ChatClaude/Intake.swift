/// What one turn of libcurl's thread has brought of all bodies.
///
/// Their readers are woken at the turn's end, so that what came together is read together. It
/// belongs to that thread.
final class Intake {
  private(set) var byteCount = 0
  private var transfers: [Transfer] = []

  /// Something was put into a transfer.
  func note(_ transfer: Transfer, byteCount: Int) {
    self.byteCount += byteCount
    // The pieces of one read come one after the other.
    if transfers.last !== transfer { transfers.append(transfer) }
  }

  /// Wakes the readers, and begins anew.
  func handOver() {
    for transfer in transfers { transfer.handOver() }
    transfers.removeAll(keepingCapacity: true)
    byteCount = 0
  }
}

/// Whether the network is left alone for a moment, so that what comes meanwhile is read at once.
///
/// Pure. The first piece after a silence is read when it comes; where pieces follow one another
/// more closely than `length`, all of them together wake libcurl's thread, a reader and an event
/// loop once for each `length`, and each comes that much later at most. A page shows nothing more
/// often than every 16 ms.
struct Rest {
  static let length = Duration.milliseconds(4)
  /// Where so much came at once, more of it waits: then it is throughput that counts.
  static let byteLimit = 16 << 10

  private var end: ContinuousClock.Instant?

  /// The network was looked at, and so many bytes of bodies came.
  mutating func begin(at now: ContinuousClock.Instant, byteCount: Int) {
    end = (1..<Self.byteLimit).contains(byteCount) ? now + Self.length : nil
  }

  /// Nobody is left for whom something could come.
  mutating func cancel() { end = nil }

  /// Until when it lasts; nil: the network is to be looked at.
  func end(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    end.flatMap { $0 > now ? $0 : nil }
  }
}
