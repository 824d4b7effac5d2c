import ChatCore
import ChildProtocol
import TestSupport
import Testing

@testable import ChatWeb

@Suite(.timeLimit(.minutes(1)))
struct RoutesTests {
  @Test func aMessageIsStoredAndShownInTheThread() async throws {
    try await Running.server { server in
      let sent = try await Wire.request(
        server.port, "POST", "/api/messages", body: #"{"content":"Hello","client_msg_id":"a"}"#)
      #expect(sent.status == 201)
      #expect(sent.headers["content-type"] == "application/json")
      #expect(sent.json["content"]?.string == "Hello")
      #expect(sent.json["status"]?.string == "complete")

      let page = try await Wire.request(server.port, "GET", "/api/messages")
      #expect(page.status == 200)
      #expect(
        page.json.members?.map(\.key) == [
          "status", "messages", "queued", "head", "seq", "forks",
        ])
      #expect(page.json["status"]?.string == "success")
      #expect(page.json.contents == ["Hello"])
      #expect(page.json["head"] == sent.json["id"])
      #expect(page.json["queued"] == [])
      #expect(page.json["seq"]?.int == server.store.seq)
    }
  }

  @Test func theSameClientMessageIDAgainAnswersWithTheFirstOne() async throws {
    try await Running.server { server in
      let body = #"{"content":"Hello","client_msg_id":"a"}"#
      let first = try await Wire.request(server.port, "POST", "/api/messages", body: body)
      let again = try await Wire.request(server.port, "POST", "/api/messages", body: body)
      #expect(again.status == 200)
      #expect(again.json["id"] == first.json["id"])
      let page = try await Wire.request(server.port, "GET", "/api/messages")
      #expect(page.json.contents == ["Hello"])
    }
  }

  @Test func pagesGoBackwards() async throws {
    try await Running.server { server in
      var ids: [String] = []
      for number in 1...7 { ids.append(try await server.append("\(number)")) }
      func page(_ query: String) async throws -> JSON {
        try await Wire.request(server.port, "GET", "/api/messages?" + query).json
      }
      #expect(try await page("limit=3").contents == ["5", "6", "7"])
      #expect(try await page("limit=3&before=\(ids[4])").contents == ["2", "3", "4"])
      #expect(try await page("thread=main&limit=99&unknown=1").messageIDs == ids)
      #expect(try await page("before=\(ids[0])").contents == [])
    }
  }

  @Test func aLongThreadIsStreamedWhole() async throws {
    try await Running.server { server in
      let text = String(repeating: "\u{1}ä", count: 10_000)
      for number in 1...40 { _ = try await server.append("\(number) " + text) }
      let page = try await Wire.request(server.port, "GET", "/api/messages")
      #expect(page.headers["transfer-encoding"] == "chunked")
      #expect(page.json.contents.count == 40)
      #expect(page.json.contents.last == "40 " + text)
    }
  }

  @Test(
    arguments: [
      (#"{"content":""}"#, 400, "invalid", "content"),
      (#"{"content":" \n "}"#, 400, "invalid", "content"),
      (#"{"content":7}"#, 400, "invalid", "content"), ("{}", 400, "invalid", "content"),
      (#"{"content":"a","to":["nobody"]}"#, 400, "invalid", "to"),
      (#"{"content":"a","client_msg_id":""}"#, 400, "invalid", "client_msg_id"),
      (#"{"content":"a","thread":"none"}"#, 404, "not_found", nil),
      (#"{"content":"a","parent":"none"}"#, 404, "not_found", nil),
      ("{", 400, "bad_json", nil), ("", 400, "bad_json", nil), ("[]", 400, "invalid", "body"),
    ] as [(String, Int, String, String?)])
  func aMessageThatIsNotAsExpectedIsRefused(
    _ body: String, _ status: Int, _ code: String, _ field: String?
  ) async throws {
    try await Running.server { server in
      let answer = try await Wire.request(server.port, "POST", "/api/messages", body: body)
      #expect(answer.status == status)
      #expect(answer.headers["content-type"] == "application/problem+json")
      #expect(answer.code == code)
      #expect(answer.json["status"]?.int == Int64(status))
      #expect(answer.json["type"]?.string == "about:blank")
      #expect(answer.json["title"]?.string != nil && answer.json["detail"]?.string != nil)
      #expect(answer.json["field"]?.string == field)
      #expect(server.store.seq == 0)
    }
  }

  @Test func contentHasABoundInBytesOfUTF8() async throws {
    try await Running.server { server in
      let most = String(repeating: "ä", count: 128 << 10)
      let sent = try await Wire.request(
        server.port, "POST", "/api/messages", body: #"{"content":"\#(most)"}"#)
      #expect(sent.status == 201)
      let more = try await Wire.request(
        server.port, "POST", "/api/messages", body: #"{"content":"\#(most)x"}"#)
      #expect(more.status == 400 && more.code == "invalid")
      let escaped = "x" + String(repeating: "\\u0001", count: (256 << 10) - 1)
      let control = try await Wire.request(
        server.port, "POST", "/api/messages", body: #"{"content":"\#(escaped)"}"#)
      #expect(control.status == 201)
    }
  }

  @Test func aBodyHasABoundToo() async throws {
    let configuration = WebConfiguration.test.with { $0.limits.bodyBytes = 1_000 }
    try await Running.server(configuration: configuration) { server in
      let body = #"{"content":"\#(String(repeating: "x", count: 2_000))"}"#
      let answer = try await Wire.request(server.port, "POST", "/api/messages", body: body)
      #expect(answer.status == 413 && answer.code == "too_large")
    }
  }

  @Test(arguments: [
    ("/api/messages?limit=0", "limit"), ("/api/messages?limit=x", "limit"),
    ("/api/messages?limit=-1", "limit"), ("/api/messages?limit=99999999999999999999", "limit"),
    ("/api/children/dice/logs?from=yesterday", "from"),
    ("/api/children/dice/logs?from=2026-11-23", "from"),
    ("/api/children/dice/logs?to=2026-02-30T10:00:00.000Z", "to"),
    ("/api/children/dice/logs?to=1795600800123", "to"),
    ("/api/children/dice/logs?lines=0", "lines"), ("/api/children/dice/logs?lines=a", "lines"),
  ])
  func aParameterThatIsNotAsExpectedIsNamed(_ target: String, _ field: String) async throws {
    try await Running.server(children: FakeChildren(["dice"])) { server in
      let answer = try await Wire.request(server.port, "GET", target)
      #expect(answer.status == 400 && answer.code == "invalid")
      #expect(answer.json["field"]?.string == field)
    }
  }

  @Test(arguments: [
    "/api/messages?thread=none", "/api/messages?before=none", "/nothing", "/api", "/api/",
    "/api/nothing", "/api/search/x", "/api/export?thread=none", "/api/openapi.json",
    "/api/children/dice/dance", "/api/children/nobody/logs", "/API/messages",
  ])
  func whatIsNotThereIsAProblemToo(_ target: String) async throws {
    try await Running.server(children: FakeChildren(["dice"])) { server in
      let answer = try await Wire.request(server.port, "GET", target)
      #expect(answer.status == 404 && answer.code == "not_found")
      #expect(answer.headers["content-type"] == "application/problem+json")
    }
  }

  @Test(arguments: [
    ("DELETE", "/api/messages", "GET, HEAD, POST"), ("PUT", "/api/messages", "GET, HEAD, POST"),
    ("POST", "/api/children", "GET, HEAD"), ("OPTIONS", "/api/children", "GET, HEAD"),
    ("GET", "/api/children/dice/start", "POST"), ("HEAD", "/api/children/dice/kill", "POST"),
    ("PUT", "/api/threads", "GET, HEAD, POST"), ("GET", "/api/threads/main", "DELETE, PATCH"),
    ("POST", "/healthz", "GET, HEAD"), ("POST", "/metrics", "GET, HEAD"),
    ("DELETE", "/api/children/dice/logs", "GET, HEAD"), ("POST", "/ws", "GET, HEAD"),
    ("POST", "/api/search", "GET, HEAD"),
  ])
  func aMethodThatAPathDoesNotHaveIsAnsweredWithThoseItHas(
    _ method: String, _ target: String, _ allowed: String
  ) async throws {
    let children = FakeChildren(["dice"])
    try await Running.server(children: children) { server in
      let answer = try await Wire.request(server.port, method, target)
      #expect(answer.status == 405)
      #expect(answer.headers["allow"] == allowed)
      if method != "HEAD" { #expect(answer.code == "method_not_allowed") }
      #expect(children.performed.isEmpty)
    }
  }

  @Test func whenTheDiskRefusesItSaysSo() async throws {
    try await Running.server { server in
      server.store.fail(with: .unavailable(reason: "the disk is full"))
      for (method, target) in [
        ("GET", "/api/messages"), ("GET", "/readyz"), ("GET", "/api/threads"),
      ] {
        let answer = try await Wire.request(server.port, method, target)
        #expect(answer.status == 503 && answer.code == "unavailable")
      }
      #expect(try await Wire.request(server.port, "GET", "/healthz").status == 200)
      server.store.fail(with: nil)
      #expect(try await Wire.request(server.port, "GET", "/readyz").status == 200)
    }
  }

  @Test func whileNothingCanBeStoredItIsNotReadyAndSaysWhy() async throws {
    try await Running.server { server in
      let body = #"{"content":"a"}"#
      func isReady() async throws -> HTTPAnswer {
        try await Wire.request(server.port, "GET", "/readyz")
      }
      #expect(try await isReady().status == 200)
      server.store.refuse(with: .unavailable(reason: "the disk is full"))
      // Nobody has tried yet.
      #expect(try await isReady().status == 200)
      let sent = try await Wire.request(server.port, "POST", "/api/messages", body: body)
      #expect(sent.status == 503)
      for _ in 0..<3 {
        let answer = try await isReady()
        #expect(answer.status == 503 && answer.code == "unavailable")
        #expect(answer.json["detail"]?.string == "the disk is full")
      }
      #expect(try await Wire.request(server.port, "GET", "/api/messages").status == 200)
      #expect(try await Wire.request(server.port, "GET", "/healthz").status == 200)
      // Nobody has to say anything for it to be noticed.
      server.store.refuse(with: nil)
      #expect(try await isReady().status == 200)
      #expect(server.store.seq == 0)
    }
  }

  @Test func aConnectionServesRequestsOneAfterTheOther() async throws {
    try await Running.server { server in
      let wire = try await Wire.connect(server.port)
      defer { wire.close() }
      try await wire.send(
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
      )
      #expect(try await wire.response().status == 200)
      #expect(try await wire.response().status == 404)
      try await wire.send("HEAD /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
      let head = try await wire.response(toHead: true)
      #expect(head.status == 200 && head.headers["content-length"] == "18")
      try await wire.send("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      #expect(try await wire.response().json["status"]?.string == "ready")
      #expect(await wire.rest() == "")
    }
  }

  @Test func aBodyThatIsHeldBackIsAskedFor() async throws {
    try await Running.server { server in
      let wire = try await Wire.connect(server.port)
      defer { wire.close() }
      try await wire.send(
        "POST /api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 15\r\n"
          + "Expect: 100-continue\r\n\r\n")
      #expect(try await wire.response().status == 100)
      try await wire.send(#"{"content":"a"}"#)
      #expect(try await wire.response().status == 201)
    }
  }

  @Test func aClientOfHTTP10GetsItsAnswerAndTheEnd() async throws {
    try await Running.server { server in
      let wire = try await Wire.connect(server.port)
      try await wire.send("GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
      #expect(try await wire.response().status == 200)
      #expect(await wire.rest() == "")
    }
  }

  @Test func metricsCountWhatHappened() async throws {
    try await Running.server(children: FakeChildren(["dice"])) { server in
      _ = try await server.append("a")
      _ = try await Wire.request(server.port, "GET", "/nothing")
      let (client, _) = try await WebSocketClient.greeted(server.port)
      _ = try await client.ask(["type": "ping"])
      let answer = try await Wire.request(server.port, "GET", "/metrics")
      client.wire.close()
      #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
      let lines = answer.body.split(separator: "\n").map(String.init)
      for line in [
        "chatd_log_seq 1", "chatd_changes_total 1", #"chatd_http_responses_total{code="404"} 1"#,
        "chatd_websocket_clients 1", "chatd_websocket_commands_total 1",
        "chatd_websocket_cut_off_total 0", #"chatd_children{state="stopped"} 1"#,
        "# TYPE chatd_websocket_clients gauge",
      ] { #expect(lines.contains(line), "\(line)") }
    }
  }
}

extension Running {
  /// Puts a message at the end of a thread without a turn.
  func append(_ text: String, thread: ThreadID = .main) async throws -> String {
    let head = try await store.page(of: thread, before: nil, limit: 1).head
    let entry = try await journal.entry(
      .append(
        .message(
          Message(
            id: .next(at: .now), parent: head, thread: thread, createdAt: .now, role: .user,
            content: text))))
    return entry.id.text
  }
}
