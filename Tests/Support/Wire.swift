import ChatCore
package import ChildProtocol
package import NIOCore
import NIOPosix
import Synchronization

/// A TCP connection, byte by byte: what it sends is the test's to say, right or wrong.
package final class Wire: Sendable {
  /// The other side ended it before what was expected came.
  package struct Ended: Error {
    package let rest: String
  }

  package let channel: any Channel
  private let received: Received

  private init(_ channel: any Channel, _ received: Received) {
    self.channel = channel
    self.received = received
  }

  /// Connects; with `receiveBytes` the kernel takes in about so much for one that does not read.
  package static func connect(_ port: Int, receiveBytes: Int? = nil) async throws -> Wire {
    let received = Received()
    var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Collector(received))
        }
      }
    if let receiveBytes {
      bootstrap = bootstrap.channelOption(
        .socketOption(.so_rcvbuf), value: SocketOptionValue(receiveBytes))
    }
    let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
    return Wire(channel, received)
  }

  /// Sends text.
  package func send(_ text: String) async throws { try await send(ByteBuffer(string: text)) }

  /// Sends bytes.
  package func send(_ bytes: ByteBuffer) async throws { try await channel.writeAndFlush(bytes) }

  /// Reads from the network no more, or again.
  package func setReading(_ isReading: Bool) async throws {
    try await channel.setOption(.autoRead, value: isReading).get()
  }

  /// Closes both sides.
  package func close() { channel.close(promise: nil) }

  /// Closes the sending side alone.
  package func finish() async throws { try await channel.close(mode: .output).get() }

  /// What `parse` makes of the bytes, once enough of them are here. One task takes at a time.
  package func take<T>(_ parse: (inout ByteBuffer) throws -> T?) async throws -> T {
    while true {
      let (value, isEnded) = try received.state.withLock { (try parse(&$0.bytes), $0.isEnded) }
      if let value { return value }
      guard !isEnded else { throw Ended(rest: received.text) }
      try Task.checkCancellation()
      await received.signal.wait()
    }
  }

  /// Everything until the other side ends it.
  package func rest() async -> String {
    while !received.state.withLock(\.isEnded) && !Task.isCancelled { await received.signal.wait() }
    return received.text
  }

  /// What came and was not taken yet.
  private final class Received: Sendable {
    let state = Mutex((bytes: ByteBuffer(), isEnded: false))
    let signal = Signal()

    var text: String { state.withLock { String(buffer: $0.bytes) } }

    func put(_ bytes: ByteBuffer) {
      state.withLock { _ = $0.bytes.writeImmutableBuffer(bytes) }
      signal.raise()
    }

    func end() {
      state.withLock { $0.isEnded = true }
      signal.raise()
    }
  }

  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let received: Received

    init(_ received: Received) { self.received = received }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      received.put(Self.unwrapInboundIn(data))
    }
    func channelInactive(context: ChannelHandlerContext) { received.end() }
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case ChannelEvent.inputClosed = event { received.end() }
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      context.close(promise: nil)
    }
  }
}

/// A response as it came.
package struct HTTPAnswer: Sendable {
  package let status: Int
  /// By their names in lower case.
  package let headers: [String: String]
  package var body: String

  /// The body, where it is JSON.
  package var json: JSON { (try? JSON(parsing: body.utf8)) ?? .null }
  /// A problem's `code`.
  package var code: String? { json["code"]?.string }
}

extension Wire {
  /// Reads a response. Of one to HEAD there is no body.
  package func response(toHead: Bool = false) async throws -> HTTPAnswer {
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
  package static func request(
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
  fileprivate func firstRange(of word: String.UTF8View) -> Range<Int>? {
    let word = Array(word)
    guard count >= word.count else { return nil }
    for start in startIndex...(endIndex - word.count)
    where self[start..<start + word.count].elementsEqual(word) {
      return start..<start + word.count
    }
    return nil
  }
}
