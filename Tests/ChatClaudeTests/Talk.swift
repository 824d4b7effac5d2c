import ChatCore
import Foundation
import Logging
import Synchronization

@testable import ChatClaude

/// A client on the server of the tests, with all that can be watched of it.
struct Talk: Sendable {
  let server: MessagesServer
  let clock: TestClock
  let log = LogLines()
  let client: ClaudeClient

  init(
    _ server: MessagesServer? = nil, clock: TestClock = TestClock(),
    configure: (inout ClaudeConfiguration) -> Void = { _ in }
  ) throws {
    let server = try server ?? MessagesServer.shared.get()
    var configuration = ClaudeConfiguration(
      baseURL: server.url, credential: .apiKey("test-key"),
      certificateFile: server.certificateFile)
    configure(&configuration)
    self.server = server
    self.clock = clock
    client = try ClaudeClient(
      configuration: configuration, logger: log.logger, clock: clock, random: { 0 })
  }

  /// Asks, and returns what was heard with what became of it.
  func ask(_ text: String) async -> Outcome {
    let hearing = Hearing()
    let result: Result<ModelAnswer, any Error>
    do {
      result = .success(
        try await client.answer(.saying(text), hear: { await hearing.hear($0) }))
    } catch { result = .failure(error) }
    return Outcome(result: result, events: hearing.events)
  }
}

/// What became of a question.
struct Outcome: Sendable {
  let result: Result<ModelAnswer, any Error>
  let events: [ModelEvent]

  /// All text that was heard.
  var text: String {
    events.map { if case .text(let text) = $0 { text } else { "" } }.joined()
  }

  /// The waits that were announced.
  var delays: [Duration] {
    events.compactMap { if case .retrying(_, let delay, _) = $0 { delay } else { nil } }
  }

  var answer: ModelAnswer? { try? result.get() }

  var failure: ModelFailure? {
    if case .failure(let error) = result { error as? ModelFailure } else { nil }
  }

  var isCancelled: Bool {
    if case .failure(let error) = result { error is CancellationError } else { false }
  }
}

extension ModelEvent {
  /// Whether it tells no more than what was counted.
  var isUsage: Bool { if case .usage = self { true } else { false } }
}

/// Remembers what it is told.
final class Hearing: Sendable {
  private let told = Mutex<[ModelEvent]>([])

  var events: [ModelEvent] { told.withLock { $0 } }

  func hear(_ event: ModelEvent) async { told.withLock { $0.append(event) } }
}

extension ModelRequest {
  /// A thread's first message.
  static func saying(_ text: String) -> ModelRequest {
    ModelRequest(turns: [.init(role: .user, text: text)])
  }
}

/// A word that no other test says, so that the server can tell tests apart.
func uniqueWord() -> String { UUID().uuidString }

/// What the server of the tests answers by default.
func echo(_ text: String) -> String { "You said: \(text). Actors: none. Grüße 🙂" }

/// Everything a logger is given, as text.
final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

  var logger: Logger {
    Logger(label: "test") { _ in Handler(sink: self) }
  }

  private struct Handler: LogHandler {
    let sink: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      sink.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
    }
  }
}
