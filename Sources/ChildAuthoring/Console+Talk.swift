import ChatChildren
import ChatCore
import ChildProtocol

/// What is said, and what is shown of the answers.
extension Console {
  /// So many requests are remembered, to tell a second answer from one that nobody asked for.
  private static let rememberedCount: Int64 = 1000

  func obey(_ command: ConsoleCommand) throws(AuthoringError) {
    switch command {
    case .say, .ping, .cancel:
      guard death == nil else { return say("it has ended; /restart starts it again, Ctrl-D ends") }
      speak(command)
    case .state:
      let state = rig.savedState.map { ConsoleStyle.indented($0) } ?? "nothing is saved"
      say(ConsoleStyle.printable(state))
    case .restart: try restart()
    case .help: screen.show(ConsoleCommand.helpText)
    case .unknown(let complaint): say(ConsoleStyle.printable(complaint))
    case .nothing, .quit: break
    }
  }

  private func speak(_ command: ConsoleCommand) {
    switch command {
    case .say(let text):
      let (count, limit) = (text.utf8.count, rig.setup.manifest.messages.maxBytes)
      guard count <= limit else {
        return say("not said: \(count) bytes; messages.max_bytes = \(limit) is the most")
      }
      requests.wait(text)
      advance()
      if requests.waitingCount > 0 {
        say("it waits: messages.max_in_flight = \(rig.setup.manifest.messages.maxInFlight)")
      }
    case .ping: ask("ping", [:])
    case .cancel(let id): cancel(id)
    default: break
    }
  }

  private func cancel(_ id: Int64?) {
    let messages = requests.asked.filter { $0.method == "message" }.map(\.id)
    guard let id = id ?? messages.last, messages.contains(id) else {
      return say("there is no such message to be taken back")
    }
    takeBack(id)
  }

  private func takeBack(_ id: Int64) {
    requests.remove(id)
    rig.send([rig.notification("cancel", ["id": .number(String(id))])])
  }

  /// Sends what may be sent by now, and tells what has taken too long.
  func advance() {
    let limits = rig.setup.manifest.messages
    for lapse in requests.lapse(rig.now) {
      switch lapse {
      case .late(let late):
        say("\(late.method) \(late.id): timed out after \(limits.timeout.words) of silence")
      case .givenUp(let late):
        say("\(late.method) \(late.id): given up after \(limits.timeoutMax.words)")
        givenUpCount += 1
        if late.method == "message" { takeBack(late.id) }
      }
    }
    let role = limits.roles.contains(.user) ? Message.Role.user : .assistant
    while let text = requests.next() { ask("message", rig.message(text, role: role)) }
  }

  private func ask(_ method: String, _ params: JSON) {
    let (id, frame) = rig.request(method, params)
    requests.add(id, method, at: rig.now)
    rig.send([frame])
    rig.forget(id - Self.rememberedCount)
  }

  /// Shows what has happened since this was last asked for.
  func showNews() {
    // Taken before the transcript is looked at, which therefore has the frames of all of them.
    let replies = requests.asked.map { ($0, rig.takeAnswer(to: $0.id)) }
    let breaches = rig.takeBreaches()
    let (entries, total) = rig.entries(after: shownCount, within: .zero)
    let lostCount = total - shownCount - entries.count
    if lostCount > 0 { say("\(lostCount) more came faster than they could be shown") }
    shownCount = total
    for entry in entries { screen.show(style.show(entry)) }
    for breach in breaches {
      // The rig has put some of them into the transcript itself.
      let isShown = entries.contains { $0.kind == .note && $0.text == breach.text }
      if !isShown { screen.show(style.alarm("against the protocol: \(breach.text)")) }
    }
    for (request, reply) in replies { show(reply, to: request) }
  }

  private func show(_ reply: Rig.Reply, to request: ConsoleRequests.Asked) {
    let id = request.id
    switch reply {
    case .pending(let lastSign): if let lastSign { requests.sign(of: id, at: lastSign) }
    case .tooLong:
      requests.remove(id)
      screen.show(style.alarm("\(id): its answer is too long"))
    case .answered(let answer):
      requests.remove(id)
      show(answer, to: request)
    }
  }

  private func show(_ answer: Rig.Answer, to request: ConsoleRequests.Asked) {
    let (id, method) = (request.id, request.method)
    if method == "message" {
      if request.isLate { say("message \(id): late, after \(answer.latency.words)") }
      screen.show(style.show(answer.outcome, to: id))
    } else if let failure = answer.failure {
      screen.show(style.alarm("\(method) \(id) failed: \(failure.message)"))
    } else {
      say("\(method) \(id) was answered after \(answer.latency.words)")
    }
  }
}
