import Synchronization
import Testing

@testable import ChatCore

/// All that is published, in its order.
final class Recorder: EventSink {
  let events = Watched<[Event]>([])

  func publish(_ event: Event) { events.update { $0.append(event) } }

  var changes: [LoggedChange] {
    events.value.compactMap { if case .changed(let change) = $0 { change } else { nil } }
  }

  /// Every entry that was published, as it was then.
  var entries: [Entry] {
    changes.compactMap { if case .entry(let entry) = $0.subject { entry } else { nil } }
  }
}

/// The waiting of those who try again: it takes as long as a test says.
final class Pauses: Sendable {
  let asked = Watched<[Duration]>([])
  private let allowed = Watched(0)

  func pause(_ duration: Duration) async {
    let number = asked.update {
      $0.append(duration)
      return $0.count
    }
    await allowed.wait { $0 >= number }
  }

  /// Ends the next waiting once it has begun.
  func endNext() async {
    let number = allowed.value + 1
    await asked.wait { $0.count >= number }
    allowed.update { $0 += 1 }
  }
}

/// A whole chat over fakes.
struct Chat: Sendable {
  let log: MemoryLog
  let children: FakeChildren
  let model: FakeModel
  let journal: Journal
  let around: Surroundings
  let conversations: Conversations
  let sink = Recorder()
  let pauses = Pauses()
  let draftPauses = Pauses()
  let reports = Watched<[String]>([])

  init(
    log: MemoryLog = MemoryLog(), children: FakeChildren = FakeChildren(),
    model: FakeModel = FakeModel(), maxToolRounds: Int = 10,
    now: @escaping @Sendable () -> Timestamp = { .now }
  ) {
    self.log = log
    self.children = children
    self.model = model
    journal = Journal(store: log, sink: sink)
    around = Surroundings(
      journal: journal, reader: log, children: children, model: model, sink: sink,
      maxToolRounds: maxToolRounds, now: now,
      pause: { [pauses] in await pauses.pause($0) },
      draftPause: { [draftPauses] in await draftPauses.pause($0) },
      report: { [reports] report in reports.update { $0.append(report) } })
    conversations = Conversations(around: around)
  }

  /// Runs the chat while `body` does, and stops it as chatd does: no new turns, the journal last.
  ///
  /// `body` gets the task that takes the turns, to cancel it if it wants to.
  @discardableResult
  func runStopping<T: Sendable>(
    _ body: (Task<Void, any Error>) async throws -> T
  ) async throws -> T {
    // Tasks of their own, so that a test can end the one without the other, as chatd does.
    let writing = Task { [journal] in await journal.run() }
    let turns = Task { [conversations] in try await conversations.run() }
    let result: Result<T, any Error>
    do { result = .success(try await body(turns)) } catch { result = .failure(error) }
    if case .failure = result { turns.cancel() }
    await conversations.finish()
    let ending = await turns.result
    writing.cancel()
    await writing.value
    let value = try result.get()
    try ending.get()
    return value
  }

  @discardableResult
  func run<T: Sendable>(_ body: () async throws -> T) async throws -> T {
    try await runStopping { _ in try await body() }
  }

  /// Runs one conversation by itself while `body` does.
  func runAlone(_ body: (Conversation) async throws -> Void) async throws {
    let writing = Task { [journal] in await journal.run() }
    let conversation = Conversation(
      thread: try log.state.value.threads[.main].unwrapped, around: around)
    let turns = Task { await conversation.run() }
    let result: Result<Void, any Error>
    do { result = .success(try await body(conversation)) } catch { result = .failure(error) }
    if case .failure = result { turns.cancel() }
    await conversation.finish()
    await turns.value
    writing.cancel()
    await writing.value
    try result.get()
  }

  @discardableResult
  func send(
    _ content: String, thread: ThreadID = .main, parent: EntryID? = nil,
    beside: EntryID? = nil, to: [ChildID]? = nil, clientMessageID: String? = nil
  ) async throws -> Sent {
    try await conversations.send(
      Draft(
        content: content, thread: thread, parent: parent, beside: beside, to: to,
        clientMessageID: clientMessageID))
  }

  /// Returns once every turn has ended and nothing is queued.
  func settle() async { await log.state.wait { $0.isIdle } }

  /// Returns the path of a thread once all is settled.
  func settledPath(of thread: ThreadID = .main) async -> [Entry] {
    await settle()
    return log.state.value.path(of: thread)
  }
}

extension Entry {
  /// The entry in one line, to compare paths by.
  var gist: String {
    switch self {
    case .message(let message):
      let who = message.author.map { "child \($0)" } ?? message.role.rawValue
      let how = message.status == .complete ? "" : " (\(message.status.rawValue))"
      return "\(who): \(message.content)\(how)"
    case .rollup(let rollup):
      return "rollup: "
        + rollup.responses.map { "\($0.child)=\($0.text ?? $0.status.rawValue)" }
        .joined(separator: ", ")
    case .toolRound(let round):
      return "tools: " + round.calls.map(\.gist).joined(separator: ", ")
    }
  }
}

extension ToolCall {
  var gist: String { "\(child) \(tool) \(status.rawValue)" + (reason.map { " (\($0))" } ?? "") }
}

extension [Entry] {
  /// The rounds of calls among them.
  var rounds: [ToolRound] { compactMap(\.toolRound) }
  var gists: [String] { map(\.gist) }
}
