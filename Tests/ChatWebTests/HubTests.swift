import ChatCore
import ChildProtocol
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import ChatWeb

@Suite(.timeLimit(.minutes(1)))
struct HubTests {
  private func delta(_ number: Int, bytes: Int = 300) -> Event {
    .delta(
      thread: .main, message: EntryID("m"), offset: number,
      text: String(repeating: "x", count: bytes))
  }

  @Test func everybodyGetsEverythingInOrder() async throws {
    try await Running.server { server in
      var clients: [WebSocketClient] = []
      for _ in 1...60 { clients.append(try await WebSocketClient.greeted(server.wsPort).0) }
      for number in 0..<200 { server.hub.publish(delta(number)) }
      for client in clients {
        for number in 0..<200 {
          let offset = try await client.next()["offset"]?.int
          try #require(offset == Int64(number))
        }
        client.wire.close()
      }
    }
  }

  @Test func oneThatReadsTooSlowlyIsCutOffAndNobodyElse() async throws {
    let configuration = WebConfiguration.test.with { $0.limits.watcherBytes = 256 << 10 }
    try await Running.server(configuration: configuration) { server in
      let (slow, _) = try await WebSocketClient.greeted(server.wsPort, receiveBytes: 4096)
      let (quick, _) = try await WebSocketClient.greeted(server.port)
      try await slow.wire.setReading(false)
      var number = 0
      while server.hub.counters.cutOff.load(ordering: .relaxed) == 0 {
        // Large ones: what the kernel takes in for the slow one comes to megabytes.
        for _ in 1...4 {
          server.hub.publish(delta(number, bytes: 40_000))
          #expect(try await quick.next()["offset"]?.int == Int64(number))
          number += 1
        }
      }
      try await slow.wire.setReading(true)
      var last: Int64 = -1
      var code: Int?
      while code == nil {
        switch try await slow.frame() {
        case .text(let text):
          let offset = try JSON(parsing: text.utf8)["offset"]?.int
          #expect(offset == last + 1)
          last = offset ?? -1
        case .close(let closing): code = closing
        case .ping, .pong: continue
        }
      }
      #expect(code == 4008)
      #expect(last < Int64(number))
      #expect(server.hub.counters.cutOff.load(ordering: .relaxed) == 1)
      server.hub.publish(delta(number))
      #expect(try await quick.next()["offset"]?.int == Int64(number))
      quick.wire.close()
    }
  }

  @Test func theNumberOfEventsThatWaitIsBoundedToo() async throws {
    let configuration = WebConfiguration.test.with {
      ($0.limits.watcherEvents, $0.limits.watcherBytes) = (40, 1 << 30)
    }
    try await Running.server(configuration: configuration) { server in
      let (slow, _) = try await WebSocketClient.greeted(server.wsPort, receiveBytes: 4096)
      try await slow.wire.setReading(false)
      let (quick, _) = try await WebSocketClient.greeted(server.wsPort)
      while server.hub.counters.cutOff.load(ordering: .relaxed) == 0 {
        server.hub.publish(delta(0, bytes: 20_000))
        _ = try await quick.next()
      }
      try await slow.wire.setReading(true)
      #expect(await slow.closeCode() == 4008)
      quick.wire.close()
    }
  }

  @Test func oneThatWasCutOffCanGoOnFromWhereItWas() async throws {
    let configuration = WebConfiguration.test.with { $0.limits.watcherBytes = 64 << 10 }
    try await Running.server(configuration: configuration) { server in
      let (slow, _) = try await WebSocketClient.greeted(server.wsPort, receiveBytes: 4096)
      try await slow.wire.setReading(false)
      let text = String(repeating: "x", count: 50_000)
      while server.hub.counters.cutOff.load(ordering: .relaxed) == 0 {
        _ = try await server.append(text)
      }
      try await slow.wire.setReading(true)
      var seq: Int64 = 0
      while let message = try? await slow.next() { seq = message["seq"]?.int ?? seq }
      let (again, _) = try await WebSocketClient.greeted(server.wsPort)
      let answer = try await again.ask(
        ["type": "subscribe", "epoch": "epoch-1", "last_seq": .number("\(seq)")])
      #expect(answer["resumed"] == true && answer["seq"]?.int == server.store.seq)
      while seq < server.store.seq {
        let message = try await again.next()
        #expect(message["prev_seq"]?.int == seq)
        seq = message["seq"]?.int ?? -1
      }
      again.wire.close()
    }
  }

  @Test func childrenThatChangeOftenAreShownAsTheyAreNow() async throws {
    try await Running.server { server in
      let (client, _) = try await WebSocketClient.greeted(server.wsPort)
      defer { client.wire.close() }
      for generation in 1...500 {
        server.hub.publish(
          .children([
            ChildStatus(
              id: ChildID("dice"), name: "Dice", state: .ready, since: Timestamp(milliseconds: 0),
              generation: Int64(generation), isWanted: true)
          ]))
      }
      var generations: [Int64] = []
      while generations.last != 500 {
        let message = try await client.next("children_update")
        generations.append(message["children"]?.array?.first?["generation"]?.int ?? 0)
      }
      #expect(generations == generations.sorted())
    }
  }

  @Test func publishingForNobodyIsQuickAndKeepsTheState() {
    let hub = Hub()
    for number in 0..<1_000 { hub.publish(delta(number, bytes: 1)) }
    hub.reach(seq: 5)
    #expect(hub.seq == 5)
  }

  @Test func framesAreJoinedAsFarAsTheyCanBe() throws {
    func counts(_ frames: [LiveFrame]) -> [Int] { Batch.batches(of: frames).map(\.frames.count) }
    let frames = (0..<600).map { LiveFrame(delta($0, bytes: 1))! }
    #expect(counts(frames) == [256, 256, 88])
    let large = (0..<5).map { LiveFrame(delta($0, bytes: 60_000))! }
    #expect(counts(large) == [2, 2, 1])
    #expect(counts([LiveFrame(delta(0, bytes: 200_000))!]) == [1])
    let log = LiveFrame.log(of: ChildID("a"), [], dropped: 0)
    #expect(counts([frames[0], frames[1], log, log, frames[2]]) == [2, 1, 1, 1])
    #expect(counts([]) == [])
    let first = try #require(Batch.batches(of: frames).first)
    #expect(
      first.bytes.readableBytes == frames.prefix(256).reduce(0) { $0 + $1.bytes.readableBytes })
    #expect(first.firstSeq == nil && !first.isLog)
  }

  @Test func aBurstIsNoReasonToCutAQuickClientOff() async throws {
    try await Running.server { server in
      let (client, _) = try await WebSocketClient.greeted(server.wsPort)
      defer { client.wire.close() }
      for number in 0..<3_000 { server.hub.publish(delta(number, bytes: 200)) }
      for number in 0..<3_000 {
        try #require(try await client.next()["offset"]?.int == Int64(number))
      }
    }
  }
}
