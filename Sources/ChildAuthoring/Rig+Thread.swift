import Foundation

extension Rig {
  /// Runs `body`, which may block, on a thread of its own and not on the cooperative pool.
  package static func onThread<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        do { continuation.resume(returning: try body()) } catch {
          continuation.resume(throwing: error)
        }
      }
    }
  }

  /// Starts a child, has it used by `body` on a thread of its own, and ends it.
  package static func with<Result: Sendable>(
    _ setup: Setup, _ body: @escaping @Sendable (Rig) throws -> Result
  ) async throws -> Result {
    try await onThread {
      let rig = try Rig(setup)
      defer { rig.end() }
      return try body(rig)
    }
  }
}
