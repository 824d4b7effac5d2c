import Testing

@testable import ChatChildren
@testable import ChildAuthoring

@Suite struct ConsoleRequestsTests {
  private func requests(_ maxInFlight: Int = 1) -> ConsoleRequests {
    var limits = Manifest.Messages()
    limits.maxInFlight = maxInFlight
    limits.timeout = .seconds(5)
    limits.timeoutMax = .seconds(60)
    return ConsoleRequests(limits)
  }

  private func asked(_ id: Int64, at: Duration = .zero, late: Bool = false) -> ConsoleRequests.Asked
  {
    ConsoleRequests.Asked(id: id, method: "message", at: at, lastSign: at, isLate: late)
  }

  @Test func `a message waits for its place`() {
    var requests = requests(2)
    for text in ["a", "b", "c"] { requests.wait(text) }
    #expect(requests.next() == "a")
    requests.add(2, "message", at: .zero)
    #expect(requests.next() == "b")
    requests.add(3, "message", at: .zero)
    #expect(requests.next() == nil)
    #expect((requests.count, requests.waitingCount) == (3, 1))
    requests.remove(3)
    #expect(requests.next() == "c")
    requests.remove(2)
    #expect(requests.isEmpty)
  }

  @Test func `a ping takes no place`() {
    var requests = requests()
    requests.add(2, "ping", at: .zero)
    requests.wait("a")
    #expect(requests.next() == "a")
  }

  @Test func `only so many wait`() {
    var requests = requests()
    for _ in 0..<64 {
      #expect(requests.hasRoom)
      requests.wait("a")
    }
    #expect(!requests.hasRoom)
  }

  @Test func `one that is late leaves its place, and is given up in the end, each once`() {
    var requests = requests()
    requests.add(2, "message", at: .seconds(1))
    requests.wait("a")
    #expect(requests.nextLapse == .seconds(6))
    #expect(requests.lapse(.milliseconds(5999)) == [])
    let late = ConsoleRequests.Lapse.late(asked(2, at: .seconds(1), late: true))
    #expect(requests.lapse(.seconds(6)) == [late])
    #expect(requests.lapse(.seconds(6)) == [])
    #expect(requests.next() == "a")
    #expect(requests.nextLapse == .seconds(61))
    let givenUp = ConsoleRequests.Lapse.givenUp(asked(2, at: .seconds(1), late: true))
    #expect(requests.lapse(.seconds(61)) == [givenUp])
    #expect(requests.isEmpty && requests.nextLapse == nil)
  }

  @Test func `a partial gives a request more time, but not for ever`() {
    var requests = requests()
    requests.add(2, "message", at: .zero)
    requests.sign(of: 2, at: .seconds(4))
    requests.sign(of: 3, at: .seconds(50))
    #expect(requests.nextLapse == .seconds(9))
    requests.sign(of: 2, at: .seconds(58))
    #expect(requests.lapse(.seconds(59)) == [])
    #expect(requests.nextLapse == .seconds(60))
    guard case .givenUp? = requests.lapse(.seconds(60)).first else {
      Issue.record("not given up")
      return
    }
  }

  @Test func `what lapses at once is told in its order`() {
    var requests = requests(3)
    for id in 2...4 { requests.add(Int64(id), "message", at: .seconds(id == 3 ? 50 : 0)) }
    let lapses = requests.lapse(.seconds(60))
    #expect(
      lapses == [
        .givenUp(asked(2)), .late(asked(3, at: .seconds(50), late: true)), .givenUp(asked(4)),
      ]
    )
  }
}
