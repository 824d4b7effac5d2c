import ChildProtocol
import Testing

@testable import ChildAuthoring

@Suite struct FilterMessageTests {
  private let params: JSON = [
    "message": ["id": "m1", "thread": "main", "role": "user", "content": "grüße\n"],
    "attempt": 1, "deadline_ms": 1500,
  ]
  private let now = ContinuousClock.now

  @Test func `a process of its own gets the content, and the rest as variables`() throws {
    let message = try FilterMessage(id: 7, params: params, mode: .text, now: now)
    #expect(message.input == Array("grüße\n".utf8))
    #expect(
      message.variables(startingAt: now + .milliseconds(500)) == [
        "CHATD_MESSAGE_ID": "m1", "CHATD_THREAD": "main", "CHATD_ROLE": "user",
        "CHATD_DEADLINE_MS": "1000",
      ])
    #expect(message.variables(startingAt: now + .seconds(9))["CHATD_DEADLINE_MS"] == "0")
  }

  @Test func `one that stays gets the params as a line`() throws {
    let message = try FilterMessage(id: 7, params: params, mode: .lines, now: now)
    #expect(message.input == params.bytes + [0x0A])
    #expect(message.input.dropLast().contains(0x0A) == false)
    #expect(message.variables(startingAt: now)["CHATD_MESSAGE_ID"] == nil)
  }

  @Test func `the deadline counts from the beginning, and anew from each partial`() throws {
    var message = try FilterMessage(id: 7, params: params, mode: .partial, now: now)
    #expect(message.deadline == now + .milliseconds(1500))
    message.prolong(from: now + .seconds(1))
    #expect(message.deadline == now + .milliseconds(2500))
    #expect(message.patienceWords == "1500 ms")
  }

  @Test func `without a deadline there is none`() throws {
    let params: JSON = ["message": ["content": "x"]]
    var message = try FilterMessage(id: 7, params: params, mode: .text, now: now)
    message.prolong(from: now)
    #expect(message.deadline == nil)
    #expect(message.variables(startingAt: now)["CHATD_DEADLINE_MS"] == nil)
  }

  @Test(arguments: [.null, [], ["message": nil], ["message": ["content": 3]]] as [JSON])
  func `without content it is refused`(params: JSON) {
    let error = #expect(throws: RPCFailure.self) {
      try FilterMessage(id: 7, params: params, mode: .text, now: now)
    }
    #expect(error?.code == RPCFailure.invalidParams)
    #expect(error?.message == "message.content: expected a string")
  }

  @Test func `a wait is rounded up, so that it is over when its time is`() {
    #expect(Duration.zero.filterMilliseconds == 0)
    #expect(Duration.nanoseconds(1).filterMilliseconds == 1)
    #expect(Duration.milliseconds(1500).filterMilliseconds == 1500)
    #expect((Duration.seconds(2) + .nanoseconds(1)).filterMilliseconds == 2001)
  }
}
