import ChatCore
import ChildProtocol
import Synchronization
import TestSupport
import Testing

@testable import ChatWeb

/// However often a client is cut off, and wherever: in the end it has what one has that comes new.
@Suite(.timeLimit(.minutes(2)))
struct SyncModelTests {
  private typealias Client = WebSocketClient

  @Test func oneThatIsCutOffBehindAnyFrameGoesOnFromThere() async throws {
    try await Running.chatting { server in
      let frames = try await Chat(seed: 1).recorded(on: server)
      let (fresh, all) = (try await server.view(), try await server.log())
      #expect(try ClientView(frames).entries == all)
      #expect(frames.count > 80 && frames.contains { $0.type == "message_delta" })
      for count in frames.indices {
        let cut = try ClientView(Array(frames.prefix(count)))
        let view = try await server.view(from: cut)
        #expect(view.same(as: fresh, all), "cut off after \(count) of \(frames.count)")
        #expect(cut.epoch == nil || view.entries == all, "cut off after \(count)")
      }
    }
  }

  @Test func oneThatMissesANumberedFrameNoticesIt() async throws {
    try await Running.chatting { server in
      let frames = try await Chat(seed: 2).recorded(on: server)
      let numbered = frames.indices.filter { frames[$0]["prev_seq"] != nil }
      for index in numbered.dropLast() {
        var cut = frames
        cut.remove(at: index)
        #expect(throws: ClientView.Missed.self) { try ClientView(cut) }
        let doubled = frames.prefix(index) + [frames[index]] + frames.suffix(from: index)
        #expect(throws: ClientView.Missed.self) { try ClientView(Array(doubled)) }
      }
    }
  }

  /// Several clients that drop, stall, come back with an older copy, and lose the server.
  @Test(arguments: 1...3)
  func afterDropsStallsAndRestartsAllHaveTheSame(_ seed: UInt64) async throws {
    let (store, runs) = (MemoryStore(), 3)
    var views = Array(repeating: ClientView(), count: 3)
    for run in 1...runs {
      let (before, chat) = (views, Chat(seed: seed &* 100 &+ UInt64(run)))
      let after = Shared(views)
      try await Running.chatting(store: store, isNarrow: seed.isMultiple(of: 2)) { server in
        try await withThrowingTaskGroup(of: Void.self) { group in
          let isOver = Shared(false)
          group.addTask {
            try await chat.take(place: run, on: server)
            isOver.value = true
          }
          for (number, view) in before.enumerated() {
            group.addTask {
              var client = Restless(view: view, seed: seed &* 1_000 &+ UInt64(run * 10 + number))
              while !isOver.value { try await client.visit(server) }
              let view = client.view
              after.change { $0[number] = view }
            }
          }
          try await group.waitForAll()
        }
        guard run == runs else { return }
        let (fresh, all) = (try await server.view(), try await server.log())
        #expect(all.count == runs * Chat.entryCount)
        for (number, view) in after.value.enumerated() {
          #expect(try await server.view(from: view).same(as: fresh, all), "client \(number)")
        }
      }
      views = after.value
    }
  }
}

/// People who write in two threads at once while children and a model answer.
private struct Chat {
  let seed: UInt64
  private static let sendCount = 2
  /// Each message is heard, answered, and the answer is heard, in both threads.
  static let entryCount = 2 * sendCount * 4

  /// Has them write after others have, and returns once all of it has been answered.
  func take(place run: Int, on server: Running) async throws {
    try await write(on: server)
    while true {
      let entries = try await server.log().values
      if entries.count == run * Self.entryCount, !entries.contains(where: \.isGoingOn) { return }
      // As often as somebody asks over the network.
      _ = try await Wire.request(server.port, "GET", "/healthz")
    }
  }

  /// Has them write, and returns what a client saw that was there all the time.
  func recorded(on server: Running) async throws -> [JSON] {
    let (client, _) = try await WebSocketClient.greeted(server.wsPort)
    defer { client.wire.close() }
    try await client.send(ClientView().subscription)
    var (view, frames) = (ClientView(), [JSON]())
    func read(until isDone: (ClientView) -> Bool) async throws {
      while !isDone(view) {
        frames.append(try await client.next())
        try view.take(frames[frames.count - 1])
      }
    }
    try await read { $0.isSubscribed }
    async let written: Void = write(on: server)
    try await read { view in
      view.entries.count == Self.entryCount && !view.entries.values.contains(where: \.isGoingOn)
        && view.threads["main"]?["title"] == .string("over \(seed)")
    }
    try await written
    return frames
  }

  private func write(on server: Running) async throws {
    let side = ThreadID("side")
    if try await server.store.threads().count == 1 {
      _ = try await server.conversations.changeThread(side, create: true) { _ in }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for thread in [ThreadID.main, side] {
        group.addTask {
          for number in 1...Self.sendCount {
            let draft = Draft(
              content: "\(number) of \(seed)", thread: thread, clientMessageID: "\(seed)-\(number)")
            let sent = try await server.conversations.send(draft)
            let again = try await server.conversations.send(draft)
            #expect(again.isDuplicate && again.message.id == sent.message.id)
            server.start(number.isMultiple(of: 2) ? .ready : .stopped)
            _ = try await server.conversations.changeThread(side) { $0.title = "\(number)" }
          }
        }
      }
      try await group.waitForAll()
    }
    _ = try await server.conversations.changeThread(.main) { $0.title = "over \(seed)" }
  }
}

/// A client that does not stay.
private struct Restless {
  var view: ClientView
  private var generator: SeededGenerator

  init(view: ClientView, seed: UInt64) {
    (self.view, generator) = (view, SeededGenerator(seed: seed))
  }

  /// Connects, reads a while and goes, or is cut off.
  mutating func visit(_ server: Running) async throws {
    let isLame = generator.next().isMultiple(of: 4)
    let (client, _) = try await WebSocketClient.greeted(
      server.wsPort, receiveBytes: isLame ? 1 << 10 : nil)
    defer {
      client.wire.close()
      view.hangUp()
    }
    if generator.next().isMultiple(of: 3) {
      view.fallBack(to: Int64.random(in: 0...view.seq, using: &generator))
    }
    try await client.send(view.subscription)
    if isLame {
      // Until somebody who reads has been answered a few times, nothing is read here.
      try await client.wire.setReading(false)
      for _ in 1...4 { _ = try await Wire.request(server.port, "GET", "/healthz") }
      try await client.wire.setReading(true)
    }
    // Each pong bounds the visit: without news nothing else would end it.
    for _ in 0..<Int.random(in: 0...8, using: &generator) {
      do {
        try await client.send(["type": "ping"])
        var frame = try await client.next()
        while frame.type != "pong" {
          try view.take(frame)
          frame = try await client.next()
        }
      } catch is WebSocketClient.Closed {
        return
      } catch is Wire.Ended {
        return
      }
    }
  }
}

extension JSON {
  /// A message that waits or is being written.
  fileprivate var isGoingOn: Bool { ["queued", "streaming"].contains(self["status"]) }
}

extension ClientView {
  /// Whether it is what one has that came new, and of what that one is not shown (it is shown
  /// `main` alone) nothing is otherwise than in the log.
  fileprivate func same(as fresh: ClientView, _ log: [String: JSON]) -> Bool {
    var shown = self
    shown.entries = entries.filter { $0.value["thread"] == "main" }
    return shown == fresh && entries.allSatisfy { log[$0.key] == $0.value }
  }

  /// What a client has after these.
  fileprivate init(_ frames: [JSON]) throws {
    self.init()
    for frame in frames { try take(frame) }
    hangUp()
  }
}

extension Running {
  /// A server whose children and model answer in pieces. With `isNarrow` little may wait for a
  /// watcher, and little is replayed.
  fileprivate static func chatting(
    store: MemoryStore = MemoryStore(), isNarrow: Bool = false,
    _ body: @escaping @Sendable (Running) async throws -> Void
  ) async throws {
    let children = FakeChildren(["dice", "echo"]) { inquiry in
      var responses: [ChildResponse] = []
      for child in [ChildID("dice"), ChildID("echo")] {
        let response = ChildResponse(
          child: child, messageID: .next(at: .now), status: .replied, text: "4 👍", generation: 1)
        for phase in [Progress.Phase.waiting, .streaming("4"), .outcome(response)] {
          inquiry.progress(
            Progress(
              thread: inquiry.message.thread, message: inquiry.message.id, child: child,
              phase: phase))
          await Task.yield()
        }
        responses.append(response)
      }
      return responses
    }
    let model = FakeModel(assistant: Assistant(kind: .demo, model: "fake-1")) { hear in
      for text in ["So ", "👍🏽 it ", "is."] {
        await hear(.text(text))
        await Task.yield()
      }
    }
    let configuration = WebConfiguration.test.with {
      guard isNarrow else { return }
      ($0.limits.watcherEvents, $0.limits.watcherBytes, $0.limits.replayCount) = (24, 8 << 10, 40)
    }
    try await server(
      configuration: configuration, store: store, children: children, model: model, body)
  }

  /// A child's state changes.
  fileprivate func start(_ state: ChildStatus.State) {
    let status = children.state.withLock { children in
      let dice = ChildID("dice")
      children.statuses[dice]?.state = state
      return children.statuses[dice]
    }
    if let status { hub.publish(.children([status])) }
  }

  /// Every entry as it is stored, by its identifier.
  fileprivate func log() async throws -> [String: JSON] {
    var entries: [String: JSON] = [:]
    for case .entry(let entry) in try await store.changes(after: 0, limit: .max) {
      entries[entry.id.text] = try JSON(parsing: entry.json)
    }
    return entries
  }

  /// What a client has that comes with `view` and reads all there is.
  fileprivate func view(from view: ClientView = ClientView()) async throws -> ClientView {
    var view = view
    let (client, _) = try await WebSocketClient.greeted(wsPort)
    defer { client.wire.close() }
    try await client.send(view.subscription)
    while !view.isSubscribed || view.seq < store.seq { try view.take(try await client.next()) }
    view.hangUp()
    return view
  }
}
