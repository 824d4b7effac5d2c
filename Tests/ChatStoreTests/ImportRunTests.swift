import ChatCore
import ChildProtocol
import Foundation
import GRDB
import TestSupport
import Testing

@testable import ChatStore

/// An import on a real database: in pieces, and yet all of it or nothing.
@Suite(.timeLimit(.minutes(2))) struct ImportRunTests {
  @Test func `However many entries and bytes, no step holds up the others for long`() async throws {
    try await withStore { store in
      let many = RecordedSteps(of: store)
      _ = try await ImportRun(store: many, reader: store).take(Fixture(entryCount: 600).new)
      #expect(many.pieceCounts == [128, 128, 128, 128, 88])
      let long = RecordedSteps(of: store)
      let texts = Fixture(ThreadID("long"), entryCount: 7, contentBytes: 100 << 10).new
      _ = try await ImportRun(store: long, reader: store).take(texts)
      #expect(long.pieceCounts == [3, 3, 1])
    }
  }

  @Test func `After whichever step chatd ends, its next start has all of it or nothing`()
    async throws
  {
    let fixture = Fixture(entryCount: 300)
    var found: [Fixture.State] = []
    var halves = 0
    for stepCount in 0... {
      let isOver = try await withPath { path in
        let steps = RecordedSteps(of: try SQLiteStore(path: path), limit: stepCount)
        let isOver = await fixture.isTaken(by: steps)
        try steps.store.close()

        let store = try SQLiteStore(path: path)
        // What would be seen without the next start's help.
        if case .other = try await fixture.state(in: store) { halves += 1 }
        try await ImportRun(store: store, reader: store).finishLeft()
        let state = try await fixture.state(in: store)
        #expect(state != .other, "after \(stepCount) steps")
        found.append(state)
        try await fixture.expectSecondImport(into: store, after: state)
        return isOver
      }
      if isOver { break }
    }
    // Two to put it by, then it is accepted, then three to take it over.
    #expect(found.prefix { $0 == .nothing }.count == 3)
    #expect(found.drop { $0 == .nothing }.allSatisfy { $0 == .everything } && found.count == 7)
    #expect(halves > 0)
  }

  @Test(arguments: 0..<3)
  func `Whenever the power fails, the next start has all of it or nothing`(
    seed: UInt64
  ) async throws {
    let fixture = Fixture(entryCount: 300)
    let folder = try TemporaryFolder()
    let moments = try await fixture.moments(seed: seed)
    var (states, halves): (Set<Fixture.State>, Int) = ([], 0)
    for files in moments {
      let store = try FoundDatabase(files, within: folder).open()
      if case .other = try await fixture.state(in: store) { halves += 1 }
      try await ImportRun(store: store, reader: store).finishLeft()
      let state = try await fixture.state(in: store)
      states.insert(state)
      #expect(try await store.texts().contains("before"))
      #expect(try await Verification.run(on: store.pool.path)?.findings == [])
    }
    #expect(moments.count > 10 && states == [.nothing, .everything] && halves > 0)
  }

  @Test func `What is put by is in no thread, found by no search, and forgotten by the next start`()
    async throws
  {
    try await withStore { store in
      let fixture = Fixture(entryCount: 300)
      let seq = try await store.lastSeq()
      try await store.commit(.importing(.stage(fixture.new.items.map(\.entry))))
      #expect(try await fixture.state(in: store) == .nothing)
      #expect(try await store.search(SearchQuery("number")).hits.isEmpty)
      #expect(try await store.entry(fixture.new.items[0].entry.id) == nil)
      #expect(try await store.lastSeq() == seq)
      #expect(try await store.stagedCount() == 300)
      let run = ImportRun(store: store, reader: store)
      #expect(try await run.finishLeft() == nil)
      #expect(try await store.stagedCount() == 0)
      #expect(try await fixture.state(in: store) == .nothing)
    }
  }

  @Test func `Until one is taken over, no other is put by or accepted`() async throws {
    try await withStore { store in
      let (one, two) = (Fixture(entryCount: 3).new, Fixture(ThreadID("two"), entryCount: 3).new)
      try await store.commit(.importing(.stage(one.items.map(\.entry))))
      try await store.commit(.importing(.accept(one.thread)))
      for step in [ImportStep.stage(two.items.map(\.entry)), .accept(two.thread)] {
        await #expect(throws: ChatError.conflict(reason: "another import is not taken over yet")) {
          try await store.commit(.importing(step))
        }
      }
      #expect(try await ImportRun(store: store, reader: store).finishLeft()?.id == one.thread.id)
      #expect(try await store.threads().map(\.id) == [.main, one.thread.id])
      _ = try await store.take(two)
      #expect(try await store.threads().count == 3)
    }
  }

  @Test func `A thread that is deleted meanwhile has all of it when it comes back`() async throws {
    try await withStore { store in
      let fixture = Fixture(entryCount: 300)
      let steps = RecordedSteps(of: store, limit: 4)
      #expect(await !fixture.isTaken(by: steps))
      try await store.commit(.thread(fixture.thread) { $0.deletedAt = .then })
      #expect(try await ImportRun(store: store, reader: store).finishLeft()?.deletedAt == .then)
      try await store.commit(.thread(fixture.thread) { $0.deletedAt = nil })
      #expect(try await fixture.state(in: store) == .everything)
    }
  }

  @Test func `What can't be taken over any more is dropped, and the next import is`() async throws {
    try await withStore { store in
      let bad = Entry.said("bad", after: EntryID("none"), thread: .main)
      try await store.commit(.importing(.stage([bad])))
      try await store.commit(
        .importing(.accept(ChatThread(id: .main, createdAt: .then, head: bad.id))))
      let run = ImportRun(store: store, reader: store)
      await #expect(throws: ChatError.notFound(what: "entry none")) { try await run.finishLeft() }
      #expect(try await run.finishLeft() == nil)
      let fixture = Fixture(entryCount: 3)
      try await store.take(fixture.new)
      #expect(try await fixture.state(in: store) == .everything)
    }
  }
}

/// A thread to be imported: a line of messages, with a fork in the middle.
private struct Fixture: Sendable {
  enum State: Hashable { case nothing, everything, other }

  let new: ThreadImport
  var thread: ThreadID { new.thread.id }

  init(_ thread: ThreadID = ThreadID("imported"), entryCount: Int, contentBytes: Int = 0) {
    var entries: [Entry] = []
    for number in 0..<entryCount {
      let parent = number == entryCount / 2 ? entries[number / 2] : entries.last
      entries.append(
        .said(
          "number \(number)" + String(repeating: "x", count: contentBytes), after: parent?.id,
          thread: thread))
    }
    let items = entries.enumerated().map { index, entry in
      ThreadImport.Item(place: "entries[\(index)]", entry: entry, byteCount: entry.json.count)
    }
    new = ThreadImport(
      thread: ChatThread(id: thread, title: "T", createdAt: .then, head: entries.last?.id),
      items: items, skippedCount: 0)
  }

  /// Whether it came to its end.
  func isTaken(by steps: RecordedSteps) async -> Bool {
    do {
      _ = try await ImportRun(store: steps, reader: steps.store).take(new)
      return true
    } catch { return false }
  }

  func state(in store: SQLiteStore) async throws -> State {
    let here = try await store.threads().first { $0.id == thread }
    let ids = try await store.standings(of: Set(new.items.map(\.entry.id))).count
    if here == nil && ids == 0 { return .nothing }
    guard let here, ids == new.items.count, here.head == new.thread.head else { return .other }
    let export = try await ThreadImport(parsing: store.export(thread))
    func gist(_ new: ThreadImport) -> [EntryID: EntryID?] {
      Dictionary(new.items.map { ($0.entry.id, $0.entry.parent) }) { first, _ in first }
    }
    return gist(export) == gist(new) ? .everything : .other
  }

  /// Imports it again: it is there then, and a further time changes nothing.
  func expectSecondImport(into store: SQLiteStore, after found: State) async throws {
    let added = try await store.take(new).subjects.count
    #expect(added == (found == .everything ? 0 : new.items.count + 2))
    #expect(try await state(in: store) == .everything)
    let seq = try await store.lastSeq()
    #expect(try await store.take(new).subjects.isEmpty)
    #expect(try await store.lastSeq() == seq)
  }

  /// What is on the disk where the power fails while it is imported, at moments of a seed's.
  func moments(seed: UInt64) async throws -> [[String: [UInt8]]] {
    try await withFaultyDisk { disk, path in
      let store = try SQLiteStore(path: path)
      try store.execute("PRAGMA wal_autocheckpoint = 40")
      try await store.say("before")
      let failures = Moments(seed: seed)
      disk.decide { [weak disk] call in
        if let disk, [.write, .sync, .truncate, .delete].contains(call.kind) {
          failures.pass(on: disk)
        }
        return nil
      }
      try await store.take(new)
      disk.decide(nil)
      return failures.files
    }
  }
}

extension SQLiteStore {
  fileprivate func stagedCount() async throws -> Int? {
    try await pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM import_entry") }
  }
}
