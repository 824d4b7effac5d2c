import ChildProtocol
import TestSupport
import Testing

@testable import ChildAuthoring

@Suite struct FilterTableTests {
  private let now = ContinuousClock.now

  private func message(_ id: Int64, ms: Int64? = nil, bytes: Int = 1) throws -> FilterMessage {
    let content = JSON.string(String(repeating: "x", count: bytes))
    let deadline = ms.map { JSON.number(String($0)) } ?? .null
    return try FilterMessage(
      id: .number(String(id)), params: ["message": ["content": content], "deadline_ms": deadline],
      mode: .text, now: now)
  }

  @Test func `messages are started in the order they came`() throws {
    var table = FilterTable()
    for id in 1...3 { try table.take(message(Int64(id))) }
    #expect(table.start()?.id == 1)
    #expect(table.remove(2) == .waiting)
    #expect(table.start()?.id == 3)
    #expect(!table.hasWaiting)
    #expect(table.start() == nil)
    #expect(table.remove(1) == .working)
    #expect(table.remove(1) == nil)
    #expect(table.count == 1)
  }

  @Test func `an id that is a text is not the number`() throws {
    var table = FilterTable()
    try table.take(message(7))
    #expect(table.remove("7") == nil)
    #expect(table.remove(7) == .waiting)
  }

  @Test func `what is too much is refused, and taken once there is room`() throws {
    var table = FilterTable()
    for id in 0..<FilterLimits.messageCount { try table.take(message(Int64(id))) }
    let one = try message(9999)
    let error = #expect(throws: RPCFailure.self) { try table.take(one) }
    #expect(error?.message.contains("256 messages are held") == true)
    table.remove(0)
    try table.take(one)
  }

  @Test func `bytes are bounded, too`() throws {
    var table = FilterTable()
    let half = FilterLimits.messageByteCount / 2
    try table.take(message(1, bytes: half))
    let second = try message(2, bytes: half + 1)
    #expect(throws: RPCFailure.self) { try table.take(second) }
    table.remove(1)
    try table.take(second)
    #expect(table.removeAll().map(\.id) == [2])
    try table.take(message(3, bytes: half * 2))
  }

  @Test func `the same id twice is refused`() throws {
    var table = FilterTable()
    let twice = try message(1)
    try table.take(twice)
    #expect(throws: RPCFailure.self) { try table.take(twice) }
    #expect(table.count == 1)
  }

  @Test func `those whose time is over are let go of, wherever they stand`() throws {
    var table = FilterTable()
    for (id, ms) in [(1, 100), (2, 200), (3, nil), (4, 100)] as [(Int64, Int64?)] {
      try table.take(message(id, ms: ms))
    }
    _ = table.start()
    #expect(table.nextDeadline == now + .milliseconds(100))
    #expect(table.expire(at: now + .milliseconds(99)).isEmpty)
    table.prolong(1, from: now + .milliseconds(50))
    #expect(table.expire(at: now + .milliseconds(100)).map(\.message.id) == [4])
    let rest = table.expire(at: now + .seconds(1))
    #expect(rest.map(\.message.id) == [1, 2])
    #expect(rest.map(\.place) == [.working, .waiting])
    #expect(table.nextDeadline == nil)
    #expect(table.count == 1)
  }

  @Test(arguments: 0..<20)
  func `any story leaves each message with one end`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var table = FilterTable()
    var taken: Set<JSON> = []
    var ended: [JSON] = []
    for step in 0..<500 {
      let time = now + .milliseconds(step)
      switch Int.random(in: 0..<5, using: &random) {
      case 0, 1:
        let ms = Bool.random(using: &random) ? Int64.random(in: 0..<600, using: &random) : nil
        let one = try message(Int64(step), ms: ms)
        try table.take(one)
        taken.insert(one.id)
      case 2: _ = table.start()
      case 3:
        let id = JSON.number(String(Int.random(in: 0...step, using: &random)))
        if table.remove(id) != nil { ended.append(id) }
      default: ended += table.expire(at: time).map(\.message.id)
      }
      #expect(table.count == taken.count - ended.count)
    }
    ended += table.removeAll().map(\.id)
    #expect(ended.count == taken.count)
    #expect(Set(ended) == taken)
  }
}
