import Foundation
import NIOCore
import TestSupport
import Testing

@testable import ChatWeb

@Suite(.timeLimit(.minutes(1)))
struct AssetsTests {
  private static let key = "sk-very-secret"

  /// A folder with a web interface, a key in it, and a secret beside it.
  private func withFolder(_ body: @Sendable (String) async throws -> Void) async throws {
    let top = FileManager.default.temporaryDirectory.appending(path: "web-\(UUID().uuidString)")
    let folder = top.appending(path: "assets")
    let files = FileManager.default
    defer { try? files.removeItem(at: top) }
    for name in ["js", "fonts", ".hidden", "dir.html"] {
      try files.createDirectory(
        at: folder.appending(path: name), withIntermediateDirectories: true)
    }
    for (name, text) in [
      "index.html": "<!doctype html>", "js/main.js": "export {}", "site.css": "a{}",
      "favicon.svg": "<svg/>", "fonts/a.woff2": "font", "my file.html": "space",
      "api-key.txt": Self.key, "js/api-key.txt": Self.key, "API-KEY.TXT": Self.key,
      "notes.txt": Self.key, ".env": Self.key, ".hidden/a.html": Self.key, ".a.html": Self.key,
      "main.js.map": Self.key, "types.d.ts": Self.key, "README": Self.key, "a.HTML": Self.key,
      "../beside.html": Self.key,
    ] { try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8) }
    let path = folder.path(percentEncoded: false)
    try files.createSymbolicLink(
      atPath: path + "/link.html", withDestinationPath: path + "/api-key.txt")
    try files.createSymbolicLink(atPath: path + "/out", withDestinationPath: top.path)
    try files.linkItem(atPath: path + "/api-key.txt", toPath: path + "/hard.html")
    try await body(path)
  }

  private func configuration(_ folder: String) -> WebConfiguration {
    .test.with { $0.assets = folder }
  }

  @Test func filesAreServedWithTheirTypes() async throws {
    try await withFolder { folder in
      try await Running.server(configuration: configuration(folder)) { server in
        for (target, type, body) in [
          ("/", "text/html; charset=utf-8", "<!doctype html>"),
          ("/index.html", "text/html; charset=utf-8", "<!doctype html>"),
          ("/?x=1", "text/html; charset=utf-8", "<!doctype html>"),
          ("/js/main.js", "text/javascript; charset=utf-8", "export {}"),
          ("/site.css", "text/css; charset=utf-8", "a{}"),
          ("/favicon.svg", "image/svg+xml", "<svg/>"),
          ("/fonts/a.woff2", "font/woff2", "font"),
          ("/my%20file.html", "text/html; charset=utf-8", "space"),
        ] {
          let answer = try await Wire.request(server.port, "GET", target)
          #expect(answer.status == 200 && answer.body == body, "\(target)")
          #expect(answer.headers["content-type"] == type)
          #expect(answer.headers["cache-control"] == "no-cache")
          let head = try await Wire.request(server.port, "HEAD", target)
          #expect(head.status == 200)
          #expect(head.headers["content-length"] == "\(body.utf8.count)")
          #expect(head.headers["etag"] == answer.headers["etag"])
          let post = try await Wire.request(server.port, "POST", target, body: "{}")
          #expect(post.status == 405 && post.headers["allow"] == "GET, HEAD")
        }
      }
    }
  }

  @Test func aFileThatIsKnownIsNotSentAgainUntilItChanges() async throws {
    try await withFolder { folder in
      try await Running.server(configuration: configuration(folder)) { server in
        let first = try await Wire.request(server.port, "GET", "/site.css")
        let tag = try #require(first.headers["etag"])
        func again(_ tags: String) async throws -> HTTPAnswer {
          try await Wire.request(
            server.port, "GET", "/site.css",
            headers: ["Host: localhost", "If-None-Match: \(tags)"])
        }
        for tags in [tag, "W/" + tag, "\"x\", " + tag, "*"] {
          let answer = try await again(tags)
          #expect(answer.status == 304 && answer.headers["etag"] == tag)
        }
        #expect(try await again("\"x\"").status == 200)
        try "b{color:red}".write(toFile: folder + "/site.css", atomically: true, encoding: .utf8)
        var answer = try await again(tag)
        // It may be known for a moment longer; each request looks whether the moment is over.
        while answer.status == 304 { answer = try await again(tag) }
        #expect(answer.status == 200 && answer.body == "b{color:red}")
        #expect(answer.headers["etag"] != tag)
      }
    }
  }

  /// A request's answer with its body as it came.
  private func raw(
    _ port: Int, _ target: String, _ fields: [String] = [], method: String = "GET"
  ) async throws -> (answer: HTTPAnswer, body: [UInt8]) {
    let wire = try await Wire.connect(port)
    defer { wire.close() }
    let lines = ["\(method) \(target) HTTP/1.1", "Host: localhost"] + fields
    try await wire.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
    let answer = try await wire.response(toHead: true)
    let isBare = method == "HEAD" || answer.status == 304
    let count = isBare ? 0 : answer.headers["content-length"].flatMap { Int($0) } ?? 0
    return (answer, try await wire.take { $0.readBytes(length: count) })
  }

  @Test func textIsSentPackedToWhomeverTakesIt() async throws {
    try await withFolder { folder in
      let text = String(repeating: "export const words = 'long';\n", count: 200)
      for name in ["big.js", "big.css", "big.html", "big.svg", "big.json", "big.webmanifest"] {
        try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
      }
      try await Running.server(configuration: configuration(folder)) { server in
        for name in ["big.js", "big.css", "big.html", "big.svg", "big.json", "big.webmanifest"] {
          let (plain, body) = try await raw(server.port, "/\(name)")
          #expect(plain.status == 200 && body == Array(text.utf8))
          #expect(plain.headers["content-encoding"] == nil)
          let (packed, bytes) = try await raw(
            server.port, "/\(name)", ["Accept-Encoding: br, gzip"])
          #expect(packed.status == 200 && packed.headers["content-encoding"] == "gzip")
          #expect(bytes.count < text.utf8.count / 10)
          #expect(GzipTests.unpacked(bytes, byteCount: text.utf8.count) == body)
          #expect(packed.headers["content-type"] == plain.headers["content-type"])
          let (head, _) = try await raw(
            server.port, "/\(name)", ["Accept-Encoding: gzip"], method: "HEAD")
          for field in ["content-length", "content-encoding", "etag", "vary"] {
            #expect(head.headers[field] == packed.headers[field], "\(field)")
          }
          for answer in [plain, packed] { #expect(answer.headers["vary"] == "Accept-Encoding") }
        }
      }
    }
  }

  @Test func eachFormOfAFileHasATagOfItsOwn() async throws {
    try await withFolder { folder in
      let text = String(repeating: "a{color:red}\n", count: 100)
      try text.write(toFile: folder + "/site.css", atomically: true, encoding: .utf8)
      try await Running.server(configuration: configuration(folder)) { server in
        func ask(_ accepted: String, _ tags: String = "none") async throws -> HTTPAnswer {
          try await raw(
            server.port, "/site.css",
            ["Accept-Encoding: \(accepted)", "If-None-Match: \(tags)"]
          ).answer
        }
        let plain = try #require(try await ask("identity").headers["etag"])
        let packed = try #require(try await ask("gzip").headers["etag"])
        #expect(packed == plain.dropLast() + "-gz\"")
        for (accepted, own, other) in [("identity", plain, packed), ("gzip", packed, plain)] {
          for tags in [own, "W/" + own, "\(other), \(own)", "*"] {
            let answer = try await ask(accepted, tags)
            #expect(answer.status == 304 && answer.headers["etag"] == own)
            #expect(answer.headers["vary"] == "Accept-Encoding")
          }
          #expect(try await ask(accepted, other).status == 200)
        }
      }
    }
  }

  @Test func whatGetsNoSmallerIsSentAsItIs() async throws {
    try await withFolder { folder in
      var numbers = SeededGenerator(seed: 1)
      let noise = Data((0..<4096).map { _ in UInt8.random(in: 0...255, using: &numbers) })
      let text = Data(String(repeating: "a", count: 4096).utf8)
      let (most, least) = (text.prefix(1023), text.prefix(1024))
      for (name, data) in [
        ("noise.js", noise), ("font.woff2", text), ("a.png", text), ("a.ico", text),
        ("short.js", most), ("longer.js", least),
      ] { try data.write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
      try await Running.server(configuration: configuration(folder)) { server in
        for (name, data) in [
          ("noise.js", noise), ("font.woff2", text), ("a.png", text), ("a.ico", text),
          ("short.js", most),
        ] {
          let (answer, body) = try await raw(server.port, "/\(name)", ["Accept-Encoding: gzip"])
          #expect(answer.status == 200 && body == Array(data), "\(name)")
          #expect(answer.headers["content-encoding"] == nil && answer.headers["vary"] == nil)
        }
        let (longer, _) = try await raw(server.port, "/longer.js", ["Accept-Encoding: gzip"])
        #expect(longer.headers["content-encoding"] == "gzip")
        // Answers of the interface are not packed.
        let (api, _) = try await raw(server.port, "/api/threads", ["Accept-Encoding: gzip"])
        #expect(api.status == 200 && api.headers["content-encoding"] == nil)
      }
    }
  }

  static let variants = [
    "/api-key.txt", "/API-KEY.TXT", "/Api-Key.txt", "//api-key.txt", "///api-key.txt",
    "/./api-key.txt", "/js/../api-key.txt", "/js/api-key.txt", "/js//api-key.txt",
    "/%61pi-key.txt", "/api%2dkey.txt", "/api-key%2etxt", "/api-key.tx%74", "/%2e/api-key.txt",
    "/js/%2e%2e/api-key.txt", "/js/..%2fapi-key.txt", "/js%2f..%2fapi-key.txt",
    "/%2fapi-key.txt", "/%252e%252e/api-key.txt", "/api-key.txt%00", "/api-key.txt%00.html",
    "/api-key.txt.", "/api-key.txt/", "/api-key.txt/.", "/api-key.txt%20", "/api-key.txt::$DATA",
    "/api-key.txt?x=.html", "/api-key.txt;.html", "/api-key.txt#.html",
    "/index.html/../api-key.txt",
    "/index.html%2f..%2fapi-key.txt", "\\api-key.txt", "/\\api-key.txt", "/js\\..\\api-key.txt",
    "/%5capi-key.txt", "/link.html", "/hard.html", "/out/beside.html", "/out/assets/api-key.txt",
    "/../beside.html", "/%2e%2e/beside.html", "/..%2fbeside.html", "/../assets/api-key.txt",
    "/assets/api-key.txt", "/.env", "/.hidden/a.html", "/.a.html", "/notes.txt", "/main.js.map",
    "/types.d.ts", "/README", "/a.HTML", "/dir.html", "/%c0%ae%c0%ae/api-key.txt",
    "/api-key%u002etxt", "/api-key.txt%0d%0a", "/ws/../api-key.txt", "/api/../api-key.txt",
    "http://localhost/api-key.txt", "http://localhost//api-key.txt",
    "http://localhost/js/../api-key.txt",
  ]

  @Test func theKeyIsServedUnderNoName() async throws {
    try await withFolder { folder in
      try await Running.server(configuration: configuration(folder)) { server in
        for target in Self.variants {
          for method in ["GET", "HEAD", "POST"] {
            let wire = try await Wire.connect(server.port)
            try await wire.send(
              "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            let answer = await wire.rest()
            #expect(!answer.contains("secret"), "\(method) \(target)")
            #expect(!answer.hasPrefix("HTTP/1.1 200"), "\(method) \(target)")
            wire.close()
          }
        }
      }
    }
  }

  /// What the test above looks for is there to be found: under a name that may be served, it is.
  @Test func theSameWordsInAPageAreServed() async throws {
    try await withFolder { folder in
      try Self.key.write(toFile: folder + "/page.html", atomically: true, encoding: .utf8)
      try await Running.server(configuration: configuration(folder)) { server in
        let answer = try await Wire.request(server.port, "GET", "/page.html")
        #expect(answer.status == 200 && answer.body.contains("secret"))
      }
    }
  }

  @Test func withoutAFolderThereIsNoPage() async throws {
    for configuration in [WebConfiguration.test, configuration("/nonexistent")] {
      try await Running.server(configuration: configuration) { server in
        let answer = try await Wire.request(server.port, "GET", "/")
        #expect(answer.status == 404 && answer.code == "not_found")
      }
    }
  }
}
