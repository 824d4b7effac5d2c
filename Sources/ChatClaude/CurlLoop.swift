import CCurl
import Foundation
import Synchronization

/// What libcurl's thread does: obey, move bytes, tell what is done, drop what is silent, sleep.
///
/// Everything in here belongs to that thread; the inbox is the one thing that others touch.
final class CurlLoop {
  /// How long a transfer whose reader has left may take to end in order.
  static let releaseTime = Duration.seconds(1)

  /// How often the thread has come round: it does for what happens, never to look whether something
  /// did.
  final class Turns: Sendable {
    private let number = Atomic(0)

    var count: Int { number.load(ordering: .relaxed) }

    fileprivate func add() { number.add(1, ordering: .relaxed) }
  }

  private let multi: UnsafeMutableRawPointer
  private let poll: SocketPoll
  private let inbox: CurlInbox
  private let turns: Turns
  private let clock = ContinuousClock()
  private let intake = Intake()
  private var rest = Rest()
  private var handles: [ObjectIdentifier: CurlHandle] = [:]
  /// When libcurl wants to be asked, whatever happens.
  fileprivate var timer: ContinuousClock.Instant?
  /// No deadline of a transfer comes before.
  private var firstDeadline: ContinuousClock.Instant?
  private var failure: TransferFailure?
  private var isStopping = false

  init(
    multi: UnsafeMutableRawPointer, poll: SocketPoll, inbox: CurlInbox, turns: Turns
  ) {
    self.multi = multi
    self.poll = poll
    self.inbox = inbox
    self.turns = turns
  }

  /// Returns after `stop`, with nothing under way any more.
  func run() {
    setCallbacks()
    while true {
      turns.add()
      for command in inbox.take() { obey(command) }
      if isStopping { break }
      if let timer, timer <= clock.now {
        self.timer = nil
        act(CURL_SOCKET_TIMEOUT, 0)
      }
      finishDone()
      dropSilent()
      failAll()
      intake.handOver()
      sleep()
    }
    for handle in handles.values { drop(handle, TransferFailure(.closed)) }
    inbox.close()
    curl_multi_cleanup(multi)
  }

  private func setCallbacks() {
    // Unretained: libcurl calls within `run` alone.
    let context = Unmanaged.passUnretained(self).toOpaque()
    let results = [
      ccurl_multi_set_socket_callback(multi, watchSocket),
      ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context),
      ccurl_multi_set_timer_callback(multi, setTimer),
      ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context),
    ]
    for result in results { note(result) }
  }

  /// Has libcurl do what a socket is ready for, or what is due.
  private func act(_ socket: curl_socket_t, _ ready: Int32) {
    var running: Int32 = 0
    note(curl_multi_socket_action(multi, socket, ready, &running))
  }

  private func obey(_ command: CurlInbox.Command) {
    switch command {
    case .open(let transfer): open(transfer)
    case .resume(let transfer): handles[ObjectIdentifier(transfer)]?.resume(at: clock.now)
    case .cancel(let transfer):
      if let handle = handles[ObjectIdentifier(transfer)] { abandon(handle, nil) }
    case .release(let transfer):
      let deadline = clock.now + Self.releaseTime
      handles[ObjectIdentifier(transfer)]?.release(until: deadline)
      heed(deadline)
    case .stop: isStopping = true
    }
  }

  private func open(_ transfer: Transfer) {
    guard let handle = CurlHandle(transfer, intake, now: clock.now),
      curl_multi_add_handle(multi, handle.easy) == CURLM_OK
    else {
      transfer.finish(TransferFailure(.other, "libcurl can't take the request"))
      return
    }
    handles[ObjectIdentifier(transfer)] = handle
    heed(handle.deadline)
  }

  private func finishDone() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      // The message is of no use once its handle is removed: what counts of it is read first.
      let code = ccurl_result(message)
      guard message.pointee.msg == CURLMSG_DONE,
        let handle = CurlHandle.of(message.pointee.easy_handle)
      else { continue }
      drop(handle, code == CURLE_OK ? nil : handle.failure(code))
    }
  }

  /// Sees to it that the deadlines are looked at in time.
  private func heed(_ deadline: ContinuousClock.Instant) {
    firstDeadline = min(firstDeadline ?? deadline, deadline)
  }

  /// Looks at all transfers only where a deadline may have passed: what has come meanwhile has put
  /// it off, mostly.
  private func dropSilent() {
    guard let firstDeadline, firstDeadline <= clock.now else { return }
    let now = clock.now
    for handle in handles.values where handle.deadline <= now {
      if let failure = handle.silence(at: now) { abandon(handle, failure) }
    }
    self.firstDeadline = handles.values.map(\.deadline).min()
  }

  /// Drops a transfer in its middle, so that its server notices at once.
  private func abandon(_ handle: CurlHandle, _ failure: TransferFailure?) {
    handle.forbidReuse()
    drop(handle, failure)
  }

  /// Ends a transfer; a reader that has left hears nothing of it.
  private func drop(_ handle: CurlHandle, _ failure: TransferFailure?) {
    handles[ObjectIdentifier(handle.transfer)] = nil
    curl_multi_remove_handle(multi, handle.easy)
    handle.transfer.finish(failure)
    guard handles.isEmpty else { return }
    firstDeadline = nil
    rest.cancel()
  }

  /// Waits for the network, a command, or what is due first, and has libcurl read what came.
  private func sleep() {
    let now = clock.now
    let restEnd = rest.end(at: now)
    let due = [restEnd, timer, firstDeadline].compactMap(\.self).min()
    let milliseconds = due.map { now.duration(to: $0) / Duration.milliseconds(1) }
    let timeout = milliseconds.map { Int32(min(max($0.rounded(.up), 0), Double(Int32.max))) } ?? -1
    guard restEnd == nil else { return poll.waitForBell(timeout) }
    var wokenAt: ContinuousClock.Instant?
    poll.wait(timeout) { socket, ready in
      if wokenAt == nil { wokenAt = clock.now }
      act(socket, ready)
    }
    if let wokenAt, !handles.isEmpty { rest.begin(at: wokenAt, byteCount: intake.byteCount) }
  }

  /// Takes a socket of libcurl's in, or out.
  fileprivate func watch(_ socket: curl_socket_t, _ what: Int32) {
    if !poll.watch(socket, what) {
      failure = TransferFailure(.exhausted, String(cString: strerror(errno)))
    }
  }

  private func note(_ result: CURLMcode) {
    guard result != CURLM_OK else { return }
    failure = TransferFailure(.other, String(cString: curl_multi_strerror(result)))
  }

  /// Where the multi handle itself fails, for want of memory at the most, nothing under way can go
  /// on.
  private func failAll() {
    guard let failure else { return }
    self.failure = nil
    for handle in handles.values { drop(handle, failure) }
  }
}

/// CURLMOPT_SOCKETFUNCTION: what a socket has to be looked at for.
private func watchSocket(
  _ easy: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _ what: Int32,
  _ context: UnsafeMutableRawPointer?, _ known: UnsafeMutableRawPointer?
) -> Int32 {
  loop(context)?.watch(socket, what)
  return 0
}

/// CURLMOPT_TIMERFUNCTION: in how many milliseconds libcurl wants to be asked; -1: not at all.
private func setTimer(
  _ multi: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  loop(context)?.timer = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
  return 0
}

private func loop(_ context: UnsafeMutableRawPointer?) -> CurlLoop? {
  context.map { Unmanaged<CurlLoop>.fromOpaque($0).takeUnretainedValue() }
}
