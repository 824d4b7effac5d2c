import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing

@testable import ChatWeb

/// The WebSocket's clocks, by a clock of the test's.
struct HeartbeatTests {
  private let channel = EmbeddedChannel()
  private let handler: WebSocketHandler
  private let group = WatcherGroup()

  init() throws {
    let hub = Hub()
    handler = WebSocketHandler(
      limits: WebConfiguration.Limits(), hub: hub, loop: channel.eventLoop)
    hub.join(on: channel.eventLoop) { _ in { _ in } }
    try channel.pipeline.syncOperations.addHandler(handler)
    try channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    handler.begin(in: group, hello: ByteBuffer(string: "hello"), floor: 0)
    _ = try written()
  }

  private func written() throws -> [ByteBuffer] {
    var frames: [ByteBuffer] = []
    while let frame = try channel.readOutbound(as: ByteBuffer.self) { frames.append(frame) }
    return frames
  }

  private func receive(_ opcode: WebSocketOpcode, _ bytes: [UInt8] = []) throws {
    var data = ByteBuffer(bytes: bytes)
    let key: WebSocketMaskingKey = [1, 2, 3, 4]
    data.webSocketMask(key)
    try channel.writeInbound(
      WebSocketFrame(fin: true, opcode: opcode, maskKey: key, data: data))
  }

  @Test func twoPingsWithoutAnAnswerAreTheEnd() throws {
    channel.embeddedEventLoop.advanceTime(by: .seconds(14))
    #expect(try written() == [])
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(try written() == [ServerFrame.ping()])
    channel.embeddedEventLoop.advanceTime(by: .seconds(15))
    #expect(try written() == [ServerFrame.ping()])
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .seconds(15))
    #expect(!channel.isActive)
  }

  @Test(arguments: [WebSocketOpcode.pong, .ping, .text])
  func whateverIsHeardCountsAsLife(_ opcode: WebSocketOpcode) throws {
    for _ in 1...20 {
      channel.embeddedEventLoop.advanceTime(by: .seconds(29))
      try receive(opcode)
      #expect(channel.isActive)
    }
    channel.embeddedEventLoop.advanceTime(by: .seconds(46))
    #expect(!channel.isActive)
  }

  @Test func whileChatdItselfDoesNotReadNothingIsExpected() throws {
    for _ in 1...256 { try receive(.text) }
    channel.embeddedEventLoop.advanceTime(by: .seconds(200))
    #expect(channel.isActive)
    handler.answered(byteCount: 0)
    channel.embeddedEventLoop.advanceTime(by: .seconds(60))
    #expect(!channel.isActive)
  }

  @Test func aClientThatTakesNothingAndSaysNothingIsHungUpOn() throws {
    channel.isWritable = false
    handler.send(answer: [ByteBuffer(string: "answer")], done: nil)
    channel.embeddedEventLoop.advanceTime(by: .seconds(46))
    #expect(!channel.isActive)
    #expect(try written() == [])
  }

  @Test func aSlowClientHasLongerForTheCloseFrame() throws {
    handler.end(.tooSlow, "slow")
    #expect(try written() == [ServerFrame.close(.tooSlow, "slow")])
    channel.embeddedEventLoop.advanceTime(by: .seconds(29))
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .seconds(2))
    #expect(!channel.isActive)
  }

  @Test func othersHaveALittleTime() throws {
    try receive(.binary)
    #expect(try written() == [ServerFrame.close(.unsupported, "messages have to be text")])
    channel.embeddedEventLoop.advanceTime(by: .seconds(4))
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(!channel.isActive)
  }

  @Test func whenChatdStopsCommandsThatRunAreWaitedForAWhile() throws {
    channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    channel.embeddedEventLoop.advanceTime(by: .seconds(4))
    #expect(try written() == [])
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(try written() == [ServerFrame.close(.goingAway, "chatd is stopping")])
  }
}
