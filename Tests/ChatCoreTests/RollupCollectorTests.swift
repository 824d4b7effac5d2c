import Testing

@testable import ChatCore

@Suite struct RollupCollectorTests {
  private let a = ChildID("a")
  private let b = ChildID("b")
  private let c = ChildID("c")

  @Test func `A rollup is complete with the last outcome that was waited for`() {
    var collector = RollupCollector(asked: [a, b, c], awaited: [a, b])
    #expect(collector.pending == [a, b, c])
    #expect(collector.record(.replied(b, "1")) == .recorded)
    #expect(!collector.isComplete)
    #expect(collector.record(.replied(a, "2")) == .completed)
    #expect(collector.isComplete)
    #expect(collector.pending == [c])
    #expect(collector.record(.replied(c, "3")) == .recorded)
    #expect(collector.responses.map(\.child) == [a, b, c])
  }

  @Test func `Who is not waited for holds up nobody`() {
    #expect(RollupCollector(asked: [a], awaited: []).isComplete)
    #expect(RollupCollector(asked: [], awaited: []).isComplete)
    #expect(RollupCollector(asked: [a], awaited: [b]).isComplete)
    #expect(!RollupCollector(asked: [a, b], awaited: [b]).isComplete)
  }

  @Test func `Who was not asked has no outcome`() {
    var collector = RollupCollector(asked: [a], awaited: [a])
    #expect(collector.record(.replied(b, "1")) == .ignored)
    #expect(collector.responses.isEmpty)
    #expect(collector.close { .silent($0) }.map(\.child) == [a])
    #expect(collector.record(.replied(b, "1")) == .ignored)
  }

  @Test func `Silence becomes an outcome in the rollup`() {
    var collector = RollupCollector(asked: [a, b], awaited: [a, b])
    _ = collector.record(.replied(b, "1"))
    let closed = collector.close { .silent($0) }
    #expect(closed.map(\.status) == [.timedOut, .replied])
    #expect(collector.isComplete)
    #expect(collector.pending.isEmpty)
  }

  @Test func `An answer after the closing takes the place of the silence, once`() {
    var collector = RollupCollector(asked: [a], awaited: [a])
    _ = collector.close { .silent($0) }
    let answer = ChildResponse.replied(a, "1")
    var late = answer
    late.late = true
    #expect(collector.record(answer) == .late(late))
    #expect(collector.record(answer) == .ignored)
    #expect(collector.record(.silent(a)) == .ignored)
    #expect(collector.responses == [late])
  }

  @Test func `An answer after the deadline counts as late while the others are waited for`() {
    var collector = RollupCollector(asked: [a, b], awaited: [a, b])
    #expect(collector.record(.silent(a)) == .recorded)
    #expect(collector.record(.replied(a, "1")) == .recorded)
    #expect(collector.record(.replied(b, "2")) == .completed)
    #expect(collector.responses.map(\.late) == [true, false])
  }

  @Test(arguments: [
    ChildResponse.Status.replied, .declined, .failed, .crashed, .skipped,
  ])
  func `Only silence can be made good`(status: ChildResponse.Status) {
    var collector = RollupCollector(asked: [a], awaited: [a])
    let first = ChildResponse(child: a, messageID: EntryID("1"), status: status)
    #expect(collector.record(first) == .completed)
    #expect(collector.record(.replied(a, "2")) == .ignored)
    #expect(collector.close { .silent($0) } == [first])
    #expect(collector.record(.replied(a, "3")) == .ignored)
    #expect(collector.responses == [first])
  }
}
