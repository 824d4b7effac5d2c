import ChatCore
import ChildProtocol
import Foundation
import TestSupport
import Testing

@testable import ChatChildren

/// Children that ask one another, and whatever can become of that.
@Suite(.timeLimit(.minutes(2))) struct CallTests {
  private static let names = ["relay", "relay@b", "relay@c"]
  private static func may(_ names: String..., timeout: Int = 5000) -> String {
    let list = names.map { "\"\($0)\"" }.joined(separator: ", ")
    return """
      [permissions]
      call = [\(list)]
      [messages]
      timeout_ms = \(timeout)
      """ + "\n"
  }

  /// Runs `relay`, which may call `relay-b` and `relay-c`, `relay-b`, which may call `relay` and
  /// `relay-c`, and `relay-c`, which may call `relay`.
  private func with(
    timeout: Int = 5000, _ body: (Nursery) async throws -> Void
  ) async throws {
    let toml = [
      "relay": Self.may("relay-b", "relay-c", "relay", "nobody", timeout: 30_000),
      "relay@b": Self.may("relay", "relay-c", timeout: timeout), "relay@c": Self.may("relay"),
    ]
    try await Nursery.with(Self.names, toml: toml) { nursery in
      for name in ["relay", "relay-b", "relay-c"] { _ = await nursery.ready(name) }
      try await body(nursery)
    }
  }

  /// Has `relay` do something; what it says came of it.
  private func act(_ wish: JSON, in nursery: Nursery) async throws -> ChildResponse {
    try #require(await nursery.ask(wish.text, to: ["relay"])?.first)
  }

  private func call(_ to: String, _ body: JSON) -> JSON {
    ["do": "call", "to": .string(to), "body": body]
  }

  @Test func `the body goes there and the answer comes back`() async throws {
    try await with { nursery in
      let body: JSON = ["do": "echo", "deep": [["ü": nil]]]
      let response = try await act(call("relay-b", body), in: nursery)
      #expect(response.status == .replied)
      #expect(response.data?["heard"] == body)
      #expect(response.data?["from"] == "relay")
    }
  }

  @Test func `a chain of calls goes all the way`() async throws {
    try await with { nursery in
      let response = try await act(
        call("relay-b", call("relay-c", ["do": "echo"])), in: nursery)
      #expect(response.data?["from"] == "relay-b")
    }
  }

  @Test(arguments: [
    ("relay", "the call would come back: relay"),
    ("nobody", "there is no child \"nobody\""),
    ("echo", "actor/call: the manifest's [permissions] call does not name \"echo\""),
  ])
  func `what may not be called is refused with the reason`(to: String, reason: String) async throws
  {
    try await with { nursery in
      let response = try await act(call(to, ["do": "echo"]), in: nursery)
      #expect(response.text == reason)
      #expect(response.data?["code"]?.int == RPCFailure.refused)
    }
  }

  @Test func `a call that would come back to a caller is refused, along the whole chain`()
    async throws
  {
    try await with { nursery in
      let direct = try await act(call("relay-b", call("relay", ["do": "echo"])), in: nursery)
      #expect(direct.text == "the call would come back: relay, which waits for relay-b")
      let around = try await act(
        call("relay-b", call("relay-c", call("relay", ["do": "echo"]))), in: nursery)
      #expect(
        around.text
          == "the call would come back: relay, which waits for relay-b, which waits for relay-c")
      // The control: once nobody waits any more the same call is passed.
      let free = try await act(call("relay-c", ["do": "echo"]), in: nursery)
      #expect(free.status == .replied)
    }
  }

  @Test func `an error of the other one is passed on as it is`() async throws {
    try await with { nursery in
      let response = try await act(call("relay-b", ["do": "refuse"]), in: nursery)
      #expect(response.text == "not today")
      #expect(response.data?["code"]?.int == -32050)
    }
  }

  @Test func `one that gives no answer in time is given up, and told so`() async throws {
    try await with(timeout: 300) { nursery in
      let response = try await act(call("relay-b", ["do": "hang"]), in: nursery)
      #expect(response.text?.hasPrefix("relay-b gave no answer within ") == true)
      #expect(response.data?["code"]?.int == RPCFailure.refused)
      let next = try await act(call("relay-b", ["do": "echo"]), in: nursery)
      #expect(next.status == .replied, "it is asked again")
    }
  }

  @Test func `partials put a call's deadline off`() async throws {
    try await with(timeout: 1500) { nursery in
      // Longer than the deadline as a whole, each pause shorter.
      let body: JSON = ["do": "partials", "count": 5, "pause_s": .number("0.5")]
      let response = try await act(call("relay-b", body), in: nursery)
      #expect(response.data?["patient"] == true)
    }
  }

  @Test func `one that ends over a call fails it, and is started again`() async throws {
    try await with { nursery in
      let before = await nursery.ready("relay-b").generation
      let response = try await act(call("relay-b", ["do": "crash"]), in: nursery)
      #expect(response.text?.hasPrefix("relay-b: ") == true)
      _ = await nursery.ready("relay-b", past: before)
      let next = try await act(call("relay-b", ["do": "echo"]), in: nursery)
      #expect(next.status == .replied)
    }
  }

  @Test func `one that is down is not ready, and says so`() async throws {
    try await with { nursery in
      _ = try await nursery.supervisor.perform(.stop, on: ChildID("relay-b"))
      let response = try await act(call("relay-b", ["do": "echo"]), in: nursery)
      #expect(response.text == "relay-b is not ready: it is stopped")
    }
  }

  @Test func `a caller that ends sets free whom it called`() async throws {
    try await with(timeout: 60_000) { nursery in
      let wish: JSON = ["do": "crash_in_call", "to": "relay-b", "body": ["do": "hang"]]
      try await nursery.supervisor.tail(ChildID("relay-b"), true)
      async let crashed = act(wish, in: nursery)
      // It holds the call; then the caller is killed.
      _ = await nursery.events.first { event in
        guard case .logLines(ChildID("relay-b"), let lines, _) = event else { return false }
        return lines.contains { $0.text == "hangs" }
      }
      _ = try await nursery.supervisor.perform(.restart(force: true), on: ChildID("relay"))
      #expect(try await crashed.status == .crashed)
      let next = try await act(call("relay-b", ["do": "echo"]), in: nursery)
      #expect(next.status == .replied, "nobody waits for the first call: no cycle, no limit")
    }
  }

  @Test func `what is too long for a frame is a strike, and the call fails`() async throws {
    try await with { nursery in
      let response = try await act(
        call("relay-b", ["do": "long", "bytes": 2_000_000]), in: nursery)
      #expect(response.text?.contains("it sent a frame of") == true)
    }
  }
}
