import ChatCore
import Testing

@testable import ChatChildren

@Suite struct ChildRequestsTests {
  @Test func `numbers count from one and each answer is to one request`() {
    var requests = ChildRequests()
    #expect(requests.begin(.initialize) == 1)
    #expect(requests.begin(.ping) == 2)
    #expect(requests.begin(.shutdown) == 3)
    #expect(name(requests.answer(2)) == "ping")
    #expect(name(requests.answer(2)) == "unknown")
    #expect(name(requests.answer(1)) == "initialize")
    #expect(name(requests.answer(3)) == "shutdown")
    for number: Int64 in [0, -1, 4, .max] { #expect(name(requests.answer(number)) == "unknown") }
    #expect(requests.begin(.ping) == 4)
  }

  @Test func `a message that was sent holds a place until its answer`() async throws {
    var requests = ChildRequests()
    let (first, second) = (await Ask.sample(1), await Ask.sample(2))
    let number = requests.begin(.message(first))
    _ = requests.begin(.message(second))
    #expect(requests.inFlight == 2 && first.holdsPlace && second.holdsPlace)
    #expect(requests.ask(number) === first)
    #expect(requests.ask(ofConsultation: 2) === second)
    #expect(requests.isHoldingWork)
    guard case .open(.message(let answered)) = requests.answer(number) else {
      Issue.record("expected the first message")
      return
    }
    #expect(answered === first && !first.holdsPlace)
    #expect(requests.inFlight == 1)
    #expect(requests.ask(number) == nil && requests.ask(ofConsultation: 1) == nil)
  }

  @Test func `pings and the like hold no place and are no message`() {
    var requests = ChildRequests()
    let number = requests.begin(.ping)
    _ = requests.begin(.initialize)
    #expect(requests.inFlight == 0 && !requests.isHoldingWork)
    #expect(requests.ask(number) == nil)
  }

  @Test func `a place is freed once, whoever asks for it`() async {
    var requests = ChildRequests()
    let ask = await Ask.sample(1)
    let number = requests.begin(.message(ask))
    requests.freePlace(of: ask)
    requests.freePlace(of: ask)
    #expect(requests.inFlight == 0)
    // It is still welcome.
    #expect(requests.ask(number) === ask && requests.isHoldingWork)
    #expect(name(requests.answer(number)) == "message")
    #expect(requests.inFlight == 0)
  }

  @Test func `a message that is overdue counts until it is answered or given up`() async {
    var requests = ChildRequests()
    let ask = await Ask.sample(1)
    let number = requests.begin(.message(ask))
    #expect(requests.overdueCount == 0)
    ask.isOverdue = true
    #expect(requests.overdueCount == 1)
    requests.giveUp(number)
    #expect(requests.overdueCount == 0 && !requests.isHoldingWork)
  }

  @Test func `an answer to what was given up is no strike, as often as it comes`() async {
    var requests = ChildRequests()
    let number = requests.begin(.message(await Ask.sample(1)))
    requests.giveUp(number)
    requests.giveUp(number)
    #expect(requests.inFlight == 0)
    #expect(name(requests.answer(number)) == "given up")
    #expect(name(requests.answer(number)) == "given up")
    requests.giveUp(99)
    #expect(name(requests.answer(99)) == "unknown")
  }

  @Test func `only so many that were given up are remembered, the last ones`() async {
    var requests = ChildRequests()
    let ask = await Ask.sample(1)
    var last: Int64 = 0
    for _ in 0..<5000 {
      last = requests.begin(.message(ask))
      requests.giveUp(last)
    }
    #expect(name(requests.answer(last)) == "given up")
    #expect(name(requests.answer(last - 500)) == "given up")
    #expect(name(requests.answer(1)) == "unknown")
  }

  @Test func `the end of a generation gives everything back in order and forgets it`() async {
    var requests = ChildRequests()
    let asks = [await Ask.sample(1), await Ask.sample(2)]
    _ = requests.begin(.initialize)
    for ask in asks { _ = requests.begin(.message(ask)) }
    _ = requests.begin(.ping)
    let given = requests.begin(.ping)
    requests.giveUp(given)
    requests.waiting = [await Ask.sample(3)]
    #expect(requests.end().map(name) == ["initialize", "message", "message", "ping"])
    #expect(requests.inFlight == 0 && !requests.isHoldingWork)
    #expect(requests.waiting.count == 1, "what only waits goes to the next generation")
    #expect(name(requests.answer(1)) == "unknown" && name(requests.answer(given)) == "unknown")
    #expect(requests.end().isEmpty)
    #expect(requests.begin(.initialize) == 1)
  }

  private func name(_ answered: ChildRequests.Answered) -> String {
    switch answered {
    case .open(let purpose): name(purpose)
    case .givenUp: "given up"
    case .unknown: "unknown"
    }
  }

  private func name(_ purpose: ChildRequests.Purpose) -> String {
    switch purpose {
    case .initialize: "initialize"
    case .ping: "ping"
    case .shutdown: "shutdown"
    case .message: "message"
    case .call: "call"
    }
  }
}

extension Ask {
  /// A message in a consultation of its own, closed already, of that number.
  fileprivate static func sample(_ number: Int) async -> Ask {
    let message = Message(
      id: .next(at: .now), thread: .main, createdAt: .now, role: .user, content: "hello")
    let inquiry = Inquiry(
      message: message, muted: [], attempt: 1, earlier: { _ in [] }, progress: { _ in },
      late: { _ in })
    var ask: Ask?
    _ = await withCheckedContinuation { continuation in
      let consultation = Consultation(
        number: number, inquiry: inquiry, earlier: [], startedAt: .zero, asked: [], unwaited: [],
        continuation: continuation)
      consultation.close()
      ask = Ask(consultation, child: ChildID("echo"), rules: Manifest.Messages())
    }
    guard let ask else { preconditionFailure("the closure above runs at once") }
    return ask
  }
}
