package import ChatChildren
package import ChatCore
package import ChildProtocol
import Foundation

/// What is said to the child, and what it answers.
extension Rig {
  /// How the frames of one `send` come to the child.
  package enum Pace: Sendable {
    /// All in one write.
    case joined
    /// A byte at a time, each read before the next one is written.
    case byteByByte
    /// A frame at a time, likewise.
    case frameByFrame
  }

  /// The answer to a request.
  package struct Answer: Sendable {
    package let outcome: Result<JSON, RPCFailure>
    /// From the question, as it was given to be written, to the answer.
    package let latency: Duration

    /// The result; nil where it was an error.
    package var result: JSON? { try? outcome.get() }
    /// The error; nil where it was a result.
    package var failure: RPCFailure? {
      if case .failure(let failure) = outcome { failure } else { nil }
    }
  }

  /// A request for `send`: its id, 1 more than that of the one before, is kept to know the answer.
  package func request(_ method: String, _ params: JSON, id: Int64? = nil) -> (Int64, [UInt8]) {
    let now = board.now
    let number = board.change { contents in
      let number = id ?? contents.lastID + 1
      contents.lastID = number
      contents.asked[number] = RigBoard.Asked(method: method, at: now)
      return number
    }
    return (number, Self.frame(["id": .number(String(number)), "method": .string(method)], params))
  }

  /// A notification for `send`.
  package func notification(_ method: String, _ params: JSON) -> [UInt8] {
    Self.frame(["method": .string(method)], params)
  }

  private static func frame(_ head: JSON, _ params: JSON) -> [UInt8] {
    let members = [JSON.Member("jsonrpc", "2.0")] + (head.members ?? [])
    return JSON.object(members + [JSON.Member("params", params)]).bytes
  }

  /// Sends frames, each the JSON of one. By themselves they come one at a time, so that only a
  /// child that is asked for it has to take joined ones apart.
  package func send(_ frames: [[UInt8]], _ pace: Pace = .frameByFrame) {
    let now = board.now
    let bytes = frames.map { Frame.encode($0) }
    let pieces: [RigPump.Piece] =
      switch pace {
      case .joined: [.bytes(bytes.flatMap { $0 })]
      case .byteByByte: bytes.joined().map { .bytes([$0], awaitsReading: true) }
      case .frameByFrame: bytes.map { .bytes($0, awaitsReading: true) }
      }
    board.change { contents in
      for frame in frames { contents.transcript.add(.sent, frame, at: now) }
      contents.outbox += pieces
    }
    board.wake()
  }

  /// Sends a request and waits for its answer.
  /// - Returns: nil where none came; `absence` says why.
  package func ask(_ method: String, _ params: JSON, within limit: Duration) -> Answer? {
    let (id, frame) = request(method, params)
    send([frame])
    return answer(to: id, within: limit)
  }

  /// Waits for the answer to a request, as long as one can come.
  package func answer(to id: Int64, within limit: Duration) -> Answer? {
    let found = board.wait(within: limit) { contents -> Answer?? in
      guard let asked = contents.asked[id] else { return .some(nil) }
      if let answer = asked.answers.first {
        return Answer(outcome: answer.outcome, latency: answer.at - asked.at)
      }
      return contents.isOver || asked.isTooLong ? .some(nil) : nil
    }
    return found ?? nil
  }

  /// Waits for the answers to many requests, in whatever order, as long as one comes within `limit`
  /// of the one before.
  package func awaitAnswers(to ids: [Int64], eachWithin limit: Duration) {
    var count = -1
    while count < ids.count {
      let before = count
      let more = board.wait(within: limit) { contents -> Int? in
        let count = ids.count { contents.asked[$0]?.isSettled ?? true }
        if contents.isOver { return ids.count }
        return count > before ? count : nil
      }
      guard let more else { return }
      count = more
    }
  }

  /// Closes our half of the stream, once everything has been written.
  package func closeWriting() {
    board.note("chatd closes its half of the stream")
    board.change { $0.outbox.append(.end) }
    board.wake()
  }

  /// Closes the connection at once, whatever is still to be written.
  package func disconnect() {
    board.note("chatd closes the connection")
    board.change { $0.orders.append(.disconnect) }
    board.wake()
  }

  /// Waits for the child to connect, which it may do until its `ready.timeout_ms` is over.
  /// - Returns: whether it did.
  package func connect() -> Bool {
    let connected = board.wait(within: setup.manifest.readyTimeout) { contents -> Bool? in
      if contents.connectionCount > 0 { return true }
      return contents.end != nil || contents.spawnFailure != nil ? false : nil
    }
    return connected ?? false
  }

  /// Sends `initialize` and waits for the answer, until `ready.timeout_ms` is over.
  package func initialize() -> Answer? {
    ask("initialize", initialParams, within: setup.manifest.readyTimeout)
  }

  /// What `initialize` says.
  package var initialParams: JSON {
    let most = JSON.number(String(Frame.fromChildByteLimit))
    return [
      "protocol": 1, "child_id": .string(setup.manifest.id.text),
      "generation": .number(String(setup.generation)), "state": setup.state,
      "config": setup.manifest.config, "limits": ["frame_bytes": most, "state_bytes": most],
      "chatd": .string(Supervisor.version),
    ]
  }

  /// The params of a `message`; it is in the history from now on.
  package func message(_ content: String, role: Message.Role = .user) -> JSON {
    let manifest = setup.manifest
    var message = Message(
      id: .next(at: .now), thread: .main, createdAt: .now, role: role, content: content)
    message.seq = board.look { Int64($0.host.history.count) + 1 }
    let entry = (try? JSON(parsing: Entry.message(message).json)) ?? .null
    let earlier = board.change { contents in
      defer { contents.host.history.append(entry) }
      return contents.host.history
    }
    var params: [JSON.Member] = [
      .init("message", entry), .init("attempt", 1),
      .init("deadline_ms", .number(String(manifest.messages.timeout.wholeMilliseconds))),
    ]
    if manifest.messages.context > 0 {
      params.append(.init("context", .array(earlier.suffix(manifest.messages.context))))
    }
    return .object(params)
  }

  /// Waits for the child's end, and for that of its log, which may be held by others.
  /// - Returns: how it ended, and when after the call; nil: it did not.
  package func exit(within limit: Duration) -> (end: ProcessEnd, after: Duration)? {
    let called = board.now
    guard let end = board.wait(within: limit, for: { $0.end.map { End(end: $0, at: $1) } }) else {
      return nil
    }
    return (end.end, end.at - called)
  }

  private struct End: Sendable {
    let end: ProcessEnd
    let at: Duration
  }

  /// Why nothing came within `limit`: how the child ended, that it closed, or that it is silent.
  package func absence(within limit: Duration) -> String {
    board.look { contents in
      if let failure = contents.spawnFailure { return failure }
      if let (end, _) = contents.end { return "it \(end.words)" }
      if contents.isStreamOver { return "it closed the connection" }
      if contents.connectionCount == 0 { return "no connection within \(limit.words)" }
      return "nothing within \(limit.words)"
    }
  }
}
