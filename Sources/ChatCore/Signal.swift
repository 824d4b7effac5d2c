import Synchronization

/// Wakes one waiting task. Raised before anybody waits, it is remembered once: no wake is lost,
/// none piles up.
package final class Signal: Sendable {
  private enum State {
    case idle, raised
    case waited(CheckedContinuation<Void, Never>)
  }

  private let state = Mutex(State.idle)

  package init() {}

  /// Wakes whoever waits, or the next one to come.
  package func raise() {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard case .waited(let waiter) = state else {
        state = .raised
        return nil
      }
      state = .idle
      return waiter
    }
    waiter?.resume()
  }

  /// Returns once raised, or at once when the task is cancelled. One task waits at a time.
  package func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isRaised = state.withLock { state in
          if case .raised = state {
            state = .idle
            return true
          }
          state = .waited(continuation)
          return false
        }
        if isRaised { continuation.resume() }
      }
    } onCancel: {
      raise()
    }
  }
}
