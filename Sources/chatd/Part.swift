import ChatChildren
import ChatCore
import ServiceLifecycle

/// A part that runs until a graceful shutdown and then has something to do before it ends.
struct Part: Service {
  let body: @Sendable () async throws -> Void
  /// Called on a graceful shutdown; the body is then waited for.
  let stop: @Sendable () async -> Void
  /// How long the body may take to end; then it is cancelled.
  var patience: Duration = .zero

  func run() async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await body()
        return true
      }
      group.addTask {
        try await gracefulShutdown()
        await stop()
        try await Task.sleep(for: patience)
        return false
      }
      while let isBody = try await group.next() {
        group.cancelAll()
        if isBody { break }
      }
    }
  }
}

extension Daemon {
  /// Turns that run may end; then answers still coming are interrupted.
  func turnsPart(_ conversations: Conversations) -> Part {
    Part(
      body: { try await conversations.run() }, stop: { await conversations.finish() },
      patience: Self.turnTimeout)
  }

  /// Children are stopped gently, all at once, and their warden.
  func childrenPart(_ supervisor: Supervisor) -> Part {
    Part(body: { await supervisor.run() }, stop: { await supervisor.shutdown() })
  }

  /// What is not removed by then is found by the next start.
  func removalPart(_ removal: Removal) -> Part {
    Part(body: { await removal.run() }, stop: {})
  }

  /// The journal goes last and takes what there still is.
  func journalPart(_ journal: Journal) -> Part {
    Part(body: { await journal.run() }, stop: {})
  }
}
