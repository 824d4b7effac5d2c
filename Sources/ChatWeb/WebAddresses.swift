import Synchronization

/// Where a server can be reached.
package struct WebAddresses: Hashable, Sendable {
  package let host: String
  package let port: Int
  package let wsPort: Int

  /// The address of HTTP, as the ready line shows it.
  package var http: String { "http://\(name):\(port)" }
  /// The address of WebSockets alone, as the ready line shows it.
  package var ws: String { "ws://\(name):\(wsPort)" }

  private var name: String { host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host }
}

/// The ports of a server, for those who wait until both are bound.
final class BoundPorts: Sendable {
  enum Role: Sendable {
    case main, socket
  }

  private struct State {
    var ports: [Role: Int] = [:]
    var failure: (any Error)?
    var waiters: [CheckedContinuation<(Int, Int), any Error>] = []

    /// What there is to tell those who wait; nil: nothing yet.
    var outcome: Result<(Int, Int), any Error>? {
      if let main = ports[.main], let socket = ports[.socket] { return .success((main, socket)) }
      return failure.map { .failure($0) }
    }
  }

  private let state = Mutex(State())

  /// The port of a role, where it is bound.
  func known(_ role: Role) -> Int? { state.withLock { $0.ports[role] } }

  /// Says that a port is bound and served.
  func set(_ role: Role, to port: Int) { tell { $0.ports[role] = port } }

  /// Says that it won't be; after both are bound nothing changes.
  func fail(_ error: any Error) { tell { $0.failure = $0.failure ?? error } }

  /// Both, once they are bound.
  func both() async throws -> (Int, Int) {
    try await withCheckedThrowingContinuation { waiter in
      tell { $0.waiters.append(waiter) }
    }
  }

  private func tell(_ change: (inout State) -> Void) {
    let (waiters, outcome) = state.withLock { state in
      change(&state)
      let outcome = state.outcome
      defer { if outcome != nil { state.waiters = [] } }
      return (state.waiters, outcome)
    }
    guard let outcome else { return }
    for waiter in waiters { waiter.resume(with: outcome) }
  }
}
