import TestSupport

/// Which of what was not flushed is on the disk when the power fails, by the numbers of a seed.
struct PowerLoss {
  private var numbers: SeededGenerator
  /// How likely a piece is there, 0 to 1.
  private let share: Double
  /// What reaches the disk together: a sector, or a page.
  private let pieceByteCount: Int

  /// Any part of it, in any order, torn anywhere.
  init(seed: UInt64) {
    numbers = SeededGenerator(seed: seed)
    share = [0.1, 0.5, 0.9].randomElement(using: &numbers) ?? 0.5
    pieceByteCount = Bool.random(using: &numbers) ? 512 : 4096
  }

  private init(share: Double) {
    numbers = SeededGenerator(seed: 0)
    self.share = share
    pieceByteCount = .max
  }

  /// None of it: what has to be enough.
  static let atItsWorst = PowerLoss(share: 0)
  /// All of it, as when the process is killed and the machine goes on.
  static let none = PowerLoss(share: 1)

  /// Whether one step is there.
  mutating func spares() -> Bool { share == 1 || Double.random(in: 0..<1, using: &numbers) < share }

  /// How many of `count` steps are there that the file system keeps in order.
  mutating func spared(of count: Int) -> Int {
    switch share {
    case 0: 0
    case 1: count
    default: Int.random(in: 0...count, using: &numbers)
    }
  }

  /// The parts of `range` that are there.
  mutating func spared(of range: Range<Int>) -> [Range<Int>] {
    guard share > 0, share < 1 else { return share == 1 ? [range] : [] }
    var parts: [Range<Int>] = []
    var begin = range.lowerBound
    while begin < range.upperBound {
      let end = min(range.upperBound, (begin / pieceByteCount + 1) * pieceByteCount)
      if spares() {
        // Now and then a piece is torn itself.
        let isTorn = Int.random(in: 0..<16, using: &numbers) == 0
        parts.append(begin..<(isTorn ? Int.random(in: begin..<end, using: &numbers) : end))
      }
      begin = end
    }
    return parts
  }
}
