import ChatCore

/// Somebody who waits until what they asked of a child is done. Isolated to the supervisor.
final class CommandWaiter {
  /// What is waited for.
  enum Goal {
    /// That generation, or a later one, is ready.
    case ready(generation: Int64)
    /// Nothing of that generation is left.
    case down(generation: Int64)
  }

  private let goal: Goal
  private var result: Result<Void, ChatError>?
  private var continuation: CheckedContinuation<Void, any Error>?

  init(_ goal: Goal) { self.goal = goal }

  /// Whether it has its result.
  var isSettled: Bool { result != nil }

  /// Looks whether the goal has been reached.
  func look(at child: Child) {
    guard result == nil else { return }
    let lifecycle = child.lifecycle
    switch goal {
    case .ready(let generation):
      if lifecycle.generation >= generation, lifecycle.state == .ready {
        return settle(.success(()))
      }
      if !child.isWanted {
        settle(.failure(.conflict(reason: "\(child.id) was stopped before it was ready")))
      }
    case .down(let generation):
      switch lifecycle.phase {
      case .down, .backingOff, .parked: settle(.success(()))
      default: if lifecycle.generation > generation { settle(.success(())) }
      }
    }
  }

  /// A generation has ended.
  func buried(_ generation: Int64, _ exit: ChildExit) {
    switch goal {
    case .ready(let wanted) where generation >= wanted:
      var reason = exit.words
      if let last = exit.stderrTail.last { reason += "; it last wrote: \(last)" }
      settle(.failure(.conflict(reason: "not ready: \(reason)")))
    case .down(let wanted) where generation >= wanted: settle(.success(()))
    default: break
    }
  }

  /// Returns once the goal is reached.
  /// - Throws: `ChatError.conflict` where it can't be any more.
  func wait(isolation: isolated Supervisor) async throws {
    if let result { return try result.get() }
    try await withCheckedThrowingContinuation { continuation = $0 }
  }

  private func settle(_ result: Result<Void, ChatError>) {
    guard self.result == nil else { return }
    self.result = result
    continuation?.resume(with: result.mapError { $0 })
    continuation = nil
  }
}
