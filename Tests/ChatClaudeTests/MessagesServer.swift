import ChildProtocol
import Foundation
import Synchronization

@testable import ChatClaude

/// The Messages API server of `Tests/Support`, as a process that ends with this one.
final class MessagesServer: Sendable {
  struct Unavailable: Error {
    let reason: String
  }

  /// One for all tests that need no other: scenarios are named in the messages, so tests don't
  /// meet.
  static let shared = Result { try MessagesServer() }

  let url: String
  /// The certificate to trust, where it speaks TLS.
  let certificateFile: String?
  /// The addresses of the proxies in front of it, by what they do.
  let proxies: [String: String]
  private let transport: CurlTransport
  /// The process, and the pipe whose end tells it to end.
  private let process: Mutex<(Process, Pipe)>

  convenience init(_ arguments: String...) throws { try self.init(arguments) }

  init(_ arguments: [String]) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let script = folder.deletingLastPathComponent().appending(path: "Support/messages_api.py")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-B", script.path(), "--until-eof"] + arguments
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let ready = try JSON(parsing: Self.line(from: output.fileHandleForReading.fileDescriptor))
    guard let url = ready["url"]?.string else { throw Unavailable(reason: ready.text) }
    self.url = url
    certificateFile = ready["ca"]?.string
    proxies = (ready["proxies"]?.members ?? []).reduce(into: [:]) {
      $0[$1.key] = $1.value.string
    }
    transport = try CurlTransport()
    self.process = Mutex((process, input))
  }

  /// The first line that comes. The end of another child may interrupt the wait for it.
  private static func line(from descriptor: Int32) throws -> [UInt8] {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while line.last != UInt8(ascii: "\n") {
      let count = read(descriptor, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else { throw Unavailable(reason: "the server did not start") }
      line.append(byte)
    }
    return line
  }

  /// What is sent to one path, and how, for tests of the transport.
  func request(
    _ path: String, _ body: JSON? = nil, headers: [HTTPRequest.Header] = []
  ) -> HTTPRequest {
    HTTPRequest(
      url: url + path, headers: headers, body: body?.bytes, certificateFile: certificateFile,
      connectTimeout: .seconds(20), idleTimeout: .seconds(60), totalTimeout: .seconds(60))
  }

  /// Gives an order, or asks for what was seen.
  @discardableResult
  func order(_ path: String, _ body: JSON? = nil) async throws -> JSON {
    let transfer = transport.open(request(path, body))
    var bytes: [UInt8] = []
    while let piece = try await transfer.next() {
      if case .body(let more) = piece { bytes += more }
    }
    return try JSON(parsing: bytes)
  }

  /// The requests whose body contains a word, once there are `count` of them with that outcome.
  func requests(
    _ word: String, _ outcome: String, count: Int = 1
  ) async throws -> [JSON] {
    let query = "containing=\(word)&outcome=\(outcome)&count=\(count)&seconds=50"
    let told = try await order("/_wait?\(query)")["requests"]?.array ?? []
    guard told.count >= count else {
      throw Unavailable(reason: "\(told.count) of \(count) requests are \(outcome)")
    }
    return told
  }

  /// All requests so far whose body contains a word.
  func requests(_ word: String) async throws -> [JSON] {
    try await order("/_requests?containing=\(word)")["requests"]?.array ?? []
  }

  /// Lets one request go on that is held.
  func release(_ key: String) async throws {
    try await order("/_release", ["key": .string(key)])
  }
}
