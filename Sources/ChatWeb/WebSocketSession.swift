import ChatCore
import ChildProtocol
import NIOCore
import Synchronization

/// One WebSocket client's commands: each is answered once, in the order and pace that its kind asks
/// for.
struct WebSocketSession: Sendable {
  let api: ChatAPI
  let hub: Hub
  let socket: Socket
  let inbound: Mailbox<ByteBuffer>

  /// Serves until the connection has ended and every command that came is done; when the task is
  /// cancelled, until those that run have noticed.
  func run() async {
    let tails = Tails()
    let line = Mailbox<(ReceivedCommand, byteCount: Int)>()  // bounded as `inbound` is
    await withTaskCancellationHandler {
      await withDiscardingTaskGroup { group in
        group.addTask {
          while let (received, byteCount) = await line.next() {
            await serve(received, byteCount, tails)
          }
          socket.onLoop { $0.commandsEnded() }
        }
        while let message = await inbound.next() {
          let received = ReceivedCommand(message.readableBytesView)
          let byteCount = message.readableBytes
          hub.counters.commands.add(1, ordering: .relaxed)
          switch received.pace {
          case .atOnce: await serve(received, byteCount, tails)
          case .inOrder: line.put((received, byteCount))
          case .beside:
            // Begun before the next is looked at, so that a stop behind a start gets there second.
            group.addImmediateTask { await serve(received, byteCount, tails) }
          }
        }
        line.finish()
      }
    } onCancel: {
      socket.hangUp()
    }
    for child in tails.all { try? await api.children.tail(child, false) }
  }

  private func serve(_ received: ReceivedCommand, _ byteCount: Int, _ tails: Tails) async {
    do {
      let command = try received.command.get()
      if let answer = try await answer(command, received, tails) { await socket.send([answer]) }
    } catch {
      await socket.send([Answer.error(HTTPFailure(error), ref: received.ref)])
    }
    socket.onLoop { $0.answered(byteCount: byteCount) }
  }

  /// Does what is asked; nil: the answer has been sent.
  private func answer(
    _ command: ClientCommand, _ received: ReceivedCommand, _ tails: Tails
  ) async throws -> ByteBuffer? {
    let ref = received.ref
    switch command {
    case .ping: return Answer.frame("pong", ref: ref)
    case .send(let draft): return Answer.sent(try await api.conversations.send(draft), ref: ref)
    case .messages(let request):
      let (outline, entries) =
        if let since = request.since {
          try await api.changes(request, since: since)
        } else {
          try await api.path(request)
        }
      return Answer.path(outline, entries, ref: ref)
    case .stopGeneration(let message):
      let stopped = try await api.conversations.stopTurn(of: message)
      return Answer.entry(.message(stopped), ref: ref)
    case .redo(let redo, let message):
      let answer = try await api.conversations.redo(redo, of: message)
      return Answer.entry(.message(answer), ref: ref)
    case .approve(let callID, let allow, let remember):
      let round = try await api.conversations.approve(callID, allow: allow, remember: remember)
      return Answer.entry(round, ref: ref)
    case .retryChild(let message, let child):
      return Answer.entry(try await api.conversations.retry(child, about: message), ref: ref)
    case .availableChildren: return Answer.available(await api.children.statuses(), ref: ref)
    case .runningChildren: await showRunning(ref)
    case .child(let command, let child, let generation):
      _ = try await api.children.perform(command, on: child, generation: generation)
      await showRunning(ref)
    case .listThreads: return Answer.threads(try await api.reader.threads(), ref: ref)
    case .createThread(let change):
      return Answer.threads([try await api.createThread(change)], ref: ref)
    case .updateThread(let id, let change):
      return Answer.threads([try await api.updateThread(id, change)], ref: ref)
    case .deleteThread(let id):
      return Answer.threads([try await api.conversations.deleteThread(id)], ref: ref)
    case .subscribe(let request): try await subscribe(request, received)
    case .tail(let child): try await tail(child, tails, received)
    case .untail(let child):
      if tails.remove(child) { try await api.children.tail(child, false) }
      socket.onLoop { $0.watcher?.unfollow(child) }
      return Answer.log(of: child, [], ref: ref)
    }
    return nil
  }

  /// Answers with what the client has missed. What happens while that is read is kept back and
  /// comes behind it.
  private func subscribe(_ request: SubscribeRequest, _ received: ReceivedCommand) async throws {
    hub.inLine(on: socket.loop) { _ in { _ in socket.handler.watcher?.hold() } }
    do {
      await readChildren()
      let past = try await api.past(for: request)
      let subscription = Subscription(
        request, past, epoch: api.reader.epoch, ref: received.ref)
      await socket.inLine(of: hub) { live in
        { $0.resume(subscription.frames(live), subscription, done: $1) }
      }
    } catch {
      await socket.inLine(of: hub) { _ in { $0.resume(done: $1) } }
      throw error
    }
  }

  /// Answers with the children that are wanted up, as they are at its place among the events: an
  /// answer with a list of its own could undo what a client had heard before it.
  private func showRunning(_ ref: JSON?) async {
    await readChildren()
    await socket.inLine(of: hub) { live in
      { $0.send(answer: [Answer.running(live.children.filter(\.isWanted), ref: ref)], done: $1) }
    }
  }

  /// Lets the hub know of children that nothing was published of yet.
  private func readChildren() async {
    let version = hub.childVersion
    hub.adopt(await api.children.statuses(), readAt: version)
  }

  /// Answers with the end of a child's log; what is written meanwhile comes behind it.
  private func tail(_ child: ChildID, _ tails: Tails, _ received: ReceivedCommand) async throws {
    socket.onLoop { $0.watcher?.holdLog(of: child) }
    do {
      if tails.insert(child) { try await api.children.tail(child, true) }
      let lines = try await api.children.log(of: child, lineCount: Self.tailLineCount)
      let answer = Answer.log(of: child, lines, ref: received.ref)
      await socket.inLine(of: hub) { _ in
        { $0.follow(child, after: lines, answer: answer, done: $1) }
      }
    } catch {
      if tails.remove(child) { try? await api.children.tail(child, false) }
      socket.onLoop { $0.watcher?.unfollow(child) }
      throw error
    }
  }

  /// The lines of a log that `tail_logs` answers with.
  private static let tailLineCount = 200
}
