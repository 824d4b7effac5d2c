import Testing

@testable import ChatClaude

@Suite struct RestTests {
  private let now = ContinuousClock.now

  @Test func `What comes within 4 ms of a piece is read together, and no later`() {
    var rest = Rest()
    #expect(rest.end(at: now) == nil)
    rest.begin(at: now, byteCount: 1)
    let end = now + .milliseconds(4)
    #expect(rest.end(at: now) == end)
    #expect(rest.end(at: end - .nanoseconds(1)) == end)
    #expect(rest.end(at: end) == nil)
  }

  @Test func `Where nothing of a body came, the network is looked at`() {
    var rest = Rest()
    rest.begin(at: now, byteCount: 1)
    rest.begin(at: now, byteCount: 0)
    #expect(rest.end(at: now) == nil)
  }

  @Test func `Where much came at once, more is read at once`() {
    var rest = Rest()
    rest.begin(at: now, byteCount: Rest.byteLimit - 1)
    #expect(rest.end(at: now) != nil)
    rest.begin(at: now, byteCount: Rest.byteLimit)
    #expect(rest.end(at: now) == nil)
  }

  @Test func `Where nobody is left, the network is looked at`() {
    var rest = Rest()
    rest.begin(at: now, byteCount: 1)
    rest.cancel()
    #expect(rest.end(at: now) == nil)
  }
}
