import ChildProtocol
import Foundation
import NIOCore
import NIOPosix

/// What comes over a child's socket.
enum ConnectionEvent: Sendable {
  /// Somebody has connected. It is the child if the child's process leads `session`.
  case connected(any Channel, session: Int32, uid: UInt32)
  case frame(Frame)
  /// The stream can't be read any further.
  case broken(reason: String)
  /// It is closed, from either side.
  case closed
}

/// One generation's socket: listens at a path, says who connects, cuts the stream into frames.
///
/// All on the supervisor's event loop, handlers and no asynchronous sequences: these are the hot
/// path.
enum ChildListener {
  /// What SO_PEERCRED yields, `struct ucred` of unix(7).
  private struct Credentials {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
  }

  /// Listens at `path`; `deliver` is called on `loop`, for each connection with a channel of its
  /// own until `.closed`.
  static func listen(
    at path: String, on loop: any EventLoop,
    deliver: @escaping @Sendable (ObjectIdentifier, ConnectionEvent) -> Void
  ) -> EventLoopFuture<any Channel> {
    ServerBootstrap(group: loop)
      .serverChannelOption(.backlog, value: 4)
      .childChannelOption(.maxMessagesPerRead, value: 4)
      .childChannelInitializer { channel in
        guard let options = channel as? any SocketOptionProvider else {
          return loop.makeFailedFuture(ChildError.unusable(reason: "a socket without options"))
        }
        let peer: EventLoopFuture<Credentials> = options.unsafeGetSocketOption(
          level: .socket, name: .init(rawValue: SO_PEERCRED))
        return peer.flatMapThrowing { peer in
          let id = ObjectIdentifier(channel)
          // Told once the channel is active: nothing can be written to it before.
          let connected = ConnectionEvent.connected(
            channel, session: getsid(peer.pid), uid: peer.uid)
          try channel.pipeline.syncOperations.addHandler(
            FrameReader(connected: connected) { deliver(id, $0) })
        }
      }
      .bind(unixDomainSocketPath: path)
  }
}

/// Cuts what a child sends into frames.
final class FrameReader: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let connected: ConnectionEvent
  private let deliver: (ConnectionEvent) -> Void
  private var decoder = FrameDecoder(limit: Frame.fromChildByteLimit, hardLimit: Frame.byteLimit)
  private var isBroken = false

  /// A reader that says `connected` first, then what comes, then `.closed`.
  init(connected: ConnectionEvent, deliver: @escaping (ConnectionEvent) -> Void) {
    self.connected = connected
    self.deliver = deliver
  }

  func channelActive(context: ChannelHandlerContext) {
    deliver(connected)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isBroken else { return }
    unwrapInboundIn(data).withUnsafeReadableBytes { decoder.append($0) }
    do throws(FrameError) {
      while let frame = try decoder.next() { deliver(.frame(frame)) }
    } catch {
      isBroken = true
      deliver(.broken(reason: "it sent \(error)"))
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    do throws(FrameError) {
      if !isBroken { try decoder.finish() }
    } catch {
      deliver(.broken(reason: "\(error)"))
    }
    deliver(.closed)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension Channel {
  /// Writes `json` as one frame and flushes it.
  func writeFrame(_ json: [UInt8]) {
    var buffer = allocator.buffer(capacity: 4 + json.count)
    buffer.writeInteger(UInt32(json.count))
    buffer.writeBytes(json)
    writeAndFlush(buffer, promise: nil)
  }

  /// Writes a frame whose JSON stands in three pieces, of which the middle one is shared with other
  /// children.
  func writeFrame(_ head: [UInt8], _ shared: ByteBuffer, _ tail: [UInt8]) {
    let count = head.count + shared.readableBytes + tail.count
    // A small message is copied, so that one write carries the frame; a large one is not.
    let isSmall = count <= 16 << 10
    var buffer = allocator.buffer(capacity: 4 + (isSmall ? count : head.count))
    buffer.writeInteger(UInt32(count))
    buffer.writeBytes(head)
    if isSmall {
      buffer.writeImmutableBuffer(shared)
      buffer.writeBytes(tail)
    } else {
      write(buffer, promise: nil)
      write(shared, promise: nil)
      buffer = allocator.buffer(bytes: tail)
    }
    writeAndFlush(buffer, promise: nil)
  }
}
