import NIOCore
import NIOWebSocket

/// One WebSocket on its event loop: frames in, frames out, pings, and the end.
///
/// Messages go to `inbound`, where the session takes them; its answers and the hub's frames come
/// back through the methods of `WebSocketHandler+Sending`.
final class WebSocketHandler: ChannelDuplexHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// How far its life has come; each goes to a later one alone.
  enum Phase {
    case open
    /// chatd stops: no further commands, until those that run are answered or `closeTimeout` is
    /// over.
    case draining
    /// A close frame is written; until the other side's comes, or the time is over.
    case closing
    case closed
  }

  let limits: WebConfiguration.Limits
  let hub: Hub
  let loop: any EventLoop
  /// Messages that came. Bounded by `limits.unanswered…`: beyond it nothing is read.
  let inbound = Mailbox<ByteBuffer>()

  var context: ChannelHandlerContext?
  private(set) var phase = Phase.open
  var outbox: Outbox
  var watcher: Watcher?
  weak var group: WatcherGroup?
  var needsFlush = false
  /// Those who wait until fewer answers wait.
  var answerWaiters: [EventLoopPromise<Void>] = []

  private var reader: FrameReader
  private var unansweredCount = 0
  private var unansweredBytes = 0
  private var isReadWanted = false
  private var unheardPingCount = 0
  private var heartbeat: Scheduled<Void>?
  private var deadline: Scheduled<Void>?

  /// A WebSocket on `loop`.
  init(limits: WebConfiguration.Limits, hub: Hub, loop: any EventLoop) {
    self.limits = limits
    self.hub = hub
    self.loop = loop
    reader = FrameReader(byteLimit: limits.messageBytes)
    outbox = Outbox(eventLimit: limits.watcherEvents, byteLimit: limits.watcherBytes)
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { finish() }

  func channelInactive(context: ChannelHandlerContext) {
    finish()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    heard()
    let result = reader.read(Self.unwrapInboundIn(data))
    switch (result, phase) {
    case (.close, .closing): context.close(promise: nil)
    case (_, .closing), (_, .closed), (.nothing, _): break
    case (.message(let text), .open): take(text)
    case (.message, .draining): break
    case (.ping(let data), _): send(ServerFrame.pong(data))
    case (.close(let code), _): agree(to: code)
    case (.fault(let code, let reason), _): end(code, reason)
    }
  }

  func read(context: ChannelHandlerContext) {
    if isFull { isReadWanted = true } else { context.read() }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable {
      heard()
      pump()
    }
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case is ChannelShouldQuiesceEvent: drain()
    case ChannelEvent.inputClosed: context.close(promise: nil)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case NIOWebSocketError.invalidFrameLength:
      end(.tooLarge, "a message has at most \(limits.messageBytes) bytes")
    case is NIOWebSocketError: end(.protocolError, "a control frame is short and whole")
    default: context.close(promise: nil)
    }
  }

  /// Says that one message of this size is answered.
  func answered(byteCount: Int) {
    unansweredCount -= 1
    unansweredBytes -= byteCount
    resumeReading()
  }

  /// Says that every command that came is answered, but for those that take long.
  func commandsEnded() {
    if phase == .draining { end(.goingAway, "chatd is stopping") }
  }

  /// Ends it with a close frame behind what the socket has taken; what waits is dropped.
  func end(_ code: CloseCode, _ reason: String) {
    guard phase == .open || phase == .draining else { return }
    beginClosing(within: code == .tooSlow ? limits.slowCloseTimeout : limits.closeTimeout)
    write(ServerFrame.close(code, reason))
    flush()
  }

  /// Answers the other side's close frame and hangs up.
  private func agree(to code: UInt16?) {
    beginClosing(within: limits.closeTimeout)
    guard let context else { return }
    let frame = Self.wrapOutboundOut(ServerFrame.closeEcho(code))
    context.writeAndFlush(frame).assumeIsolated().whenComplete { [weak self] _ in
      self?.context?.close(promise: nil)
    }
  }

  private func drain() {
    guard phase == .open else { return }
    phase = .draining
    inbound.finish()
    setDeadline(limits.closeTimeout) { $0.end(.goingAway, "chatd is stopping") }
  }

  private func beginClosing(within time: Duration) {
    phase = .closing
    leave()
    setDeadline(time) { $0.context?.close(promise: nil) }
    // What still comes is read, to find the other side's close frame in it.
    resumeReading()
  }

  /// No message is taken, no answer kept and no event sent from now on.
  private func leave() {
    inbound.finish()
    outbox.clear()
    let waiters = answerWaiters
    answerWaiters = []
    for waiter in waiters { waiter.succeed() }
    if group?.remove(self) == true { hub.leave(from: loop) }
    (group, watcher) = (nil, nil)
  }

  private func finish() {
    guard phase != .closed else { return }
    phase = .closed
    leave()
    heartbeat?.cancel()
    deadline?.cancel()
    context = nil
  }

  private func take(_ text: ByteBuffer) {
    unansweredCount += 1
    unansweredBytes += text.readableBytes
    inbound.put(text)
  }

  private func resumeReading() {
    guard isReadWanted, !isFull else { return }
    isReadWanted = false
    context?.read()
  }

  private var isFull: Bool {
    guard phase == .open || phase == .draining else { return false }
    return unansweredCount >= limits.unansweredCount || unansweredBytes >= limits.unansweredBytes
  }

  private func heard() { unheardPingCount = 0 }

  /// Lets the next ping go out in time.
  func scheduleHeartbeat() {
    heartbeat = loop.assumeIsolated().scheduleTask(in: TimeAmount(limits.heartbeat)) {
      [weak self] in self?.beat()
    }
  }

  private func beat() {
    // While chatd itself does not read there is nothing to be heard.
    if isFull && outbox.isEmpty { heard() }
    guard unheardPingCount < 2 else {
      context?.close(promise: nil)
      return
    }
    unheardPingCount += 1
    if phase == .open { send(ServerFrame.ping()) }
    scheduleHeartbeat()
  }

  private func setDeadline(_ time: Duration, _ body: @escaping (WebSocketHandler) -> Void) {
    deadline?.cancel()
    deadline = loop.assumeIsolated().scheduleTask(in: TimeAmount(time)) {
      [weak self] in if let self { body(self) }
    }
  }
}
