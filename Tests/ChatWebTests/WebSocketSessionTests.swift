import ChatCore
import ChildProtocol
import Synchronization
import TestSupport
import Testing

@testable import ChatWeb

/// Every command of the contract's §5.
@Suite(.timeLimit(.minutes(1)))
struct WebSocketSessionTests {
  @Test func helloComesFirst() async throws {
    try await Running.server { server in
      _ = try await server.append("a")
      let (client, hello) = try await WebSocketClient.greeted(server.wsPort)
      client.wire.close()
      #expect(
        hello == [
          "type": "hello", "protocol": 1, "epoch": "epoch-1", "seq": 1, "heartbeat_ms": 15_000,
          "assistant": ["enabled": false, "kind": "off", "model": nil, "reason": "no key"],
        ])
    }
  }

  @Test func childrenAreShownAsTheyAreAndAsTheyRun() async throws {
    try await withClient { _, client in
      let available = try await client.ask(["type": "get_available_children"])
      #expect(available.type == "children_update")
      #expect(
        available["available_children"]?.array?.first == [
          "name": "Dice", "description": "Says dice", "version": "1.0", "manifest_name": "dice",
        ])
      #expect(available["available_children"]?.array?.count == 2)
      let running = try await client.ask(["type": "get_running_children"])
      #expect(running["running_children"] == [])
    }
  }

  @Test func childrenAreStartedStoppedKilledAndRestarted() async throws {
    let children = FakeChildren(["dice"])
    try await withClient(children: children) { _, client in
      for (type, fields, done, isUp) in [
        ("start_child", ["manifest_name": "dice"], "start dice", true),
        ("stop_child", ["actor_id": "dice"], "stop dice", false),
        ("restart_child", ["actor_id": "dice"], "restart(force: false) dice", true),
        ("restart_child", ["actor_id": "dice", "force": true], "restart(force: true) dice", true),
        ("kill_child", ["actor_id": "dice"], "kill dice", false),
      ] as [(String, JSON, String, Bool)] {
        let command = JSON.object([.init("type", .string(type))] + (fields.members ?? []))
        let answer = try await client.ask(command)
        #expect(answer.type == "children_update")
        #expect(children.performed.last == done)
        let running = answer["running_children"]?.array?.map { $0["actor_id"]?.string }
        #expect(running == (isUp ? ["dice"] : []))
      }
    }
  }

  @Test func aCommandThatFailsIsAnErrorWithItsRef() async throws {
    try await withClient(children: FakeChildren(["broken"])) { _, client in
      for (command, code) in [
        (["type": "start_child", "manifest_name": "broken"], "conflict"),
        (["type": "stop_child", "actor_id": "nobody"], "not_found"),
        (["type": "tail_logs", "actor_id": "nobody"], "not_found"),
        (["type": "get_messages", "thread": "none"], "not_found"),
        (["type": "get_messages", "before": "none"], "not_found"),
        (["type": "send_message", "content": " "], "invalid"),
        (["type": "send_message"], "invalid"),
        (["type": "send_message", "content": "a", "to": ["nobody"]], "invalid"),
        (["type": "stop_generation", "message_id": "none"], "not_found"),
        (["type": "update_thread", "id": "none", "title": "a"], "not_found"),
        (["type": "delete_thread", "id": "main"], "conflict"),
        (["type": "regenerate", "message_id": "a"], "not_found"),
        (["type": "retry", "message_id": "a"], "not_found"),
        (["type": "create_thread", "head": "a"], "invalid"),
        (["type": "update_thread", "id": "main", "head": "none"], "not_found"),
        (["type": "retry_child", "message_id": "a", "actor_id": "b"], "not_found"),
        (["type": "approve_tool", "call_id": "a", "decision": "allow"], "not_found"),
        (["type": "dance"], "unknown_type"),
      ] as [(JSON, String)] {
        let answer = try await client.ask(command)
        #expect(answer.members?.map(\.key) == ["type", "ref", "code", "message"])
        #expect(answer.type == "error" && answer["code"]?.string == code, "\(command.text)")
        #expect(answer["message"]?.string?.isEmpty == false)
      }
    }
  }

  @Test func badJSONIsAnErrorAndTheConnectionStays() async throws {
    try await withClient { _, client in
      for text in ["{", "nonsense", "", "[1]", "\u{0}"] {
        try await client.send(text)
        let answer = try await client.next()
        #expect(answer.type == "error" && answer["ref"] == .null)
        #expect(answer["code"]?.string == "bad_json")
      }
      #expect(try await client.ask(["type": "ping"]).type == "pong")
    }
  }

  @Test func withoutARefTheAnswerHasNone() async throws {
    try await withClient { _, client in
      try await client.send(["type": "ping"])
      #expect(try await client.next() == ["type": "pong"])
      try await client.send(["type": "ping", "ref": ["a": [1, nil]]])
      #expect(try await client.next() == ["type": "pong", "ref": ["a": [1, nil]]])
    }
  }

  @Test func aMessageIsAcknowledgedOnceItIsStored() async throws {
    try await withClient { server, client in
      let send: JSON = ["type": "send_message", "content": "Hello", "client_msg_id": "a"]
      let answer = try await client.ask(send)
      #expect(answer.type == "message_update")
      #expect(answer.contents == ["Hello"] && answer["duplicate"] == nil)
      #expect(answer["prev_seq"] == nil)
      let id = try #require(answer.messageIDs.first)
      #expect(try await server.store.entry(EntryID(id)) != nil)
      let again = try await client.ask(send)
      #expect(again.messageIDs == [id] && again["duplicate"] == true)
      #expect(try await client.ask(["type": "get_messages"]).contents == ["Hello"])
    }
  }

  @Test func whatIsSentComesLiveToEverybody() async throws {
    try await withClient { server, client in
      let (other, hello) = try await WebSocketClient.greeted(server.wsPort)
      try await client.send(["type": "send_message", "content": "Hi", "ref": 1])
      for reader in [client, other] {
        var live = try await reader.next("message_update")
        if live["ref"] != nil { live = try await reader.next("message_update") }
        #expect(live.contents == ["Hi"])
        #expect(live["prev_seq"] == hello["seq"] && live["seq"]?.int == 1)
      }
      other.wire.close()
    }
  }

  @Test func messagesCanBeReadInPagesAndByWhatChanged() async throws {
    try await withClient { server, client in
      var ids: [String] = []
      for number in 1...6 { ids.append(try await server.append("\(number)")) }
      func get(_ fields: JSON) async throws -> JSON {
        try await client.ask(
          .object([.init("type", "get_messages")] + (fields.members ?? [])))
      }
      let all = try await get([:])
      #expect(all.messageIDs == ids && all["queued"] == [])
      #expect(all["head"]?.string == ids[5] && all["seq"]?.int == 6)
      #expect(try await get(["limit": 2]).contents == ["5", "6"])
      #expect(try await get(["limit": 2, "before": .string(ids[4])]).contents == ["3", "4"])
      let since = try await get(["since": 4])
      #expect(since.contents == ["5", "6"] && since["seq"]?.int == 6)
      #expect(since["head"]?.string == ids[5])
      let some = try await get(["since": 1, "limit": 2])
      #expect(some.contents == ["2", "3"] && some["seq"]?.int == 3)
      #expect(try await get(["since": 6]).contents == [])
      #expect(try await get(["since": 6])["seq"]?.int == 6)
    }
  }

  @Test(arguments: [1, 1_000, 1_000_000])
  func whatChangedComesInAnswersOfABoundedLength(answerBytes: Int) async throws {
    let configuration = WebConfiguration.test.with { $0.limits.answerBytes = answerBytes }
    try await Running.server(configuration: configuration) { server in
      var ids: [String] = []
      // More than are read of the log at once, and some that are another thread's.
      _ = try await server.conversations.changeThread(ThreadID("other"), create: true) { _ in }
      for number in 1...300 {
        ids.append(try await server.append("\(number)"))
        if number % 10 == 0 { _ = try await server.append("o", thread: ThreadID("other")) }
      }
      let (client, _) = try await WebSocketClient.greeted(server.port)
      defer { client.wire.close() }
      var (found, since, answerCount) = ([String](), Int64(0), 0)
      repeat {
        let answer = try await client.ask(["type": "get_messages", "since": .number("\(since)")])
        let messages = answer["messages"]?.array ?? []
        // At most the one that goes beyond the bound is in it.
        #expect(messages.dropLast().reduce(0) { $0 + $1.text.utf8.count } < answerBytes)
        found += answer.messageIDs
        since = answer["seq"]?.int ?? 0
        answerCount += 1
      } while since < server.store.seq && answerCount < 400
      #expect(found == ids)
      #expect(answerBytes < 1_000_000 ? answerCount > 10 : answerCount == 1)
    }
  }

  @Test func threadsAreListedMadeChangedAndDeleted() async throws {
    try await withClient { _, client in
      let made = try await client.ask(["type": "create_thread", "title": "Plans"])
      #expect(made.type == "threads_update")
      let id = try #require(made["threads"]?.array?.first?["id"])
      let list = try await client.ask(["type": "list_threads"])
      #expect(list["threads"]?.array?.map { $0["id"] } == ["main", id])
      let changed = try await client.ask(["type": "update_thread", "id": id, "title": "Trips"])
      #expect(changed["threads"]?.array?.first?["title"] == "Trips")
      let sent = try await client.ask(["type": "send_message", "content": "Go", "thread": id])
      #expect(sent["messages"]?.array?.first?["thread"] == id)
      #expect(try await client.ask(["type": "get_messages", "thread": id]).contents == ["Go"])
      #expect(try await client.ask(["type": "get_messages"]).contents == [])
      let deleted = try await client.ask(["type": "delete_thread", "id": id])
      #expect(deleted["threads"]?.array?.first?["deleted_at"]?.string != nil)
      #expect(try await client.ask(["type": "list_threads"])["threads"]?.array?.count == 1)
    }
  }

  @Test func threadsThatChangeComeLive() async throws {
    try await withClient { server, client in
      _ = try await Wire.request(server.port, "PATCH", "/api/threads/main", body: #"{"title":"A"}"#)
      let live = try await client.next("threads_update")
      #expect(live["threads"]?.array?.first?["title"] == "A")
      #expect(live["prev_seq"]?.int == 0 && live["seq"]?.int == 1)
    }
  }

  @Test func whatTakesLongHoldsNothingElseUp() async throws {
    let children = FakeChildren(["slow", "dice"])
    let gate = Gate()
    children.state.withLock { $0.startGates[ChildID("slow")] = gate }
    try await withClient(children: children) { _, client in
      try await client.send(["type": "start_child", "manifest_name": "slow", "ref": "slow"])
      await gate.arrival()
      #expect(try await client.ask(["type": "ping"]).type == "pong")
      #expect(try await client.ask(["type": "send_message", "content": "a"]).contents == ["a"])
      let other = try await client.ask(["type": "start_child", "manifest_name": "dice"])
      #expect(other["running_children"]?.array?.count == 1)
      gate.open()
      var answer = try await client.next()
      while answer["ref"] != "slow" { answer = try await client.next() }
      #expect(answer["running_children"]?.array?.count == 2)
    }
  }

  @Test func commandsToChildrenBeginInTheirOrder() async throws {
    let children = FakeChildren(["dice"])
    try await withClient(children: children) { _, client in
      let types = (0..<60).map { $0 % 2 == 0 ? "start_child" : "kill_child" }
      for (index, type) in types.enumerated() {
        let name = type == "start_child" ? "manifest_name" : "actor_id"
        try await client.send(
          .object([
            .init("type", .string(type)), .init(name, "dice"), .init("ref", .number("\(index)")),
          ]))
      }
      var refs: Set<Int64> = []
      while refs.count < types.count {
        if let ref = try await client.next()["ref"]?.int { refs.insert(ref) }
      }
      #expect(children.performed == types.map { $0 == "start_child" ? "start dice" : "kill dice" })
    }
  }

  @Test func messagesOfAConnectionKeepTheirOrder() async throws {
    try await withClient { _, client in
      let texts = (0..<64).map { "message \($0)" }
      for (index, text) in texts.enumerated() {
        try await client.send(
          ["type": "send_message", "content": .string(text), "ref": .number("\(index)")])
      }
      var refs: [Int64] = []
      while refs.count < texts.count {
        if let ref = try await client.next()["ref"]?.int { refs.append(ref) }
      }
      #expect(refs == Array(0..<64))
      var page = try await client.ask(["type": "get_messages"])
      while page["queued"] != [] { page = try await client.ask(["type": "get_messages"]) }
      #expect(page.contents == texts)
    }
  }

  @Test func anAnswerCanBeStopped() async throws {
    let gate = Gate()
    let model = FakeModel(assistant: Assistant(kind: .demo, model: "fake")) { hear in
      await hear(.text("Once upon "))
      await withTaskCancellationHandler {
        await gate.pass()
      } onCancel: {
        gate.open()
      }
      try Task.checkCancellation()
    }
    try await withClient(model: model) { _, client in
      try await client.send(["type": "send_message", "content": "Tell me", "ref": 1])
      // The acknowledgement and what comes live may overtake one another.
      var (sent, delta) = (JSON.null, JSON.null)
      while sent.isNull || delta.isNull {
        let message = try await client.next()
        if message["ref"]?.int == 1 { sent = message }
        if message.type == "message_delta" { delta = message }
      }
      #expect(delta["offset"]?.int == 0 && delta["text"] == "Once upon ")
      #expect(delta["thread"] == "main")
      let answer = try await client.ask(
        ["type": "stop_generation", "message_id": .string(sent.messageIDs[0])])
      #expect(answer.type == "message_update" && answer.contents == ["Once upon "])
      #expect(answer["messages"]?.array?.first?["status"] == "stopped")
      let none = try await client.ask(
        ["type": "stop_generation", "message_id": .string(sent.messageIDs[0])])
      #expect(none["code"] == "conflict")
    }
  }

  @Test func childrenThatChangeComeLive() async throws {
    try await withClient { server, client in
      let names = ["dice", "sentiment"]
      var status = await server.children.statuses()[0]
      (status.state, status.isWanted) = (.starting, true)
      server.hub.publish(.children([status]))
      let live = try await client.next("children_update")
      #expect(live["running_children"]?.array?.map { $0["state"] } == ["starting"])
      #expect(live["children"]?.array?.map { $0["actor_id"]?.string } == names)
    }
  }

  /// A list that was read before something happened must not undo it behind it.
  @Test func anAnswerIsNoOlderThanWhatCameBeforeIt() async throws {
    let (children, gate) = (FakeChildren(["dice"]), Gate())
    try await withClient(children: children) { server, client in
      children.state.withLock { $0.listGate = gate }
      try await client.send(["type": "get_running_children", "ref": "late"])
      await gate.arrival()
      var status = children.state.withLock { $0.statuses[ChildID("dice")]! }
      (status.state, status.isWanted) = (.backingOff, true)
      server.hub.publish(.children([status]))
      let live = try await client.next("children_update")
      #expect(live["ref"] == nil)
      gate.open()
      let answer = try await client.next("children_update")
      #expect(answer["ref"] == "late")
      #expect(answer["running_children"]?.array?.map { $0["state"] } == ["backing_off"])
    }
  }

  @Test func progressComesLive() async throws {
    try await withClient { server, client in
      let failed = ChildResponse(
        child: ChildID("dice"), messageID: EntryID("r"), status: .failed, reason: "no dice",
        latency: .milliseconds(12))
      for phase in [Progress.Phase.waiting, .streaming("4 a"), .outcome(failed)] {
        server.hub.publish(
          .progress(
            Progress(
              thread: .main, message: EntryID("m"), child: ChildID("dice"), phase: phase)))
      }
      let waiting = try await client.next()
      #expect(
        waiting == [
          "type": "rollup_progress", "message_id": "m", "child_id": "dice", "status": "waiting",
          "text": "", "thread": "main",
        ])
      let streaming = try await client.next()
      #expect(streaming["status"] == "streaming" && streaming["text"] == "4 a")
      let outcome = try await client.next()
      #expect(outcome["status"] == "failed" && outcome["latency_ms"]?.int == 12)
      #expect(outcome["reason"] == "no dice")
    }
  }
}
