import Testing

@testable import ChatCore

@Suite(.timeLimit(.minutes(1))) struct InboxTests {
  @Test func `What was put in is taken at once, in its order`() async {
    let inbox = Inbox<Int>()
    inbox.put(1)
    inbox.put(2)
    #expect(await inbox.take() == [1, 2])
  }

  @Test func `Whoever waits gets what comes`() async {
    let inbox = Inbox<Int>()
    async let taken = inbox.take()
    inbox.put(1)
    #expect(await taken == [1])
  }

  @Test func `Waking lets whoever waits go on with nothing`() async {
    let inbox = Inbox<Int>()
    async let taken = inbox.take()
    inbox.wake()
    #expect(await taken == [])
  }

  @Test func `Cancelling ends the waiting`() async {
    let task = Task { await Inbox<Int>().take() }
    task.cancel()
    #expect(await task.value == [])
  }

  @Test func `Nothing is lost and nothing comes twice, in each sender's order`() async {
    let inbox = Inbox<(sender: Int, number: Int)>()
    await withTaskGroup(of: Void.self) { group in
      for sender in 0..<4 {
        group.addTask { for number in 0..<500 { inbox.put((sender, number)) } }
      }
      var taken: [Int: [Int]] = [:]
      while taken.values.reduce(0, { $0 + $1.count }) < 2000 {
        for (sender, number) in await inbox.take() { taken[sender, default: []].append(number) }
      }
      #expect(taken == Dictionary(uniqueKeysWithValues: (0..<4).map { ($0, Array(0..<500)) }))
    }
  }

  @Test func `A body that is not interrupted returns what it has`() async {
    #expect(await interruptible(by: Signal()) { 7 } == 7)
    #expect(await interruptible(by: Signal()) { nil as Int? } == nil)
  }

  @Test func `A signal cancels the body, and what it then returns counts`() async {
    let signal = Signal()
    let gate = Gate()
    async let value = interruptible(by: signal) {
      await gate.pass()
      return Task.isCancelled ? "interrupted" : "not"
    }
    await gate.reached()
    signal.raise()
    #expect(await value == "interrupted")
  }

  @Test func `A signal raised before counts too, and so does the end of the task`() async {
    let signal = Signal()
    signal.raise()
    let gate = Gate()
    let body = { @Sendable in
      await gate.pass()
      return Task.isCancelled
    }
    #expect(await interruptible(by: signal, body))
    let task = Task { await interruptible(by: Signal(), body) }
    task.cancel()
    #expect(await task.value)
  }
}
