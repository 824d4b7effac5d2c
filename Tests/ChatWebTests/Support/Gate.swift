import Synchronization

/// Holds whoever comes until it is opened.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiters: [CheckedContinuation<Void, Never>] = []
    var arrivals = 0
    var watchers: [(count: Int, CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())

  func open() {
    let waiters = state.withLock { state in
      state.isOpen = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns once the gate is open.
  func pass() async {
    let reached = state.withLock { state in
      state.arrivals += 1
      let arrivals = state.arrivals
      defer { state.watchers.removeAll { $0.count <= arrivals } }
      return state.watchers.filter { $0.count <= arrivals }
    }
    for (_, watcher) in reached { watcher.resume() }
    await withCheckedContinuation { waiter in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiters.append(waiter) }
        return state.isOpen
      }
      if isOpen { waiter.resume() }
    }
  }

  /// Returns once so many have come.
  func arrival(_ count: Int = 1) async {
    await withCheckedContinuation { watcher in
      let isHere = state.withLock { state in
        if state.arrivals < count { state.watchers.append((count, watcher)) }
        return state.arrivals >= count
      }
      if isHere { watcher.resume() }
    }
  }
}
