import ChatCore
import NIOCore
import Synchronization

/// What came for one task, in the order it came, until it is finished.
///
/// It has no bound of its own: who puts in says what bounds it.
final class Mailbox<Element: Sendable>: Sendable {
  private struct State {
    var waiting = CircularBuffer<Element>()
    var isFinished = false
  }

  private let state = Mutex(State())
  private let signal = Signal()

  /// Puts one in; nothing happens where it is finished.
  func put(_ element: Element) {
    state.withLock { if !$0.isFinished { $0.waiting.append(element) } }
    signal.raise()
  }

  /// Takes no more in; what is there can still be taken out.
  func finish() {
    state.withLock { $0.isFinished = true }
    signal.raise()
  }

  /// The next one; nil once it is finished and empty, or the task is cancelled. One task takes.
  func next() async -> Element? {
    while !Task.isCancelled {
      let (element, isFinished) = state.withLock { ($0.waiting.popFirst(), $0.isFinished) }
      if let element { return element }
      if isFinished { return nil }
      await signal.wait()
    }
    return nil
  }
}
