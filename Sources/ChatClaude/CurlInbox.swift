import CCurl
import Synchronization

/// What other threads have to say to libcurl's: the only way to it.
///
/// It holds no more than a few commands for each transfer that is under way, and is emptied at
/// every turn of the loop.
final class CurlInbox: Sendable {
  /// What to do.
  enum Command: Sendable {
    case open(Transfer)
    /// Let a paused one go on.
    case resume(Transfer)
    /// Drop it at once.
    case cancel(Transfer)
    /// Let it end in order, if it does so soon.
    case release(Transfer)
    /// End the thread, whatever is under way.
    case stop
  }

  private struct State {
    var commands: [Command] = []
    /// The multi handle, as a number since raw pointers are not Sendable; nil once it is gone.
    var multi: UInt?
  }

  private let state: Mutex<State>

  /// An inbox for the thread of `multi`; nil: closed from the start. The only call made here with
  /// it is the one that any thread may make (curl_multi_wakeup(3)), and none after `close`.
  init(multi: UnsafeMutableRawPointer?) {
    state = Mutex(State(multi: multi.map { UInt(bitPattern: $0) }))
  }

  /// Hands a command over and wakes the thread.
  func send(_ command: Command) {
    let isOpen = state.withLock { state in
      guard let multi = state.multi else { return false }
      state.commands.append(command)
      // With others in it, the thread has been woken and has not come yet.
      if state.commands.count == 1 { curl_multi_wakeup(UnsafeMutableRawPointer(bitPattern: multi)) }
      return true
    }
    if !isOpen { Self.refuse(command) }
  }

  /// Empties it.
  func take() -> [Command] {
    state.withLock { state in
      defer { state.commands = [] }
      return state.commands
    }
  }

  /// Takes nothing more: the multi handle may go.
  func close() {
    let left = state.withLock { state in
      state.multi = nil
      defer { state.commands = [] }
      return state.commands
    }
    for command in left { Self.refuse(command) }
  }

  private static func refuse(_ command: Command) {
    if case .open(let transfer) = command { transfer.finish(TransferFailure(.closed)) }
  }
}
