import Synchronization

/// A value that one task changes and another waits for: what tests do instead of sleeping.
final class Watched<Value: Sendable>: Sendable {
  private struct Waiter {
    let number: Int
    let isMet: @Sendable (Value) -> Bool
    let continuation: CheckedContinuation<Void, Never>
  }
  private struct State {
    var value: Value
    var lastNumber = 0
    var waiters: [Waiter] = []
  }

  private let state: Mutex<State>

  init(_ value: Value) { state = Mutex(State(value: value)) }

  var value: Value { state.withLock { $0.value } }

  /// Changes the value and lets those go on who waited for what it is now.
  @discardableResult
  func update<T>(_ body: (inout sending Value) -> sending T) -> sending T {
    let (result, met) = state.withLock { state in
      let result = body(&state.value)
      let value = state.value
      let met = state.waiters.filter { $0.isMet(value) }
      state.waiters.removeAll { waiter in met.contains { $0.number == waiter.number } }
      return (result, met)
    }
    for waiter in met { waiter.continuation.resume() }
    return result
  }

  /// Returns once the value is as `isMet` wants it, or when the task is cancelled.
  func wait(until isMet: @escaping @Sendable (Value) -> Bool) async {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if Task.isCancelled || isMet(state.value) { return true }
          state.waiters.append(Waiter(number: number, isMet: isMet, continuation: continuation))
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state -> Waiter? in
        guard let index = state.waiters.firstIndex(where: { $0.number == number }) else {
          return nil
        }
        return state.waiters.remove(at: index)
      }
      waiter?.continuation.resume()
    }
  }
}

/// Holds whoever comes by until a test opens it, or until they are cancelled.
final class Gate: Sendable {
  private let isOpen = Watched(false)
  private let arrivals = Watched(0)

  func open() { isOpen.update { $0 = true } }

  func pass() async {
    arrivals.update { $0 += 1 }
    await isOpen.wait { $0 }
  }

  /// Returns once that many have come by.
  func reached(by count: Int = 1) async { await arrivals.wait { $0 >= count } }
}
