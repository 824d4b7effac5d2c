import Synchronization

/// One request under way, as its reader sees it.
///
/// libcurl's thread puts in what comes, one task takes it out. What waits between them is bounded:
/// when it is full the transfer is paused, so a slow reader slows the server and nothing piles up.
final class Transfer: Sendable {
  /// What comes, in this order: one head, then any number of bodies' pieces.
  enum Piece: Hashable, Sendable {
    case head(HTTPHead)
    case body([UInt8])
  }

  /// Bytes that may wait for the reader: more than libcurl hands over at once (16 KiB).
  static let byteLimit = 64 << 10

  private enum End {
    case done, cancelled
    case failed(TransferFailure)
  }

  private struct State {
    var head: HTTPHead?
    var bytes: [UInt8] = []
    var end: End?
    var reader: CheckedContinuation<Piece?, any Error>?
    var isPaused = false

    /// What the reader gets now; nil: it has to wait.
    mutating func take() -> Result<Piece?, any Error>? {
      if let head {
        self.head = nil
        return .success(.head(head))
      }
      if !bytes.isEmpty {
        defer { bytes = [] }
        return .success(.body(bytes))
      }
      switch end {
      case nil: return nil
      case .done: return .success(nil)
      case .cancelled: return .failure(CancellationError())
      case .failed(let failure): return .failure(failure)
      }
    }
  }

  let request: HTTPRequest
  private let inbox: CurlInbox
  private let state = Mutex(State())

  init(_ request: HTTPRequest, _ inbox: CurlInbox) {
    self.request = request
    self.inbox = inbox
  }
}

/// The reader's side.
extension Transfer {
  /// The next piece, nil at the end. One task reads at a time.
  /// - Throws: `TransferFailure`, or `CancellationError` after `cancel`.
  func next() async throws -> Piece? {
    try await withCheckedThrowingContinuation { reader in
      let (ready, wasPaused) = state.withLock { state in
        let ready = state.take()
        if ready == nil { state.reader = reader }
        let wasPaused = state.isPaused && state.bytes.isEmpty
        if wasPaused { state.isPaused = false }
        return (ready, wasPaused)
      }
      if wasPaused { inbox.send(.resume(self)) }
      if let ready { reader.resume(with: ready) }
    }
  }

  /// Drops the request at once, from any task; a reader that waits gets `CancellationError`.
  func cancel() { leave(.cancelled, .cancel(self)) }

  /// Takes nothing more. The request is given a moment to end in order, so that its connection
  /// serves the next one.
  func release() { leave(.done, .release(self)) }

  private func leave(_ end: End, _ command: CurlInbox.Command) {
    let isFirst = conclude(end) { state in
      state.bytes = []
      state.isPaused = false
    }
    if isFirst { inbox.send(command) }
  }
}

/// The thread's side.
extension Transfer {
  /// Whether the reader is what the transfer waits for.
  var isPaused: Bool { state.withLock { $0.isPaused } }

  /// Whether the reader waits for it.
  var isAwaited: Bool { state.withLock { $0.reader != nil } }

  /// Puts in the head, unless the reader has left, and gives it to a reader that waits.
  func receive(_ head: HTTPHead) {
    resumeReader { state in
      if state.end == nil { state.head = head }
    }
  }

  /// Puts in bytes of the body, for a reader that comes by; `handOver` wakes one that waits.
  /// - Returns: whether they were taken; if not, they have to be offered again after a `resume`.
  func offer(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    state.withLock { state in
      guard state.end == nil else { return true }
      state.isPaused =
        !state.bytes.isEmpty && state.bytes.count + bytes.count > Self.byteLimit
      if !state.isPaused { state.bytes.append(contentsOf: bytes) }
      return !state.isPaused
    }
  }

  /// Gives the reader, if it waits, what there is.
  func handOver() { resumeReader { _ in } }

  /// Ends the transfer: in order, or with a failure. What came before is still read first.
  func finish(_ failure: TransferFailure?) {
    _ = conclude(failure.map(End.failed) ?? .done)
  }

  /// - Returns: whether this was the first end; later ones change nothing.
  private func conclude(_ end: End, _ change: (inout State) -> Void = { _ in }) -> Bool {
    var isFirst = false
    resumeReader { state in
      guard state.end == nil else { return }
      isFirst = true
      state.end = end
      change(&state)
    }
    return isFirst
  }

  /// Changes the state, and wakes the reader outside the lock if it waits for what there is now.
  private func resumeReader(after change: (inout State) -> Void) {
    let woken = state.withLock {
      state -> (CheckedContinuation<Piece?, any Error>, Result<Piece?, any Error>)? in
      change(&state)
      guard let reader = state.reader, let ready = state.take() else { return nil }
      state.reader = nil
      return (reader, ready)
    }
    woken?.0.resume(with: woken?.1 ?? .success(nil))
  }
}
