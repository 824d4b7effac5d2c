import ChatCore
import ChildProtocol
import Foundation
import Synchronization

/// The response to one try: a head that is good, then the stream's bytes.
struct ClaudeResponse {
  /// As much of an error's body as is read: more than the API's ever are.
  static let errorByteLimit = 64 << 10

  private let transfer: Transfer

  init(_ transfer: Transfer) { self.transfer = transfer }

  /// The head of an event stream.
  /// - Throws: `ClaudeError.status`, `.notStream`, `.broken` or `.network`, or
  ///   `CancellationError`.
  func head() async throws -> HTTPHead {
    guard case .head(let head) = try await next() else { throw ClaudeError.cutOff }
    guard head.status == 200 else {
      let body = try await beginningOfBody()
      throw ClaudeError.status(
        ServerRefusal(head, body: body, advice: RetryAdvice(head, now: Date())))
    }
    let type = head["content-type"] ?? "text/event-stream"
    guard type.lowercased().hasPrefix("text/event-stream") else {
      let body = try await beginningOfBody()
      throw Self.error(body)
        ?? ClaudeError.notStream(contentType: Excerpt.of(type.utf8), excerpt: Excerpt.of(body))
    }
    return head
  }

  /// The API's error, which some gateways send with status 200; nil: the body is something else.
  private static func error(_ body: [UInt8]) -> ClaudeError? {
    guard (try? JSON(parsing: body))?["error"]?["type"]?.string != nil,
      case .error(let type, let message)? = try? ClaudeStreamEvent(.init(name: "error", data: body))
    else { return nil }
    return .broken(type: type, message: message)
  }

  /// A whole answer of JSON, with status 200.
  /// - Throws: `ClaudeError.status`, `.notStream`, `.unreadable` or `.network`, or
  ///   `CancellationError`.
  func json(byteLimit: Int) async throws -> JSON {
    guard case .head(let head) = try await next() else { throw ClaudeError.cutOff }
    guard head.status == 200 else {
      let body = try await beginningOfBody()
      throw ClaudeError.status(
        ServerRefusal(head, body: body, advice: RetryAdvice(head, now: Date())))
    }
    var body: [UInt8] = []
    while let bytes = try await nextBody() {
      body += bytes
      guard body.count <= byteLimit else {
        throw ClaudeError.unreadable("it is longer than \(byteLimit) bytes")
      }
    }
    do { return try JSON(parsing: body) } catch {
      throw ClaudeError.unreadable("it is no JSON: \(Excerpt.of(body))")
    }
  }

  /// More bytes of the stream; nil at its end.
  func nextBody() async throws -> [UInt8]? {
    guard case .body(let bytes) = try await next() else { return nil }
    return bytes
  }

  /// What there is to quote of a body that is no stream. Where it breaks off, what came will do.
  private func beginningOfBody() async throws -> [UInt8] {
    var body: [UInt8] = []
    do {
      while body.count < Self.errorByteLimit, let bytes = try await nextBody() { body += bytes }
    } catch is ClaudeError {
      return body
    }
    return body
  }

  private func next() async throws -> Transfer.Piece? {
    do { return try await transfer.next() } catch let failure as TransferFailure {
      throw ClaudeError.network(failure)
    }
  }
}

/// Whoever hears an answer, and whether there was something of it.
final class Listener: Sendable {
  private let tell: @Sendable (ModelEvent) async -> Void
  private let begun = Mutex(false)

  init(_ tell: @escaping @Sendable (ModelEvent) async -> Void) { self.tell = tell }

  /// Whether a piece of the answer came, be it a text, a thought or a call: it is paid for, and if
  /// it breaks off that is an interruption.
  var hasBegun: Bool { begun.withLock { $0 } }

  /// A piece of the answer came.
  func begin() { begun.withLock { $0 = true } }

  /// The answer is told to its end: what is wrong with it is no interruption.
  func end() { begun.withLock { $0 = false } }

  /// Tells something, and waits until it is taken.
  func hear(_ event: ModelEvent) async { await tell(event) }
}
