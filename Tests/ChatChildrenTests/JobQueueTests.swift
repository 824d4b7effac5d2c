import Synchronization
import Testing

@testable import ChatChildren

@Suite(.timeLimit(.minutes(1))) struct JobQueueTests {
  @Test func `what is left before and while it runs is done`() async throws {
    let queue = JobQueue(limit: 100)
    let (done, put) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingOldest(100))
    for number in 0..<10 { #expect(queue.put { put.yield(number) }) }
    let runner = Task { await queue.run() }
    var seen: Set<Int> = []
    var numbers = done.makeAsyncIterator()
    while seen.count < 10 { seen.insert(try #require(await numbers.next())) }
    for number in 10..<20 { #expect(queue.put { put.yield(number) }) }
    while seen.count < 20 { seen.insert(try #require(await numbers.next())) }
    #expect(seen == Set(0..<20))
    runner.cancel()
    await runner.value
  }

  @Test func `no more than the limit wait`() async {
    let queue = JobQueue(limit: 3)
    for _ in 0..<3 { #expect(queue.put {}) }
    #expect(!queue.put { Issue.record("it was refused") })
    #expect(!queue.put {})
  }

  @Test func `a slow job holds up no other, and no place`() async throws {
    let queue = JobQueue(limit: 1)
    let (done, put) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingOldest(100))
    let (gate, open) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
    let runner = Task { await queue.run() }
    var numbers = done.makeAsyncIterator()
    #expect(
      queue.put {
        put.yield(0)
        for await _ in gate { break }
        put.yield(2)
      })
    #expect(await numbers.next() == 0)
    #expect(queue.put { put.yield(1) })
    #expect(await numbers.next() == 1)
    open.yield()
    #expect(await numbers.next() == 2)
    runner.cancel()
    await runner.value
  }

  @Test func `what has begun is finished when it ends, and what waits is not begun`() async {
    let queue = JobQueue(limit: 2)
    let (begun, began) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
    let gate = AsyncGate()
    let isFinished = Atomic(false)
    let runner = Task { await queue.run() }
    _ = queue.put {
      began.yield()
      await gate.wait()
      isFinished.store(true, ordering: .relaxed)
    }
    for await _ in begun { break }
    runner.cancel()
    await gate.open()
    await runner.value
    #expect(isFinished.load(ordering: .relaxed) == true)
    #expect(queue.put { Issue.record("nobody runs it any more") })
  }
}

/// A gate that cancellation does not open.
private actor AsyncGate {
  private var isOpen = false
  private var waiters: [CheckedContinuation<Void, Never>] = []

  func wait() async {
    if isOpen { return }
    await withCheckedContinuation { waiters.append($0) }
  }

  func open() {
    isOpen = true
    for waiter in waiters { waiter.resume() }
    waiters = []
  }
}
