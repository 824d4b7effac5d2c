import ChatCore
import ChildProtocol
import TestSupport
import Testing

@testable import ChatChildren

/// What children say of their own accord.
@Suite(.timeLimit(.minutes(2))) struct PostTests {
  private func act(_ wish: JSON, in nursery: Nursery) async throws -> ChildResponse {
    try #require(await nursery.ask(wish.text)?.first)
  }

  private func with(
    _ permissions: String = "[permissions]\npost = true\n", _ body: (Nursery) async throws -> Void
  ) async throws {
    let toml = permissions + "[messages]\ntimeout_ms = 30000\n"
    try await Nursery.with(["relay"], toml: ["relay": toml]) { nursery in
      _ = await nursery.ready("relay")
      try await body(nursery)
    }
  }

  @Test func `text, html and data are kept, and the entry comes back`() async throws {
    try await with { nursery in
      let post: JSON = ["text": "hi", "html": "<b>hi</b>", "data": ["n": 1], "thread": "t"]
      let response = try await act(["do": "post", "params": post], in: nursery)
      let entry = try #require(response.data)
      for key in ["html", "data", "thread"] { #expect(entry[key] == post[key]) }
      #expect(entry["content"] == "hi" && entry["author"] == "relay" && entry["role"] == "user")
    }
  }

  @Test(
    arguments: [
      (["html": "x"], "text: expected a string"),
      (["text": 5], "text: expected a string"),
      (["text": "x", "html": 5], "html: expected a string"),
    ] as [(JSON, String)])
  func `what is wrong is named`(params: JSON, reason: String) async throws {
    try await with { nursery in
      let response = try await act(["do": "post", "params": params], in: nursery)
      #expect(response.text == reason)
      #expect(response.data?["code"]?.int == RPCFailure.invalidParams)
    }
  }

  @Test func `without the permission nothing is posted`() async throws {
    try await with("") { nursery in
      let response = try await act(["do": "post", "params": ["text": "x"]], in: nursery)
      #expect(
        response.text == "message/post: the manifest does not say [permissions] post = true")
    }
  }

  @Test func `a child that does not stop is held to so many a minute`() async throws {
    try await with { nursery in
      let many = Int64(PostBudget.limit)
      let good = try await act(["do": "post_many", "count": .number("\(many)")], in: nursery)
      #expect(good.status == .replied && good.text == "done")
      // A few more than a slow machine lets it have meanwhile.
      let bad = try await act(["do": "post_many", "count": .number("\(many + 30)")], in: nursery)
      #expect(bad.text == "message/post: 30 a minute is the most")
      #expect(bad.data?["code"]?.int == RPCFailure.refused)
    }
  }
}
