import ChatChildren
import ChatCore
import ChildProtocol
import Foundation

/// `chatd child run`: one child in the foreground, and a person, or a pipe, who talks to it.
///
/// Confined to one thread, which it blocks. It takes the process's signals: there is one of it.
package final class Console {
  let style: ConsoleStyle
  let screen = ConsoleScreen()
  let inbox = ConsoleInbox()
  /// A person sits at it, who can do something about a child that has ended.
  let isInteractive: Bool
  var rig: Rig
  var requests: ConsoleRequests
  /// How much of the transcript was shown or lost.
  var shownCount = 0
  /// Messages that the child has not answered within `timeout_max_ms`.
  var givenUpCount = 0
  /// How the child ended by itself, or that it did not start again; nil: it runs.
  var death: String?
  private let signals: ConsoleSignals
  private var isInputOver = false

  /// Starts the child, waits until it is ready, and shows that.
  /// - Throws: `AuthoringError.Kind.child` where it does not start.
  package init(
    _ setup: Rig.Setup, style: ConsoleStyle, isInteractive: Bool
  ) throws(AuthoringError) {
    self.style = style
    self.isInteractive = isInteractive
    signals = ConsoleSignals(inbox)
    try signals.listen()
    rig = try Rig(setup)
    requests = ConsoleRequests(setup.manifest.messages)
    signals.add(rig)
    do { try begin() } catch {
      rig.end()
      showNews()
      throw error
    }
  }

  /// Runs until the person, the child or a signal has had enough, and ends the child. Where it was a
  /// signal, the process ends by it.
  /// - Parameter nextLine: the person's next line, nil at the end; called on a thread of its own.
  /// - Throws: `AuthoringError.Kind.child` where the child ended by itself, not as it was told to,
  ///   or left a message unanswered.
  package func run(_ nextLine: @escaping @Sendable () -> String?) throws(AuthoringError) {
    Thread.detachNewThread { [inbox] in
      while let line = nextLine(), inbox.put(.line(line)) {}
      inbox.put(.endOfInput)
    }
    let number = try serve()
    signals.setHeard(false)
    inbox.close()
    defer {
      rig.end()
      showNews()
      if let number { FilterSignals.endSelf(by: number) }
    }
    try finish()
  }

  /// Does what the person says and shows what happens.
  /// - Returns: the signal that ended it; nil: the person did, or the child.
  private func serve() throws(AuthoringError) -> Int32? {
    while true {
      showNews()
      if death == nil, rig.isOver { takeDeath() }
      if death == nil { advance() }
      if screen.isBroken { return SIGPIPE }
      if death != nil, !isInteractive || isInputOver { return nil }
      if isInputOver, requests.isEmpty { return nil }
      switch inbox.take(lines: !isInputOver && requests.hasRoom, until: nextLapse) {
      case .signal(let number)?:
        signals.setHeard(false)
        say("ending \(rig.name); a second time ends it at once")
        return number
      case .endOfInput?: isInputOver = true
      case .line(let line)?:
        let command = ConsoleCommand(line)
        if command == .quit { return nil }
        try obey(command)
      case .news?, nil: break
      }
    }
  }

  private var nextLapse: DispatchTime {
    guard death == nil, let lapse = requests.nextLapse else { return .distantFuture }
    return .now() + .milliseconds(Int(max(.zero, lapse - rig.now).wholeMilliseconds) + 1)
  }

  /// Has the child get ready, and shows what it does meanwhile.
  private func begin() throws(AuthoringError) {
    Thread.detachNewThread { [inbox, rig] in
      var seen = Rig.News()
      while !seen.isOver {
        seen = rig.news(since: seen)
        if !inbox.put(.news) { return }
      }
    }
    let limit = rig.setup.manifest.readyTimeout
    let absence = { [rig] in
      AuthoringError(.child, "\(rig.name) did not start: \(rig.absence(within: limit))")
    }
    guard waited(within: limit, { $0.hasConnected ? true : nil }) != nil else { throw absence() }
    let (id, frame) = rig.request("initialize", rig.initialParams)
    rig.send([frame])
    let answer = waited(within: limit) { rig in
      if case .answered(let answer) = rig.takeAnswer(to: id) { answer } else { nil }
    }
    guard let answer else { throw absence() }
    if let failure = answer.failure, failure.code != RPCFailure.methodNotFound {
      throw AuthoringError(.child, "\(rig.name) refused to start: \(failure.message)")
    }
    // From here on it is there to be shut down.
    signals.setHeard(true)
    say("\(rig.name) is ready; type a message, or /help")
  }

  /// Waits, as long as something may come, until `find` finds something.
  private func waited<T>(within limit: Duration, _ find: (Rig) -> T?) -> T? {
    let end = DispatchTime.now() + .milliseconds(Int(limit.wholeMilliseconds))
    while true {
      let (isOver, found) = (rig.isOver, find(rig))
      showNews()
      if found != nil || isOver { return found }
      switch inbox.take(lines: false, until: end) {
      case .signal(let number)?: signals.obey(number)
      case nil: return nil
      case .news?, .line?, .endOfInput?: break
      }
    }
  }

  /// Starts the child anew, as its folder is by now, with what it has saved.
  func restart() throws(AuthoringError) {
    signals.setHeard(false)
    do throws(AuthoringError) { if death == nil { try shutDown() } } catch { say("\(error)") }
    rig.end()
    showNews()
    dropRequests()
    do throws(AuthoringError) {
      var setup = rig.setup
      setup.manifest = try rig.manifestAnew()
      setup.state = rig.savedState ?? setup.state
      setup.generation += 1
      let history = rig.history
      rig = try Rig(setup)
      signals.add(rig)
      rig.history = history
      shownCount = 0
      requests = ConsoleRequests(setup.manifest.messages)
      try begin()
      death = nil
    } catch {
      rig.end()
      showNews()
      guard isInteractive, error.kind == .child else { throw error }
      tell(death: error.description)
    }
  }

  /// Keeps that the child has ended by itself, ends what it left, and tells a person.
  private func takeDeath() {
    let drain = rig.setup.manifest.drain
    let hasExited = rig.isDeadWarden || rig.exit(within: drain) != nil
    rig.end()
    showNews()
    let how = rig.absence(within: .zero)
    let cause = hasExited ? how : "\(how) and did not exit within \(drain.words)"
    dropRequests()
    tell(death: "\(rig.name) ended by itself: \(cause)")
  }

  private func tell(death: String) {
    self.death = death
    // Where nobody can do anything about it, it is the last word.
    guard isInteractive, !isInputOver else { return }
    screen.show(style.alarm(death))
    say("/restart starts it again, Ctrl-D ends")
  }

  private func dropRequests() {
    if !requests.isEmpty { say("\(requests.count) unanswered") }
    requests = ConsoleRequests(rig.setup.manifest.messages)
  }

  private func finish() throws(AuthoringError) {
    if let death { throw AuthoringError(.child, death) }
    try shutDown()
    if givenUpCount > 0 {
      let limit = rig.setup.manifest.messages.timeoutMax
      throw AuthoringError(
        .child, "\(rig.name): \(givenUpCount) unanswered within \(limit.words)")
    }
  }

  private func shutDown() throws(AuthoringError) {
    let (manifest, start) = (rig.setup.manifest, rig.now)
    let params: JSON = [
      "deadline_ms": .number(String(manifest.drain.wholeMilliseconds)), "reason": "stop",
    ]
    _ = rig.ask("shutdown", params, within: manifest.drain)
    rig.closeWriting()
    let rest = max(.zero, manifest.drain - (rig.now - start))
    guard let (end, _) = rig.exit(within: rest) else {
      throw AuthoringError(
        .child, "\(manifest.id) did not end within \(manifest.drain.words) after shutdown")
    }
    guard case .exited(0) = end else {
      throw AuthoringError(.child, "\(manifest.id) \(end.words) after shutdown; expected 0")
    }
  }

  /// Shows words of the console's own.
  func say(_ text: String) { screen.show(style.note(text)) }
}
