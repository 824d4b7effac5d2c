import ChatCore
import NIOCore
import Synchronization

extension WebSocketHandler {
  /// Answers that may wait before the session is asked to wait too.
  private static let answerByteLimit = 256 << 10

  /// Begins to watch, with `hello` as the first frame. What comes later reaches it through its
  /// group.
  func begin(in group: WatcherGroup, hello: ByteBuffer, floor: Int64) {
    guard phase == .open else { return hub.leave(from: loop) }
    self.group = group
    watcher = Watcher(
      floor: floor, eventLimit: limits.watcherEvents, byteLimit: limits.watcherBytes)
    group.add(self)
    send(answer: [hello], done: nil)
    scheduleHeartbeat()
  }

  /// Sends answers; `done` is kept once few enough of them wait.
  func send(answer frames: [ByteBuffer], done: EventLoopPromise<Void>?) {
    guard isSending else { return done?.succeed() ?? () }
    for frame in frames {
      if canWrite { write(frame) } else { outbox.put(answer: frame) }
    }
    flush()
    guard let done else { return }
    if outbox.answerBytes <= Self.answerByteLimit {
      done.succeed()
    } else {
      answerWaiters.append(done)
    }
  }

  /// Sends the answer to a subscription, then what was kept back and comes after it.
  func resume(
    _ frames: [ByteBuffer], _ subscription: Subscription, done: EventLoopPromise<Void>
  ) {
    send(answer: frames, done: done)
    let kept = watcher?.release(at: subscription.seq, threads: subscription.threads) ?? []
    for frame in kept { send(live: frame.bytes, events: 1) }
  }

  /// Goes on as before a subscription that came to nothing.
  func resume(done: EventLoopPromise<Void>) {
    for frame in watcher?.release() ?? [] { send(live: frame.bytes, events: 1) }
    done.succeed()
  }

  /// Sends the end of a child's log, then what came since it was read.
  func follow(
    _ child: ChildID, after lines: [LogLine], answer: ByteBuffer, done: EventLoopPromise<Void>
  ) {
    send(answer: [answer], done: done)
    guard let (newer, dropped) = watcher?.follow(child, after: lines), !newer.isEmpty else {
      return
    }
    send(live: LiveFrame.log(of: child, newer, dropped: dropped).bytes, events: 1)
  }

  /// Sends a control frame where the socket takes it now. Otherwise it is left out: what the socket
  /// is busy with tells the other side as much as a ping or a pong would.
  func send(_ control: ByteBuffer) {
    guard canWrite else { return }
    write(control)
    flush()
  }

  /// Sends those of the frames that are for this watcher. Not flushed.
  func deliver(_ batch: Batch) {
    if !batch.isLog, watcher?.takesEverything(from: batch.firstSeq) == true {
      send(live: batch.bytes, events: batch.frames.count)
    } else {
      for frame in batch.frames { deliver(frame) }
    }
  }

  private func deliver(_ frame: LiveFrame) {
    guard isSending else { return }
    if case .log(let child, let lines, let dropped) = frame.kind {
      return deliver(lines, dropped: dropped, of: child, encoded: frame.bytes)
    }
    switch watcher?.take(frame) {
    case .send: send(live: frame.bytes, events: 1)
    case .overflow: cutOff()
    case .skip, nil: break
    }
  }

  /// Ends it because it reads more slowly than there is to say.
  func cutOff() {
    guard isSending else { return }
    hub.counters.cutOff.add(1, ordering: .relaxed)
    end(.tooSlow, "this client reads too slowly; connect again and subscribe from the last seq")
  }

  /// Lets the socket write what it was given.
  func flush() {
    guard needsFlush else { return }
    needsFlush = false
    context?.flush()
  }

  /// Gives the socket what waits, as much as it takes.
  func pump() {
    while context?.channel.isWritable == true, let bytes = outbox.next() { write(bytes) }
    flush()
    guard outbox.answerBytes <= Self.answerByteLimit else { return }
    let waiters = answerWaiters
    answerWaiters = []
    for waiter in waiters { waiter.succeed() }
  }

  /// Gives the socket a frame. Not flushed.
  func write(_ bytes: ByteBuffer) {
    context?.write(Self.wrapOutboundOut(bytes), promise: nil)
    needsFlush = true
  }

  private var isSending: Bool { phase == .open || phase == .draining }

  private var canWrite: Bool { outbox.isEmpty && context?.channel.isWritable == true }

  private func send(live bytes: ByteBuffer, events: Int) {
    guard isSending else { return }
    // What was only given to the socket may be all that it is busy with.
    if !canWrite { flush() }
    if canWrite { return write(bytes) }
    if case .overflow = outbox.put(live: bytes, events: events) { cutOff() }
  }

  private func deliver(
    _ lines: [LogLine], dropped: Int, of child: ChildID, encoded: ByteBuffer
  ) {
    let left = watcher?.take(lines, dropped: dropped, of: child, busy: outbox.isBusy)
    guard let left = left ?? nil else { return }
    let bytes = left == dropped ? encoded : LiveFrame.log(of: child, lines, dropped: left).bytes
    send(live: bytes, events: 1)
  }
}
