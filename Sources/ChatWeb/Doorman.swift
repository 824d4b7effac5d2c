import ChildProtocol
import Foundation
import NIOCore
import NIOHTTP1

/// Stands before everything that reads requests, and lets through what can be dealt with.
///
/// - Only a good WebSocket handshake keeps its `Upgrade`: NIO drops a request that asks for an
///   upgrade nobody takes, and
///   its client would wait for ever. A faulty one bears `faultHeader` instead, so that the routes answer it.
/// - Header and body have to come in time, and a connection without a request closes when chatd
///   stops.
/// - What the parser refuses is answered, as long as nothing else is being answered; a body that
///   waits for it is asked for.
final class Doorman: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// Says why a handshake was not good. A client's own is taken off.
  static let faultHeader = "chatd-handshake-fault"

  private let limits: WebConfiguration.Limits
  private let socketPaths: Set<String>
  private let gatekeeper: Gatekeeper
  private var isFirst = true
  private var openRequestCount = 0
  private var deadline: Scheduled<Void>?

  init(limits: WebConfiguration.Limits, socketPaths: Set<String>, gatekeeper: Gatekeeper) {
    self.limits = limits
    self.socketPaths = socketPaths
    self.gatekeeper = gatekeeper
  }

  func handlerAdded(context: ChannelHandlerContext) { setDeadline(limits.headerTimeout, context) }

  func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = Self.unwrapInboundIn(data)
    switch part {
    case .head(let head):
      setDeadline(limits.bodyTimeout, context)
      encourage(head, context)
      openRequestCount += 1
      let checked = check(head)
      isFirst = false
      context.fireChannelRead(Self.wrapInboundOut(.head(checked)))
    case .body: context.fireChannelRead(data)
    case .end:
      deadline?.cancel()
      context.fireChannelRead(data)
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = Self.unwrapOutboundIn(data) { openRequestCount -= 1 }
    context.write(data, promise: promise)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    // Behind the first request there are others who know what is still to be answered.
    case is ChannelShouldQuiesceEvent where isFirst: context.close(promise: nil)
    case ChannelEvent.inputClosed where isFirst: context.close(promise: nil)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case let error as HTTPParserError where openRequestCount == 0: refuse(error, context)
    case is HTTPParserError: context.fireErrorCaught(error)
    default:
      if isFirst { context.close(promise: nil) } else { context.fireErrorCaught(error) }
    }
  }

  /// The request as those behind may see it.
  private func check(_ head: HTTPRequestHead) -> HTTPRequestHead {
    var head = head
    head.headers.remove(name: Self.faultHeader)
    obeyAbsoluteForm(&head)
    let handshake = Handshake(head, paths: socketPaths, isFirst: isFirst)
    let isAdmitted =
      gatekeeper.refusal(hosts: head.headers["host"], origins: head.headers["origin"]) == nil
    if handshake == .good, isAdmitted { return head }
    if case .faulty(let reason) = handshake {
      head.headers.add(name: Self.faultHeader, value: reason)
    }
    head.headers.remove(name: "upgrade")
    // A refused handshake, and a client of HTTP/1.0, wait for the connection to end.
    let isKept = handshake == .none && head.isKeepAlive
    head.headers.remove(name: "connection")
    if !isKept { head.headers.add(name: "connection", value: "close") }
    return head
  }

  /// A target with a host of its own counts for more than Host (RFC 9112 §3.2.2).
  private func obeyAbsoluteForm(_ head: inout HTTPRequestHead) {
    guard !head.uri.hasPrefix("/"), let scheme = head.uri.range(of: "://") else { return }
    let rest = head.uri[scheme.upperBound...]
    let host = String(rest.prefix { $0 != "/" && $0 != "?" })
    head.headers.replaceOrAdd(name: "host", value: host)
    let path = rest.dropFirst(host.count)
    head.uri = path.hasPrefix("/") ? String(path) : "/" + path
  }

  /// Asks for the body that a client holds back until it is asked (RFC 9110 §10.1.1).
  private func encourage(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let expected = head.headers[canonicalForm: "expect"].contains {
      $0.lowercased() == "100-continue"
    }
    guard expected, head.version == .http1_1, openRequestCount == 0 else { return }
    let answer = HTTPResponseHead(version: .http1_1, status: .continue)
    context.writeAndFlush(Self.wrapOutboundOut(.head(answer)), promise: nil)
  }

  private func refuse(_ error: HTTPParserError, _ context: ChannelHandlerContext) {
    let isTooLong = error == .headerOverflow
    var writer = JSONWriter()
    writer.object {
      $0.field("type", "about:blank")
      $0.field("title", isTooLong ? "Request Header Fields Too Large" : "Bad Request")
      $0.field("status", Int64(isTooLong ? 431 : 400))
      $0.field("detail", isTooLong ? "the header is too long" : "the request is not HTTP")
      $0.field("code", isTooLong ? "too_large" : "bad_request")
    }
    let head = HTTPResponseHead(
      version: .http1_1, status: isTooLong ? .requestHeaderFieldsTooLarge : .badRequest,
      headers: [
        "content-type": "application/problem+json", "connection": "close",
        "content-length": "\(writer.bytes.count)",
      ])
    openRequestCount += 1
    context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
    let body = ByteBuffer(bytes: writer.bytes)
    context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    let channel = context.channel
    context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).whenComplete { _ in
      channel.close(promise: nil)
    }
  }

  private func setDeadline(_ time: Duration, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    let channel = context.channel
    deadline = context.eventLoop.scheduleTask(in: TimeAmount(time)) { channel.close(promise: nil) }
  }
}
