import ChildProtocol
import NIOCore
import NIOPosix
import Synchronization

@testable import ChatWeb

/// A TCP connection, byte by byte: what it sends is the test's to say, right or wrong.
final class Wire: Sendable {
  /// The other side ended it before what was expected came.
  struct Ended: Error {
    let rest: String
  }

  let channel: any Channel
  private let inbox: Mailbox<ByteBuffer>
  private let buffer = Mutex(ByteBuffer())

  private init(_ channel: any Channel, _ inbox: Mailbox<ByteBuffer>) {
    self.channel = channel
    self.inbox = inbox
  }

  /// Connects; with `receiveBytes` the kernel takes in about so much for one that does not read.
  static func connect(_ port: Int, receiveBytes: Int? = nil) async throws -> Wire {
    let inbox = Mailbox<ByteBuffer>()
    var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Collector(inbox))
        }
      }
    if let receiveBytes {
      bootstrap = bootstrap.channelOption(
        .socketOption(.so_rcvbuf), value: SocketOptionValue(receiveBytes))
    }
    let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
    return Wire(channel, inbox)
  }

  func send(_ text: String) async throws { try await send(ByteBuffer(string: text)) }

  func send(_ bytes: ByteBuffer) async throws { try await channel.writeAndFlush(bytes) }

  /// Reads from the network no more, or again.
  func setReading(_ isReading: Bool) async throws {
    try await channel.setOption(.autoRead, value: isReading).get()
  }

  func close() { channel.close(promise: nil) }

  /// Closes the sending side alone.
  func finish() async throws { try await channel.close(mode: .output).get() }

  /// What `parse` makes of the bytes, once enough of them are here.
  func take<T>(_ parse: (inout ByteBuffer) throws -> T?) async throws -> T {
    while true {
      if let value = try buffer.withLock({ try parse(&$0) }) { return value }
      guard var more = await inbox.next() else {
        throw Ended(rest: buffer.withLock { String(buffer: $0) })
      }
      buffer.withLock { _ = $0.writeBuffer(&more) }
    }
  }

  /// Everything until the other side ends it.
  func rest() async -> String {
    while var more = await inbox.next() { buffer.withLock { _ = $0.writeBuffer(&more) } }
    return buffer.withLock { String(buffer: $0) }
  }

  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let inbox: Mailbox<ByteBuffer>

    init(_ inbox: Mailbox<ByteBuffer>) { self.inbox = inbox }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      inbox.put(Self.unwrapInboundIn(data))
    }
    func channelInactive(context: ChannelHandlerContext) { inbox.finish() }
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case ChannelEvent.inputClosed = event { inbox.finish() }
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      context.close(promise: nil)
    }
  }
}

/// A response as it came.
struct HTTPAnswer {
  let status: Int
  let headers: [String: String]
  var body: String

  var json: JSON { (try? JSON(parsing: body.utf8)) ?? .null }
  var code: String? { json["code"]?.string }
}

extension Wire {
  /// Reads a response. Of one to HEAD there is no body.
  func response(toHead: Bool = false) async throws -> HTTPAnswer {
    let head = try await take { buffer -> String? in
      let view = buffer.readableBytesView
      guard let end = view.firstRange(of: "\r\n\r\n".utf8) else { return nil }
      return buffer.readString(length: end.upperBound - view.startIndex)
    }
    let lines = head.split(separator: "\r\n")
    let status = Int(lines[0].split(separator: " ")[1]) ?? 0
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] = parts[1].drop { $0 == " " }.description
    }
    var answer = HTTPAnswer(status: status, headers: headers, body: "")
    if toHead || status == 304 || status == 101 { return answer }
    if let length = headers["content-length"].flatMap({ Int($0) }) {
      answer.body = try await take { $0.readString(length: length) }
    } else if headers["transfer-encoding"] == "chunked" {
      answer.body = try await chunks()
    }
    return answer
  }

  private func chunks() async throws -> String {
    var body = ByteBuffer()
    while true {
      let size = try await take { buffer -> Int? in
        let view = buffer.readableBytesView
        guard let end = view.firstRange(of: "\r\n".utf8) else { return nil }
        let line = buffer.readString(length: end.upperBound - view.startIndex) ?? ""
        return Int(line.dropLast(1), radix: 16)
      }
      var chunk = try await take { $0.readSlice(length: size + 2) }
      if size == 0 { return String(buffer: body) }
      chunk.moveWriterIndex(to: chunk.writerIndex - 2)
      body.writeBuffer(&chunk)
    }
  }

  /// A request of its own connection, as a browser without a page would send it.
  static func request(
    _ port: Int, _ method: String, _ target: String, body: String? = nil,
    headers: [String] = ["Host: localhost"]
  ) async throws -> HTTPAnswer {
    let wire = try await Wire.connect(port)
    defer { wire.close() }
    var lines = ["\(method) \(target) HTTP/1.1"] + headers
    if let body {
      lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
    }
    try await wire.send((lines + ["", body ?? ""]).joined(separator: "\r\n"))
    return try await wire.response(toHead: method == "HEAD")
  }
}

extension ByteBufferView {
  func firstRange(of word: String.UTF8View) -> Range<Int>? {
    let word = Array(word)
    guard count >= word.count else { return nil }
    for start in startIndex...(endIndex - word.count)
    where self[start..<start + word.count].elementsEqual(word) {
      return start..<start + word.count
    }
    return nil
  }
}
