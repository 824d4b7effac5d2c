import ArgumentParser
import Foundation
import UnixSignals

/// What somebody may break off by SIGINT, SIGTERM or SIGHUP.
enum Interruption {
  private struct Caught: Error {
    let signal: Int32
  }

  /// Runs `body`. A signal cancels it; once it has cleaned up behind itself, the command ends as by
  /// that signal. A second signal ends it at once.
  /// - Throws: what `body` throws, or the exit code 128 and the signal.
  static func heeded<T: Sendable>(
    _ body: @escaping @Sendable () async throws -> T
  ) async throws -> T {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    return try await withThrowingTaskGroup(of: T?.self) { tasks in
      tasks.addTask { try await body() }
      tasks.addTask {
        for await signal in signals {
          Foundation.signal(signal.number, SIG_DFL)
          throw Caught(signal: signal.number)
        }
        return nil
      }
      defer { tasks.cancelAll() }
      do {
        while let result = try await tasks.next() {
          if let result { return result }
        }
        throw CancellationError()
      } catch let caught as Caught {
        tasks.cancelAll()
        // What was done before the signal was heeded is done.
        if case .success(let result?)? = await tasks.nextResult() { return result }
        throw ExitCode(128 + caught.signal)
      }
    }
  }
}

extension UnixSignal {
  /// As signal(7) has it.
  var number: Int32 {
    switch self {
    case .sighup: SIGHUP
    case .sigint: SIGINT
    default: SIGTERM
    }
  }
}
