import Synchronization

/// Errands that handlers on the event loop leave for tasks to do, each beside the others.
final class JobQueue: Sendable {
  typealias Job = @Sendable () async -> Void

  private let limit: Int
  private let waiting = Mutex<[Job]>([])
  private let stream: AsyncStream<Void>
  private let wake: AsyncStream<Void>.Continuation

  /// A queue in which at most `limit` wait.
  init(limit: Int) {
    self.limit = limit
    (stream, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Leaves a job; false where too many wait.
  func put(_ job: @escaping Job) -> Bool {
    let isTaken = waiting.withLock { waiting in
      guard waiting.count < limit else { return false }
      waiting.append(job)
      return true
    }
    wake.yield()
    return isTaken
  }

  /// Does what is left here, until the task is cancelled; what has begun is finished.
  func run() async {
    await withDiscardingTaskGroup { group in
      for await _ in stream {
        let jobs = waiting.withLock { waiting in
          defer { waiting = [] }
          return waiting
        }
        for job in jobs { group.addTask(operation: job) }
      }
    }
  }
}
