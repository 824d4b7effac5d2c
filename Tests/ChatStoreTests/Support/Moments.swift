import Synchronization
import TestSupport

@testable import ChatStore

/// What a disk would have on it, were the power to fail at calls that a seed chooses.
final class Moments: Sendable {
  private struct State {
    var numbers: SeededGenerator
    var callsLeft = 0
    var files: [[String: [UInt8]]] = []
  }

  private let state: Mutex<State>

  init(seed: UInt64) {
    state = Mutex(State(numbers: SeededGenerator(seed: seed)))
  }

  var files: [[String: [UInt8]]] { state.withLock { $0.files } }

  /// To be told of each call that changes a file, before it is done.
  func pass(on disk: FaultyDisk) {
    state.withLock { state in
      state.callsLeft -= 1
      guard state.callsLeft < 0 else { return }
      state.callsLeft = Int.random(in: 0..<90, using: &state.numbers)
      let losses = [PowerLoss.atItsWorst, PowerLoss(seed: state.numbers.next())]
      state.files += losses.map { disk.files(after: $0) }
    }
  }
}
