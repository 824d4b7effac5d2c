import ChatCore
import ChildProtocol
import TestSupport
import Testing

@testable import ChatWeb

@Suite(.timeLimit(.minutes(1)))
struct SearchRoutesTests {
  @Test func whatIsFoundIsShownWithThePlaceAndWithoutItsTexts() async throws {
    try await Running.server { server in
      for content in ["a needle", "hay", "the needle's \\\"eye\\\""] {
        _ = try await Wire.request(
          server.port, "POST", "/api/messages", body: #"{"content":"\#(content)"}"#)
      }
      let answer = try await Wire.request(server.port, "GET", "/api/search?q=needle&limit=1")
      #expect(answer.status == 200)
      #expect(answer.headers["content-type"] == "application/json")
      #expect(answer.json.members?.map(\.key) == ["query", "hits", "next", "seq"])
      #expect(answer.json["query"]?.string == "needle")
      #expect(answer.json["seq"]?.int == server.store.seq)
      let hit = try #require(answer.json["hits"]?.array?.first)
      #expect(hit.members?.map(\.key) == ["entry", "thread", "child_id", "snippet"])
      #expect(
        hit["entry"]?.members?.map(\.key) == [
          "type", "id", "parent", "thread", "seq", "created_at", "role", "author", "status",
        ])
      #expect(hit["thread"]?.string == "main" && hit["child_id"] == .null)
      #expect(
        hit["snippet"] == [
          ["text": "…", "match": false], ["text": "needle", "match": true],
        ])

      let next = try #require(answer.json["next"]?.string)
      let older = try await Wire.request(
        server.port, "GET", "/api/search?q=needle&before=\(next)&thread=main")
      #expect(older.json["hits"]?.array?.count == 1 && older.json["next"] == .null)
    }
  }

  @Test func whatIsTypedMayBeEscapedAsFormsDo() async throws {
    try await Running.server { server in
      _ = try await Wire.request(
        server.port, "POST", "/api/messages", body: #"{"content":"a \"b c\" ü&d"}"#)
      let answer = try await Wire.request(
        server.port, "GET", "/api/search?q=%22b+c%22%20%C3%BC%26d")
      #expect(answer.json["query"]?.string == "\"b c\" ü&d")
      #expect(answer.json["hits"]?.array?.count == 1)
    }
  }

  @Test(arguments: [
    ("/api/search", 400, "q"), ("/api/search?q=", 400, "q"), ("/api/search?q=%22*%22", 400, "q"),
    ("/api/search?q=a&limit=0", 400, "limit"), ("/api/search?q=a&limit=101", 400, "limit"),
    ("/api/search?q=a&limit=x", 400, "limit"), ("/api/search?q=a&thread=none", 404, nil),
  ])
  func whatIsNotAsExpectedIsNamed(_ target: String, _ status: Int, _ field: String?) async throws {
    try await Running.server { server in
      let answer = try await Wire.request(server.port, "GET", target)
      #expect(answer.status == status)
      #expect(answer.headers["content-type"] == "application/problem+json")
      #expect(answer.json["field"]?.string == field)
    }
  }

  @Test func whenTheLogCanNotBeReadItSaysSo() async throws {
    try await Running.server { server in
      server.store.fail(with: .unavailable(reason: "the disk failed"))
      let answer = try await Wire.request(server.port, "GET", "/api/search?q=a")
      #expect(answer.status == 503 && answer.code == "unavailable")
    }
  }
}
