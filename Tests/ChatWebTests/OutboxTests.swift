import NIOCore
import Testing

@testable import ChatWeb

struct OutboxTests {
  private func bytes(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 1, count: count) }

  @Test func whatWaitsComesOutInOrder() {
    var outbox = Outbox(eventLimit: 10, byteLimit: 100)
    #expect(outbox.isEmpty)
    outbox.put(answer: bytes(1))
    #expect(outbox.put(live: bytes(2), events: 1) == .waiting)
    outbox.put(answer: bytes(3))
    #expect(outbox.answerBytes == 4)
    #expect((1...4).map { _ in outbox.next()?.readableBytes } == [1, 2, 3, nil])
    #expect(outbox.answerBytes == 0 && outbox.isEmpty)
  }

  @Test func liveEventsAreBoundedByNumberAndSizeAndAnswersAreNot() {
    var byNumber = Outbox(eventLimit: 3, byteLimit: 1_000)
    byNumber.put(answer: bytes(5_000))
    #expect(byNumber.put(live: bytes(1), events: 2) == .waiting)
    #expect(byNumber.put(live: bytes(1), events: 2) == .overflow)
    #expect(byNumber.put(live: bytes(1), events: 1) == .waiting)
    #expect(byNumber.put(live: bytes(1), events: 1) == .overflow)
    var bySize = Outbox(eventLimit: 100, byteLimit: 10)
    #expect(bySize.put(live: bytes(6), events: 1) == .waiting)
    #expect(bySize.put(live: bytes(5), events: 1) == .overflow)
    #expect(bySize.put(live: bytes(4), events: 1) == .waiting)
  }

  @Test func whatWasTakenOutMakesRoom() {
    var outbox = Outbox(eventLimit: 1, byteLimit: 10)
    for _ in 1...5 {
      #expect(outbox.put(live: bytes(10), events: 1) == .waiting)
      #expect(outbox.next() != nil)
    }
    // By size, too, where others wait still.
    outbox = Outbox(eventLimit: 10, byteLimit: 10)
    #expect(outbox.put(live: bytes(5), events: 1) == .waiting)
    for _ in 1...5 {
      #expect(outbox.put(live: bytes(5), events: 1) == .waiting)
      #expect(outbox.next() != nil)
    }
  }

  @Test func oneEventThatIsLargerThanTheBoundCanBeSent() {
    var outbox = Outbox(eventLimit: 10, byteLimit: 10)
    #expect(outbox.put(live: bytes(50), events: 1) == .waiting)
    #expect(outbox.put(live: bytes(1), events: 1) == .overflow)
  }

  @Test func itSaysWhenWhatCanBeLeftOutShouldBe() {
    var outbox = Outbox(eventLimit: 16, byteLimit: 1_000)
    _ = outbox.put(live: bytes(1), events: 2)
    #expect(!outbox.isBusy)
    _ = outbox.put(live: bytes(1), events: 1)
    #expect(outbox.isBusy)
    outbox.clear()
    #expect(!outbox.isBusy && outbox.isEmpty)
  }
}
