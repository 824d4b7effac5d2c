import Testing

@testable import ChatCore

@Suite(.timeLimit(.minutes(1))) struct SignalTests {
  @Test func `A signal raised before anybody waits is remembered, once`() async {
    let signal = Signal()
    signal.raise()
    signal.raise()
    await signal.wait()
    let passed = Watched(false)
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await signal.wait()
        passed.update { $0 = true }
      }
      for _ in 0..<100 { await Task.yield() }
      #expect(!passed.value)
      signal.raise()
    }
    #expect(passed.value)
  }

  @Test func `Cancelling ends the waiting, before and after it has begun`() async {
    let signal = Signal()
    let early = Task { [signal] in
      while !Task.isCancelled { await Task.yield() }
      await signal.wait()
    }
    early.cancel()
    await early.value
    let begun = Watched(false)
    let late = Task { [signal] in
      begun.update { $0 = true }
      await signal.wait()
    }
    await begun.wait { $0 }
    late.cancel()
    await late.value
  }

  @Test func `No wake is lost between two tasks`() async {
    let (ping, pong) = (Signal(), Signal())
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for _ in 0..<5000 {
          ping.raise()
          await pong.wait()
        }
      }
      group.addTask {
        for _ in 0..<5000 {
          await ping.wait()
          pong.raise()
        }
      }
    }
  }
}
