package import ChatCore
import Synchronization

/// Keeps every event and lets tests wait for one.
package final class EventRecorder: EventSink {
  private struct State {
    var events: [Event] = []
    var waiters: [(match: @Sendable (Event) -> Bool, CheckedContinuation<Event, Never>)] = []
  }

  private let state = Mutex(State())

  package init() {}

  package func publish(_ event: Event) {
    let ready = state.withLock { state in
      state.events.append(event)
      let ready = state.waiters.filter { $0.match(event) }
      state.waiters.removeAll { $0.match(event) }
      return ready.map(\.1)
    }
    for waiter in ready { waiter.resume(returning: event) }
  }

  /// Forgets what was published so far.
  package func forget() { state.withLock { $0.events = [] } }

  /// All that was published so far.
  package var events: [Event] { state.withLock(\.events) }

  /// The first event that matches, past the first `skipped` ones; waits for it.
  package func first(
    past skipped: Int = 0, where match: @escaping @Sendable (Event) -> Bool
  ) async -> Event {
    await withCheckedContinuation { continuation in
      let found = state.withLock { state -> Event? in
        if let event = state.events.dropFirst(skipped).first(where: match) { return event }
        state.waiters.append((match, continuation))
        return nil
      }
      if let found { continuation.resume(returning: found) }
    }
  }

  /// Waits for a child's status that matches.
  package func status(
    of child: String, past skipped: Int = 0,
    where match: @escaping @Sendable (ChildStatus) -> Bool
  ) async -> ChildStatus {
    let find: @Sendable (Event) -> ChildStatus? = { event in
      guard case .children(let all) = event else { return nil }
      return all.first { $0.id.text == child && match($0) }
    }
    let event = await first(past: skipped) { find($0) != nil }
    guard let status = find(event) else { preconditionFailure("it matched a moment ago") }
    return status
  }
}
