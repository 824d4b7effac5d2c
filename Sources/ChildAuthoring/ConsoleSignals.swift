import Foundation
import Synchronization

/// Hears the signals that end a console: Ctrl-C, SIGTERM, SIGHUP.
///
/// The first one goes to the console, which shuts its child down. While that is busy starting or
/// ending one the child is ended at once, and this process as the signal would have.
final class ConsoleSignals: Sendable {
  private struct State {
    var rig: Rig?
    /// The console looks at its inbox.
    var isHeard = false
    /// Came before there was a child.
    var early: Int32?
  }

  private let state = Mutex(State())
  private let inbox: ConsoleInbox

  init(_ inbox: ConsoleInbox) { self.inbox = inbox }

  /// Listens from now on, for as long as the process runs.
  func listen() throws(AuthoringError) {
    let signals: FilterSignals
    do throws(FilterSystemError) { signals = try FilterSignals() } catch {
      throw AuthoringError(.system, "listening to signals failed: \(error)")
    }
    Thread.detachNewThread { [self] in
      var watched = pollfd(fd: signals.descriptor.number, events: Int16(POLLIN), revents: 0)
      while true {
        _ = poll(&watched, 1, -1)
        for number in signals.take() where number != SIGCHLD { obey(number) }
      }
    }
  }

  /// There is a child to be ended now.
  func add(_ rig: Rig) {
    let early = state.withLock { state in
      state.rig = rig
      return state.early
    }
    if let early { Self.end(rig, early) }
  }

  /// Whether the console looks at its inbox from now on.
  func setHeard(_ isHeard: Bool) { state.withLock { $0.isHeard = isHeard } }

  /// Does what one asks for.
  func obey(_ number: Int32) {
    let (isHeard, rig) = state.withLock { state in
      defer { state.isHeard = false }
      if state.rig == nil { state.early = number }
      return (state.isHeard, state.rig)
    }
    if isHeard {
      inbox.put(.signal(number))
    } else if let rig {
      Self.end(rig, number)
    }
  }

  /// Ends a child, all below it, and this process.
  private static func end(_ rig: Rig, _ number: Int32) {
    rig.end()
    FilterSignals.endSelf(by: number)
  }
}
