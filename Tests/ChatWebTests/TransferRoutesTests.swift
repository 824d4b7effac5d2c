import ChatCore
import ChildProtocol
import TestSupport
import Testing

@testable import ChatWeb

/// `GET /api/export` and `POST /api/import`.
@Suite(.timeLimit(.minutes(1)))
struct TransferRoutesTests {
  /// An export of five messages in `main`.
  private func export(_ server: Running) async throws -> HTTPAnswer {
    for number in 1...5 { _ = try await server.append("\(number)") }
    return try await Wire.request(server.port, "GET", "/api/export")
  }

  @Test func anExportIsAFileWithAnEntryALine() async throws {
    try await Running.server { server in
      let export = try await export(server)
      #expect(export.status == 200)
      #expect(export.headers["content-type"] == "application/json")
      #expect(export.headers["content-disposition"] == #"attachment; filename="chatd-main.json""#)
      let members = [
        "format", "version", "exported_at", "thread", "entries", "queued",
      ]
      #expect(export.json.members?.map(\.key) == members)
      #expect(export.json["format"]?.string == "chatd-thread" && export.json["version"] == 1)
      #expect(export.json["exported_at"]?.string.flatMap(Timestamp.init) != nil)
      let threads = try await Wire.request(server.port, "GET", "/api/threads").json
      #expect(export.json["thread"] == threads["threads"]?.array?.first)
      let page = try await Wire.request(server.port, "GET", "/api/messages").json
      #expect(export.json["entries"] == page["messages"])
      let lines = export.body.split(separator: "\n")
      #expect(lines.count == 7)
      for line in lines[1...5] {
        #expect(
          try JSON(parsing: line.utf8.prefix { $0 != 0 }.dropLast(line.last == "," ? 1 : 0))
            .members != nil)
      }
    }
  }

  @Test func anEmptyThreadIsExportedToo() async throws {
    try await Running.server { server in
      let export = try await Wire.request(server.port, "GET", "/api/export?thread=main")
      #expect(export.json["entries"] == [] && export.json["queued"] == [])
      let none = try await Wire.request(server.port, "GET", "/api/export?thread=none")
      #expect(none.status == 404 && none.code == "not_found")
      let head = try await Wire.request(server.port, "HEAD", "/api/export")
      #expect(head.status == 200 && head.body == "")
    }
  }

  @Test func namesOfFilesAreHarmless() {
    #expect(ThreadExport.fileName(of: ThreadID("a-B_1")) == "chatd-a-B_1.json")
    let odd = ThreadID("../\"\r\n;ä" + String(repeating: "x", count: 200))
    let name = ThreadExport.fileName(of: odd)
    #expect(name.hasPrefix("chatd---") && name.utf8.count < 90)
    #expect(name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) })
  }

  @Test func whatIsImportedIsThere() async throws {
    try await Running.server { server in
      let export = try await export(server)
      try await Running.server { other in
        let answer = try await Wire.request(
          other.port, "POST", "/api/import", body: export.body)
        #expect(answer.status == 200)
        #expect(answer.json.members?.map(\.key) == ["thread", "added", "present", "skipped"])
        #expect(answer.json["added"] == 5 && answer.json["present"] == 0)
        #expect(answer.json["thread"]?["head"] == export.json["thread"]?["head"])
        let page = try await Wire.request(other.port, "GET", "/api/messages").json
        #expect(page.contents == ["1", "2", "3", "4", "5"])
        let seq = other.store.seq
        let again = try await Wire.request(other.port, "POST", "/api/import", body: export.body)
        #expect(again.json["added"] == 0 && again.json["present"] == 5)
        #expect(other.store.seq == seq)
      }
    }
  }

  @Test func whatIsImportedComesLiveInOrder() async throws {
    try await Running.server { server in
      let export = try await export(server)
      try await Running.server { other in
        let (client, _) = try await WebSocketClient.greeted(other.port)
        defer { client.wire.close() }
        _ = try await Wire.request(other.port, "POST", "/api/import", body: export.body)
        var last: Int64 = 0
        for text in ["1", "2", "3", "4", "5"] {
          let update = try await client.next()
          #expect(update["messages"]?.array?.first?["content"]?.string == text)
          #expect(update["prev_seq"]?.int == last)
          last = update["seq"]?.int ?? 0
        }
        #expect(try await client.next()["threads"]?.array?.first?["head"] != .null)
      }
    }
  }

  @Test(
    arguments: [
      ("{", "bad_json", nil), ("[]", "bad_json", nil), ("{}", "invalid", "format"),
      (#"{"format":"chatd-thread","version":9}"#, "invalid", "version"),
    ] as [(String, String, String?)])
  func whatIsNoExportIsRefused(body: String, code: String, field: String?) async throws {
    try await Running.server { server in
      let answer = try await Wire.request(server.port, "POST", "/api/import", body: body)
      #expect(answer.status == 400 && answer.code == code)
      #expect(answer.json["field"]?.string == field)
      #expect(server.store.seq == 0)
      // The way in is free again.
      #expect(try await Wire.request(server.port, "POST", "/api/import", body: body).status == 400)
    }
  }

  @Test func anImportHasABoundOfItsOwn() async throws {
    let configuration = WebConfiguration.test.with {
      ($0.limits.importBytes, $0.limits.bodyBytes) = (2_000, 10)
    }
    try await Running.server(configuration: configuration) { server in
      let long = #"{"more":"\#(String(repeating: "x", count: 2_000))"}"#
      let answer = try await Wire.request(server.port, "POST", "/api/import", body: long)
      #expect(answer.status == 413 && answer.code == "too_large")
      #expect(answer.json["detail"]?.string?.contains("2000 bytes") == true)
      let short = try await Wire.request(server.port, "POST", "/api/import", body: #"{"more":1}"#)
      #expect(short.status == 400 && short.json["field"] == "format")
    }
  }

  @Test func oneImportAtATime() throws {
    let gate = ImportGate()
    try gate.enter()
    #expect(
      throws: ChatError.conflict(
        reason: "another import is running: try again when it is done")
    ) { try gate.enter() }
    gate.leave()
    try gate.enter()
  }

  @Test func aBrowserOfAnotherSiteIsNotLetIn() async throws {
    try await Running.server { server in
      for (method, target) in [("GET", "/api/export"), ("POST", "/api/import")] {
        let answer = try await Wire.request(
          server.port, method, target, body: method == "POST" ? "{}" : nil,
          headers: ["Host: localhost", "Origin: http://evil.example"])
        #expect(answer.status == 403)
      }
      let wrong = try await Wire.request(server.port, "POST", "/api/export", body: "{}")
      #expect(wrong.status == 405 && wrong.headers["allow"] == "GET, HEAD")
      #expect(try await Wire.request(server.port, "GET", "/api/import").status == 405)
    }
  }
}
