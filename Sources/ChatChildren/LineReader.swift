import ChatCore
import NIOCore
import NIOPosix

/// Reads a child's output from its pipe and cuts it into lines for the log.
///
/// It lives on an event loop of its own, so that a flood of lines costs the children's sockets
/// nothing.
final class LineReader: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let log: ChildLog
  private let stream: LogLine.Stream
  private let generation: Int64
  private var partial: [UInt8] = []
  private var isCut = false

  init(log: ChildLog, stream: LogLine.Stream, generation: Int64) {
    self.log = log
    self.stream = stream
    self.generation = generation
  }

  /// Takes over the descriptor `pipe` and reads it to its end, on `loop`.
  /// - Returns: a future that succeeds once all is read.
  static func read(
    _ pipe: Int32, on loop: any EventLoop, into log: ChildLog, _ stream: LogLine.Stream,
    generation: Int64
  ) -> EventLoopFuture<Void> {
    NIOPipeBootstrap(group: loop)
      .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 64 << 10))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            LineReader(log: log, stream: stream, generation: generation))
        }
      }
      .takingOwnershipOfDescriptor(input: pipe)
      .flatMap { $0.closeFuture }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    buffer.withUnsafeReadableBytes { bytes in
      var rest = bytes[...]
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        take(rest[..<end])
        finishLine()
        rest = rest[(end + 1)...]
      }
      take(rest)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    if !partial.isEmpty { finishLine() }
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func take(_ bytes: Slice<UnsafeRawBufferPointer>) {
    let room = ChildLog.lineByteLimit - partial.count
    partial.append(contentsOf: bytes.prefix(room))
    if bytes.count > room { isCut = true }
  }

  private func finishLine() {
    if partial.last == UInt8(ascii: "\r") { partial.removeLast() }
    let text = String(decoding: partial, as: UTF8.self)
    log.append(isCut ? text + " … (cut)" : text, stream, generation: generation)
    partial.removeAll(keepingCapacity: partial.capacity <= 4096)
    isCut = false
  }
}
