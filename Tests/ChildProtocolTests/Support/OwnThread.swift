import Foundation

/// Runs `body`, which blocks, on a thread of its own: the cooperative pool has only as many as
/// there are cores.
func onOwnThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
  try await withCheckedThrowingContinuation { done in
    Thread.detachNewThread { done.resume(with: Result(catching: body)) }
  }
}
