import ChatCore
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket

/// Sets up each connection: HTTP until a WebSocket is asked for, as the first request alone can.
///
/// Made by hand because the server's own upgrade is in a package that is not to be had, and because
/// NIO's pipeline drops requests for upgrades that nobody takes.
struct ConnectionChannel: HTTPChannelHandler {
  /// A connection whose first request has not come.
  struct Value: ServerChildChannelValue {
    let channel: any Channel
    let purpose: EventLoopFuture<Purpose>
  }

  /// What a connection turned out to be for.
  enum Purpose: Sendable {
    case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
    case socket(WebSocketSession)
  }

  let responder: Responder
  let limits: WebConfiguration.Limits
  /// The paths at which there are WebSockets.
  let socketPaths: Set<String>
  let gatekeeper: Gatekeeper
  let api: ChatAPI
  let hub: Hub

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      var decoderLimits = NIOHTTPDecoderLimitConfiguration()
      decoderLimits.maxHeaderListSize = limits.headerBytes
      decoderLimits.maxHeaderFieldSize = limits.headerBytes
      decoderLimits.maxHeaderFieldCount = limits.headerCount
      let encoder = HTTPResponseEncoder()
      let decoder = ByteToMessageHandler(
        HTTPRequestDecoder(
          leftOverBytesStrategy: .forwardBytes, limitConfiguration: decoderLimits))
      let doorman = Doorman(
        limits: limits, socketPaths: socketPaths, gatekeeper: gatekeeper)
      let upgrade = NIOTypedHTTPServerUpgradeHandler<Purpose>(
        httpEncoder: encoder, extraHTTPHandlers: [decoder, doorman],
        upgradeConfiguration: .init(
          upgraders: [SocketUpgrader(limits: limits, api: api, hub: hub)],
          notUpgradingCompletionHandler: { setUpHTTP($0, logger) }))
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(encoder)
      try pipeline.addHandler(decoder)
      try pipeline.addHandler(doorman)
      try pipeline.addHandler(upgrade)
      return Value(channel: channel, purpose: upgrade.upgradeResultFuture)
    }
  }

  func handle(value: Value, logger: Logger) async {
    let purpose = try? await withTaskCancellationHandler {
      try await value.purpose.get()
    } onCancel: {
      value.channel.close(promise: nil)
    }
    switch purpose {
    case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
    case .socket(let session): await session.run()
    case nil: value.channel.close(promise: nil)
    }
  }

  private func setUpHTTP(
    _ channel: any Channel, _ logger: Logger
  ) -> EventLoopFuture<Purpose> {
    channel.eventLoop.makeCompletedFuture {
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
      try pipeline.addHandler(
        HTTPConnectionStateHandler(idleTimeout: limits.idleTimeout, logger: logger))
      return .http(
        try NIOAsyncChannel(
          wrappingChannelSynchronously: channel,
          configuration: .init(isOutboundHalfClosureEnabled: true)))
    }
  }
}

/// Makes a WebSocket of a connection. NIO's own upgrader answers the handshake; frames are written
/// ready-made here, so its encoder is left out.
private struct SocketUpgrader: NIOTypedHTTPServerProtocolUpgrader {
  private let handshake = NIOTypedWebSocketServerUpgrader<Void>(
    shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
    upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
  private let limits: WebConfiguration.Limits
  private let api: ChatAPI
  private let hub: Hub

  init(limits: WebConfiguration.Limits, api: ChatAPI, hub: Hub) {
    self.limits = limits
    self.api = api
    self.hub = hub
  }

  var supportedProtocol: String { handshake.supportedProtocol }
  var requiredUpgradeHeaders: [String] { handshake.requiredUpgradeHeaders }

  func buildUpgradeResponse(
    channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
  ) -> EventLoopFuture<HTTPHeaders> {
    handshake.buildUpgradeResponse(
      channel: channel, upgradeRequest: upgradeRequest,
      initialResponseHeaders: initialResponseHeaders)
  }

  func upgrade(
    channel: any Channel, upgradeRequest: HTTPRequestHead
  ) -> EventLoopFuture<ConnectionChannel.Purpose> {
    channel.eventLoop.makeCompletedFuture {
      let handler = WebSocketHandler(limits: limits, hub: hub, loop: channel.eventLoop)
      let decoder = WebSocketFrameDecoder(maxFrameSize: limits.messageBytes)
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(ByteToMessageHandler(decoder))
      try pipeline.addHandler(handler)
      let socket = Socket(handler)
      let (epoch, assistant, heartbeat) = (api.reader.epoch, api.assistant(), limits.heartbeat)
      hub.join(on: channel.eventLoop) { seq in
        let hello = Answer.hello(
          epoch: epoch, seq: seq, heartbeat: heartbeat, assistant: assistant)
        return { socket.handler.begin(in: $0, hello: hello, floor: seq) }
      }
      return .socket(
        WebSocketSession(api: api, hub: hub, socket: socket, inbound: handler.inbound))
    }
  }
}
