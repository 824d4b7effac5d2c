import Synchronization

/// What came for one task to deal with, in the order it came.
///
/// It has no bound of its own: each use names what bounds it.
final class Inbox<Element: Sendable>: Sendable {
  private let waiting = Mutex<[Element]>([])
  private let signal = Signal()

  /// Puts one in and returns at once.
  func put(_ element: Element) {
    waiting.withLock { $0.append(element) }
    signal.raise()
  }

  /// Lets whoever waits in `take` go on with nothing.
  func wake() { signal.raise() }

  /// All that has come, once there is something; nothing when woken or cancelled.
  func take() async -> [Element] {
    let here = drain()
    guard here.isEmpty, !Task.isCancelled else { return here }
    await signal.wait()
    return drain()
  }

  /// All that has come by now.
  func drain() -> [Element] {
    waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }
}

/// Runs `body` and cancels it when `signal` is raised; what it then returns counts.
func interruptible<T: Sendable>(
  by signal: Signal, _ body: @escaping @Sendable () async -> T
) async -> T {
  await withTaskGroup(of: T?.self) { group in
    group.addTask { await body() }
    group.addTask {
      await signal.wait()
      return nil
    }
    var value = await group.next() ?? nil
    group.cancelAll()
    while let other = await group.next() { value = value ?? other }
    // The group returns only when both are done, so the body's value is there.
    guard let value else { preconditionFailure("the body of a group returned nothing") }
    return value
  }
}
