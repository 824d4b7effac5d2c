import ChatCore
import ChildProtocol
import NIOCore
import TestSupport
import Testing

@testable import ChatWeb

/// What a client that subscribes gets: all of it, once, in order.
@Suite(.timeLimit(.minutes(2)))
struct SubscriptionTests {
  private typealias Client = WebSocketClient

  @Test func withoutAPastItIsASnapshot() async throws {
    try await Running.server(children: FakeChildren(["dice"])) { server in
      for number in 1...120 { _ = try await server.append("\(number)") }
      let (client, hello) = try await Client.greeted(server.wsPort)
      defer { client.wire.close() }
      let answer = try await client.ask(["type": "subscribe"])
      #expect(
        answer.members?.map(\.key) == [
          "type", "ref", "epoch", "seq", "resumed", "children", "streaming", "rollups", "thread",
          "threads", "messages", "queued", "forks",
        ])
      #expect(answer.type == "subscribed" && answer["resumed"] == false)
      #expect(answer["epoch"] == hello["epoch"] && answer["seq"]?.int == 120)
      #expect(answer.contents == (21...120).map { "\($0)" })
      #expect(answer["threads"]?.array?.first?["id"] == "main")
      #expect(answer["children"]?.array?.first?["actor_id"] == "dice")
      #expect(answer["streaming"] == [] && answer["rollups"] == [] && answer["queued"] == [])
      _ = try await server.append("live")
      let live = try await client.next()
      #expect(live["prev_seq"]?.int == 120 && live["seq"]?.int == 121)
    }
  }

  @Test func aSnapshotIsOfTheThreadThatIsNamedOrElseOfMain() async throws {
    try await Running.server { server in
      let other = ThreadID("other")
      _ = try await server.append("in main")
      _ = try await server.conversations.changeThread(other, create: true) { _ in }
      _ = try await server.append("in other", thread: other)
      let (client, _) = try await Client.greeted(server.wsPort)
      defer { client.wire.close() }
      for (asked, got) in [(nil, "main"), ("other", "other"), ("nowhere", "main")] {
        let request: JSON =
          asked.map { ["type": "subscribe", "thread": .string($0)] }
          ?? ["type": "subscribe"]
        let answer = try await client.ask(request)
        #expect(answer["thread"]?.string == got)
        #expect(answer.contents == ["in \(got)"])
      }
    }
  }

  @Test func withAPastWhatChangedSinceIsReplayed() async throws {
    try await Running.server { server in
      var ids: [String] = []
      for number in 1...5 { ids.append(try await server.append("\(number)")) }
      try await server.amend(ids[1], "two")
      _ = try await server.conversations.changeThread(.main) { $0.title = "Title" }
      let (client, _) = try await Client.greeted(server.wsPort)
      defer { client.wire.close() }
      let answer = try await client.ask(
        ["type": "subscribe", "epoch": "epoch-1", "last_seq": 3])
      #expect(answer["resumed"] == true && answer["seq"]?.int == 7)
      #expect(answer["messages"] == nil && answer["threads"] == nil)
      var seq: Int64 = 3
      var replayed: [String] = []
      for _ in 1...4 {
        let message = try await client.next()
        #expect(message["prev_seq"]?.int == seq)
        seq = try #require(message["seq"]?.int)
        replayed +=
          message.contents + (message["threads"]?.array?.compactMap { $0["title"]?.string } ?? [])
      }
      #expect(replayed == ["4", "5", "two", "Title"])
      _ = try await server.append("live")
      #expect(try await client.next()["prev_seq"]?.int == seq)
    }
  }

  @Test(
    arguments: [
      ["type": "subscribe", "epoch": "another", "last_seq": 1],
      ["type": "subscribe", "last_seq": 1], ["type": "subscribe", "epoch": "epoch-1"],
      ["type": "subscribe", "epoch": "epoch-1", "last_seq": 9],
      ["type": "subscribe", "epoch": "epoch-1", "last_seq": 0],
    ] as [JSON])
  func aPastThatCanNotBeGoneOnFromIsASnapshot(_ request: JSON) async throws {
    let configuration = WebConfiguration.test.with { $0.limits.replayCount = 4 }
    try await Running.server(configuration: configuration) { server in
      for number in 1...5 { _ = try await server.append("\(number)") }
      let (client, _) = try await Client.greeted(server.wsPort)
      defer { client.wire.close() }
      let answer = try await client.ask(request)
      #expect(answer["resumed"] == false && answer["seq"]?.int == 5)
      #expect(answer.contents.count == 5)
    }
  }

  @Test func oneThatIsUpToDateGetsNothingAgain() async throws {
    try await Running.server { server in
      for number in 1...5 { _ = try await server.append("\(number)") }
      let (client, _) = try await Client.greeted(server.wsPort)
      defer { client.wire.close() }
      for _ in 1...3 {
        let answer = try await client.ask(
          ["type": "subscribe", "epoch": "epoch-1", "last_seq": 5])
        #expect(answer["resumed"] == true && answer["seq"]?.int == 5)
      }
      _ = try await server.append("6")
      #expect(try await client.next()["prev_seq"]?.int == 5)
    }
  }

  @Test func whenTheLogCanNotBeReadTheConnectionGoesOn() async throws {
    try await Running.server { server in
      let (client, _) = try await Client.greeted(server.wsPort)
      defer { client.wire.close() }
      server.store.fail(with: .unavailable(reason: "the disk is broken"))
      #expect(try await client.ask(["type": "subscribe"])["code"] == "unavailable")
      server.store.fail(with: nil)
      _ = try await server.append("a")
      #expect(try await client.next().contents == ["a"])
    }
  }

  @Test func whatGoesOnIsPartOfIt() async throws {
    try await Running.server { server in
      let answer = Message(
        id: EntryID("answer"), thread: .main, createdAt: .now, role: .assistant, content: "",
        status: .streaming)
      _ = try await server.journal.entry(.append(.message(answer)))
      for (offset, text) in [(0, "Grüße "), (6, "👋")] {
        server.hub.publish(
          .delta(thread: .main, message: EntryID("answer"), offset: offset, text: text))
      }
      let response = ChildResponse(
        child: ChildID("dice"), messageID: EntryID("r"), status: .replied, text: "4")
      for (child, phase) in [
        ("sentiment", Progress.Phase.streaming("hap")), ("dice", .outcome(response)),
        ("keeper", .waiting),
      ] {
        server.hub.publish(
          .progress(
            Progress(
              thread: .main, message: EntryID("m"), child: ChildID(child), phase: phase)))
      }
      let (client, _) = try await Client.greeted(server.wsPort)
      defer { client.wire.close() }
      let all = try await client.ask(["type": "subscribe"])
      #expect(
        all["streaming"] == [["message_id": "answer", "text": "Grüße 👋", "thread": "main"]])
      let rollup = all["rollups"]?.array?.first
      #expect(rollup?["message_id"] == "m")
      #expect((0..<60_000).contains(rollup?["elapsed_ms"]?.int ?? -1))
      let responses = rollup?["child_responses"]?.array
      #expect(responses?.map { $0["child_id"] } == ["dice", "keeper", "sentiment"])
      #expect(responses?.map { $0["status"] } == ["replied", "waiting", "streaming"])
      #expect(responses?.map { $0["text"] } == ["4", "", "hap"])
      #expect(responses?.first?["latency_ms"] != nil)

      let other = try await client.ask(["type": "subscribe", "threads": ["other"]])
      #expect(other["streaming"] == [] && other["rollups"] == [])
      server.hub.publish(
        .delta(thread: .main, message: EntryID("answer"), offset: 8, text: "not for it"))
      server.hub.publish(
        .delta(thread: ThreadID("other"), message: EntryID("x"), offset: 0, text: "for it"))
      #expect(try await client.next()["text"] == "for it")
    }
  }

  @Test func anAnswerThatIsAskedForAgainIsShownLiveAndInTheAnswer() async throws {
    try await Running.server { server in
      let answer = Message(
        id: EntryID("answer"), thread: .main, createdAt: .now, role: .assistant, content: "",
        status: .streaming)
      _ = try await server.journal.entry(.append(.message(answer)))
      let (client, _) = try await Client.greeted(server.wsPort)
      defer { client.wire.close() }
      let at = Timestamp(milliseconds: 1_795_600_800_123)
      server.hub.publish(
        .answerRetry(
          thread: .main, message: EntryID("answer"), attempt: 1, at: at, reason: "529"))
      #expect(
        try await client.next() == [
          "type": "answer_retry", "message_id": "answer", "thread": "main", "attempt": 1,
          "at": .string(at.description), "reason": "529",
        ])
      let waiting = try await client.ask(["type": "subscribe"])["streaming"]
      let retry: JSON = ["attempt": 1, "at": .string(at.description), "reason": "529"]
      #expect(
        waiting == [
          ["message_id": "answer", "text": "", "thread": "main", "retry": retry]
        ])
      server.hub.publish(.delta(thread: .main, message: EntryID("answer"), offset: 0, text: "a"))
      #expect(try await client.next().type == "message_delta")
      let speaking = try await client.ask(["type": "subscribe"])["streaming"]
      #expect(speaking == [["message_id": "answer", "text": "a", "thread": "main"]])
      // Whoever watches other threads hears nothing of it.
      _ = try await client.ask(["type": "subscribe", "threads": ["other"]])
      server.hub.publish(
        .answerRetry(
          thread: .main, message: EntryID("answer"), attempt: 2, at: at, reason: "529"))
      server.hub.publish(
        .delta(thread: ThreadID("other"), message: EntryID("x"), offset: 0, text: "for it"))
      #expect(try await client.next()["text"] == "for it")
    }
  }

  @Test func whatHasEndedInTheSnapshotGoesOnNoMore() async throws {
    var live = LiveState()
    live.apply(.delta(thread: .main, message: EntryID("answer"), offset: 0, text: "half"))
    live.apply(
      .progress(
        Progress(thread: .main, message: EntryID("m"), child: ChildID("dice"), phase: .waiting)))
    let answer = Message(
      id: EntryID("answer"), thread: .main, createdAt: .now, role: .assistant,
      content: "half and half")
    let rollup = Rollup(
      id: EntryID("r"), parent: EntryID("m"), thread: .main, createdAt: .now,
      originalMessageID: EntryID("m"), responses: [])
    let past = Past.replay([.entry(.message(answer)), .entry(.rollup(rollup))], from: 0)
    let request = SubscribeRequest(epoch: nil, lastSeq: nil, threads: nil)
    let text = String(
      buffer: Subscription(request, past, epoch: "e", ref: nil).frames(live)[0])
    #expect(text.contains(#""streaming":[],"rollups":[]"#))
  }

  @Test func helloToLiveHasNoHoleWhileMuchIsWritten() async throws {
    try await Running.server { server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        let last: Int64 = 400
        for _ in 1...4 {
          group.addTask { for _ in 1...100 { _ = try await server.appendQueued() } }
        }
        for _ in 1...12 {
          group.addTask {
            let (client, hello) = try await Client.greeted(server.wsPort)
            defer { client.wire.close() }
            var seq = try #require(hello["seq"]?.int)
            while seq < last {
              let live = try await client.next()
              #expect(live["prev_seq"]?.int == seq)
              seq = try #require(live["seq"]?.int)
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func afterManyDropsTheClientHasWhatTheServerHas() async throws {
    try await Running.server { server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        let written = Shared(false)
        group.addTask {
          try await server.writeMuch()
          written.value = true
        }
        for number in 1...6 {
          group.addTask {
            var copy = Copy()
            while true {
              // Looked at first: what is written before is in what the client reads.
              let isLast = written.value
              let patience = isLast ? nil : (number * 7 + Int(copy.seq) * 13) % 40
              try await copy.follow(server, pongs: patience, to: server.store.seq)
              if isLast { break }
            }
            let entries = try await server.store.changes(after: 0, limit: .max)
            #expect(
              copy.subjects == Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.seq) }))
            #expect(copy.seq == server.store.seq)
          }
        }
        try await group.waitForAll()
      }
    }
  }
}

/// A client's copy of the log, kept by the contract's rules.
private struct Copy {
  var seq: Int64 = 0
  /// The number of each entry's and thread's last change that has come.
  var subjects: [String: Int64] = [:]

  /// Connects, and hangs up after so many pongs; without a number, once it has everything up to `last`.
  mutating func follow(_ server: Running, pongs: Int?, to last: Int64) async throws {
    let (client, hello) = try await WebSocketClient.greeted(server.wsPort)
    defer { client.wire.close() }
    #expect(hello["epoch"] == "epoch-1")
    try await client.send(
      ["type": "subscribe", "epoch": "epoch-1", "last_seq": .number("\(seq)"), "ref": "s"])
    for _ in 0..<(pongs ?? 0) { try await client.send(["type": "ping"]) }
    var isSubscribed = false
    var left = pongs ?? .max
    while left > 0, pongs != nil || !isSubscribed || seq < last {
      let frame = try await client.next()
      if frame.type == "pong" { left -= 1 }
      if frame["ref"] == "s" {
        #expect(frame["resumed"] == true)
        isSubscribed = true
      } else if isSubscribed {
        take(frame)
      }
    }
  }

  private mutating func take(_ frame: JSON) {
    guard let next = frame["seq"]?.int else { return }
    #expect(frame["prev_seq"]?.int == seq)
    #expect(next > seq)
    seq = next
    for subject in (frame["messages"]?.array ?? []) + (frame["threads"]?.array ?? []) {
      let number = subject["seq"]?.int ?? 0
      subjects[subject["id"]?.string ?? ""] = number
      #expect(number == next)
    }
  }
}

extension LoggedChange.Subject {
  fileprivate var key: String {
    switch self {
    case .entry(let entry): entry.id.text
    case .thread(let thread): thread.id.text
    }
  }
}

extension Running {
  fileprivate func amend(_ id: String, _ text: String) async throws {
    _ = try await journal.entry(
      .amend(EntryID(id)) { entry in
        guard case .message(var message) = entry else { return }
        message.content = text
        entry = .message(message)
      })
  }

  /// Stores a message that has no place in the thread yet, so that many can be stored at once.
  fileprivate func appendQueued() async throws -> String {
    let id = EntryID.next(at: .now)
    _ = try await journal.entry(
      .append(
        .message(
          Message(
            id: id, thread: .main, createdAt: .now, role: .user, content: "x", status: .queued))))
    return id.text
  }

  /// Entries, amendments and threads, from several sides at once. Each of those changes something.
  fileprivate func writeMuch() async throws {
    _ = try await conversations.changeThread(.main) { $0.title = "Begun" }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 1...3 {
        group.addTask {
          var ids: [String] = []
          for number in 1...120 {
            ids.append(try await appendQueued())
            if number % 3 == 0 { try await amend(ids[number / 2], "\(number)") }
            if number % 10 == 0 {
              _ = try await conversations.changeThread(.main) { $0.title = "\(writer) \(number)" }
            }
            // As quick as somebody who asks over the network, so that readers come and go meanwhile.
            if number % 2 == 0 { _ = try await Wire.request(port, "GET", "/healthz") }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
