import ChatCore
import Foundation
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
  /// So much is read in a second; then the child has to wait with its writing until the second is
  /// over. Passing over a flood costs little, but not nothing.
  static let bytesPerSecond = 32 << 20

  private var bytesInSecond = 0
  private var secondEnd = NIODeadline.now()
  /// What is left of a line whose beginning was dropped.
  private var isDroppingLine = false

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
      .channelOption(
        .recvAllocator,
        value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: 64 << 10)
      )
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
    hold(context, buffer.readableBytes)
    buffer.withUnsafeReadableBytes { bytes in
      if log.isFlooded() { return drop(bytes[...]) }
      var rest = bytes[...]
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        take(rest[..<end])
        rest = rest[(end + 1)...]
        if !finishLine() { return drop(rest) }
      }
      take(rest)
    }
  }

  /// Lets a child wait that has written more than is read in a second.
  private func hold(_ context: ChannelHandlerContext, _ byteCount: Int) {
    let now = context.eventLoop.now
    if now >= secondEnd { (bytesInSecond, secondEnd) = (0, now + .seconds(1)) }
    bytesInSecond += byteCount
    guard bytesInSecond > Self.bytesPerSecond else { return }
    bytesInSecond = 0
    let channel = context.channel
    channel.setOption(.autoRead, value: false).whenComplete { _ in }
    context.eventLoop.scheduleTask(deadline: secondEnd) {
      channel.setOption(.autoRead, value: true).whenComplete { _ in }
    }
  }

  private func lineCount(in bytes: Slice<UnsafeRawBufferPointer>) -> Int {
    var count = 0
    var rest = UnsafeRawBufferPointer(rebasing: bytes)
    while let start = rest.baseAddress,
      let end = memchr(start, Int32(UInt8(ascii: "\n")), rest.count)
    {
      count += 1
      let length = UnsafeRawPointer(end) - start + 1
      rest = UnsafeRawBufferPointer(rebasing: rest[length...])
    }
    return count
  }

  /// Passes over what a flood brings: only its lines are counted.
  private func drop(_ bytes: Slice<UnsafeRawBufferPointer>) {
    guard let last = bytes.last else { return }
    log.drop(lineCount(in: bytes))
    partial.removeAll()
    isDroppingLine = last != UInt8(ascii: "\n")
  }

  func channelInactive(context: ChannelHandlerContext) {
    if !partial.isEmpty { _ = finishLine() }
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func take(_ bytes: Slice<UnsafeRawBufferPointer>) {
    if isDroppingLine { return }
    let room = ChildLog.lineByteLimit - partial.count
    partial.append(contentsOf: bytes.prefix(room))
    if bytes.count > room { isCut = true }
  }

  /// - Returns: false where it was dropped, and what follows it will be.
  private func finishLine() -> Bool {
    if isDroppingLine {
      isDroppingLine = false
      log.drop(1)
      return true
    }
    if partial.last == UInt8(ascii: "\r") { partial.removeLast() }
    let text = String(decoding: partial, as: UTF8.self)
    partial.removeAll(keepingCapacity: partial.capacity <= 4096)
    defer { isCut = false }
    return log.append(isCut ? text + " … (cut)" : text, stream, generation: generation)
  }
}
