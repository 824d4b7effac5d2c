import ChatCore
import ChildProtocol
import Foundation
import NIOPosix
import Synchronization
import TestSupport

@testable import ChatChildren

/// A supervisor over children of the test's choice, with a real warden and real processes.
final class Nursery: Sendable {
  let folder: TemporaryFolder
  /// Where its children's folders are.
  let home: URL
  let events = EventRecorder()
  let supervisor: Supervisor
  let records = RecordKeeper()
  let host = ScriptedHost()

  init(_ folder: TemporaryFolder, folders: [URL], environment: [String: String]) throws {
    self.folder = folder
    home = folders[0]
    var variables = ProcessInfo.processInfo.environment
    variables.merge(environment) { $1 }
    supervisor = Supervisor(
      Supervisor.Configuration(
        folders: folders,
        wardenPath: Places.programs.appendingPathComponent("chatd-warden").path,
        socketFolder: try folder.folder("s").path, logFolder: try folder.folder("logs").path,
        chatdFolder: Places.programs.path, environment: variables),
      group: .singleton, records: records, sink: events, report: { _ in })
  }

  /// Runs `body` with a nursery over the faulty children named, each with `toml` put before its
  /// manifest's tables, and ends everything afterwards.
  static func with(
    _ children: [String], autostart: Bool = true, toml: [String: String] = [:],
    environment: [String: String] = [:], kept: [ChildID: ChildRecord] = [:],
    _ body: (Nursery) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let home = try folder.folder("children")
    try FileManager.default.copyItem(
      at: Places.faultyChildren.appendingPathComponent("chatd_child.py"),
      to: home.appendingPathComponent("chatd_child.py"))
    for child in children {
      try copy(child, to: home, autostart: autostart, toml: toml[child] ?? "")
    }
    let nursery = try Nursery(folder, folders: [home], environment: environment)
    try await nursery.run(kept: kept, body)
  }

  private func run(
    kept: [ChildID: ChildRecord], _ body: (Nursery) async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await self.supervisor.run() }
      try await supervisor.start(
        await ManifestLoader(folders: [home]).load(), kept: kept, host: host)
      let result: Result<Void, any Error>
      do { result = .success(try await body(self)) } catch { result = .failure(error) }
      await supervisor.stopWarden()
      tasks.cancelAll()
      try result.get()
    }
  }

  /// `name` may be `echo-2`: the child `echo` under another name.
  private static func copy(_ name: String, to home: URL, autostart: Bool, toml: String) throws {
    let kind = name.split(separator: "@").first.map(String.init) ?? name
    let target = home.appendingPathComponent(name.replacing("@", with: "-"))
    let source = Places.faultyChildren.appendingPathComponent(kind)
    try FileManager.default.copyItem(at: source, to: target)
    let manifest = target.appendingPathComponent("manifest.toml")
    var lines = try String(contentsOf: manifest, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines.removeAll { $0.hasPrefix("autostart") }
    lines.insert("autostart = \(autostart)", at: 0)
    // Tables that the test gives take the place of the fixture's own.
    for table in toml.split(separator: "\n") where table.hasPrefix("[") {
      guard let start = lines.firstIndex(of: String(table)) else { continue }
      let end = lines[(start + 1)...].firstIndex { $0.hasPrefix("[") } ?? lines.endIndex
      lines.removeSubrange(start..<end)
    }
    try Data((lines.joined(separator: "\n") + "\n" + toml).utf8).write(to: manifest)
  }

  func ready(_ child: String, past generation: Int64 = 0) async -> ChildStatus {
    await events.status(of: child) { $0.state == .ready && $0.generation > generation }
  }

  /// `ready`, for very many generations: what was told before is forgotten.
  func nextReady(_ child: String, past generation: Int64) async -> ChildStatus {
    let status = await ready(child, past: generation)
    events.forget()
    return status
  }

  /// Asks every child about `text`.
  func ask(
    _ text: String, to: [String]? = nil, role: Message.Role = .user,
    late: @escaping @Sendable (ChildResponse) -> Void = { _ in }
  ) async -> [ChildResponse]? {
    await ask(
      Message(
        id: .next(at: .now), thread: .main, createdAt: .now, role: role, content: text,
        to: to?.map(ChildID.init)), late: late)
  }

  /// Asks every child about a message.
  func ask(
    _ message: Message, late: @escaping @Sendable (ChildResponse) -> Void = { _ in }
  ) async -> [ChildResponse]? {
    await supervisor.consult(
      Inquiry(
        message: message, muted: [], attempt: 1, earlier: { _ in [] },
        progress: { [events] in events.publish(.progress($0)) }, late: late))
  }
}

/// Keeps in memory what is to be kept of children.
final class RecordKeeper: ChildRecords {
  private let state = Mutex<[ChildID: ChildRecord]>([:])

  func keep(_ child: ChildID, _ change: ChildRecord.Change) async throws {
    state.withLock { $0[child, default: ChildRecord()].apply(change) }
  }

  subscript(child: String) -> ChildRecord? { state.withLock { $0[ChildID(child)] } }
  var all: [ChildID: ChildRecord] { state.withLock { $0 } }
}

/// A host with one entry in its history.
final class ScriptedHost: ChildHost {
  let entry = Entry.message(
    Message(
      id: .next(at: .now), thread: .main, createdAt: .now, role: .user, content: "long ago"))

  func history(thread: ThreadID, before: EntryID?, limit: Int) async throws -> [Entry] { [entry] }

  func post(_ post: Post, by child: ChildID) async throws -> Message {
    var message = Message(
      id: .next(at: .now), thread: post.thread, createdAt: .now, role: .user, content: post.text)
    (message.author, message.html, message.data) = (child, post.html, post.data)
    return message
  }
}
