import CCurl
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
  private let inbox: CurlInbox
  private let turns: Turns
  private let clock = ContinuousClock()
  private var handles: [ObjectIdentifier: CurlHandle] = [:]
  private var isStopping = false

  init(multi: UnsafeMutableRawPointer, inbox: CurlInbox, turns: Turns) {
    self.multi = multi
    self.inbox = inbox
    self.turns = turns
  }

  /// Returns after `stop`, with nothing under way any more.
  func run() {
    while true {
      turns.add()
      for command in inbox.take() { obey(command) }
      if isStopping { break }
      var running: Int32 = 0
      let result = curl_multi_perform(multi, &running)
      finishDone()
      dropSilent()
      if result != CURLM_OK { failAll(result) }
      // In any case: what fails for good would else keep the processor busy.
      sleep()
    }
    for handle in handles.values { drop(handle, TransferFailure(.closed)) }
    inbox.close()
    curl_multi_cleanup(multi)
  }

  private func obey(_ command: CurlInbox.Command) {
    switch command {
    case .open(let transfer): open(transfer)
    case .resume(let transfer): handles[ObjectIdentifier(transfer)]?.resume(at: clock.now)
    case .cancel(let transfer):
      if let handle = handles[ObjectIdentifier(transfer)] { abandon(handle, nil) }
    case .release(let transfer):
      handles[ObjectIdentifier(transfer)]?.release(until: clock.now + Self.releaseTime)
    case .stop: isStopping = true
    }
  }

  private func open(_ transfer: Transfer) {
    guard let handle = CurlHandle(transfer, now: clock.now),
      curl_multi_add_handle(multi, handle.easy) == CURLM_OK
    else {
      transfer.finish(TransferFailure(.other, "libcurl can't take the request"))
      return
    }
    handles[ObjectIdentifier(transfer)] = handle
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

  private func dropSilent() {
    let now = clock.now
    for handle in handles.values where handle.deadline <= now {
      if let failure = handle.silence(at: now) { abandon(handle, failure) }
    }
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
  }

  /// Waits for the network, a command, or the first deadline; libcurl's own timers end it too.
  private func sleep() {
    var timeout = Int32.max
    if let deadline = handles.values.map(\.deadline).min() {
      let left = clock.now.duration(to: deadline) / Duration.milliseconds(1)
      timeout = Int32(min(max(left.rounded(.up), 0), Double(Int32.max)))
    }
    let result = curl_multi_poll(multi, nil, 0, timeout, nil)
    if result != CURLM_OK { failAll(result) }
  }

  /// The multi handle itself fails, for want of memory at the most: nothing under way can go on.
  private func failAll(_ code: CURLMcode) {
    let failure = TransferFailure(.other, String(cString: curl_multi_strerror(code)))
    for handle in handles.values { drop(handle, failure) }
  }
}
