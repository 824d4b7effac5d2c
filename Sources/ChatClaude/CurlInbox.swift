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
    var isOpen: Bool
  }

  private let poll: SocketPoll?
  private let state: Mutex<State>

  /// An inbox for the thread that sleeps on `poll`; nil: closed from the start.
  init(_ poll: SocketPoll?) {
    self.poll = poll
    state = Mutex(State(isOpen: poll != nil))
  }

  /// Hands a command over and wakes the thread.
  func send(_ command: Command) {
    let (isOpen, isFirst) = state.withLock { state in
      if state.isOpen { state.commands.append(command) }
      return (state.isOpen, state.commands.count == 1)
    }
    if !isOpen { return Self.refuse(command) }
    // With others in it, the thread has been woken and has not come yet.
    if isFirst { poll?.ring() }
  }

  /// Empties it.
  func take() -> [Command] {
    state.withLock { state in
      defer { state.commands = [] }
      return state.commands
    }
  }

  /// Takes nothing more: the thread ends.
  func close() {
    let left = state.withLock { state in
      state.isOpen = false
      defer { state.commands = [] }
      return state.commands
    }
    for command in left { Self.refuse(command) }
  }

  private static func refuse(_ command: Command) {
    if case .open(let transfer) = command { transfer.finish(TransferFailure(.closed)) }
  }
}
