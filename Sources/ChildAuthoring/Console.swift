import ChatChildren
import ChatCore
import ChildProtocol
import Foundation

/// `chatd child run`: one child in the foreground, and a person who talks to it.
///
/// It blocks; its rig's rules about threads are its own.
package final class Console {
  private let rig: Rig
  private let style: ConsoleStyle
  private let write: (String) -> Void
  private let inbox = ConsoleInbox()
  /// Requests that are not answered, oldest first.
  private var asked: [(id: Int64, method: String)] = []
  private var shownCount = 0

  /// - Parameter write: shows a line, without its newline.
  package init(_ rig: Rig, style: ConsoleStyle, write: @escaping (String) -> Void) {
    self.rig = rig
    self.style = style
    self.write = write
  }

  /// Runs until the person or the child has had enough, and ends the rig.
  /// - Parameter nextLine: the person's next line, nil at the end; called on a thread of its own.
  /// - Throws: `AuthoringError.Kind.child` where the child did not start, ended by itself, or left
  ///   something unanswered.
  package func run(_ nextLine: @escaping @Sendable () -> String?) throws(AuthoringError) {
    defer {
      inbox.close()
      rig.end()
      showNews()
    }
    try begin()
    Thread.detachNewThread { [inbox] in
      while let line = nextLine(), inbox.put(.line(line)) {}
      _ = inbox.put(.endOfInput)
    }
    Thread.detachNewThread { [inbox, rig, shownCount] in
      var count = shownCount
      while let (entries, total) = rig.news(after: count), inbox.put(.happened(entries)) {
        count = total
      }
    }
    if try serve() { try awaitAnswers() }
    try shutDown()
  }

  private func begin() throws(AuthoringError) {
    let name = rig.setup.manifest.id
    let limit = rig.setup.manifest.readyTimeout
    guard rig.connect(), let answer = rig.initialize() else {
      throw AuthoringError(.child, "\(name) did not start: \(rig.absence(within: limit))")
    }
    if let failure = answer.failure, failure.code != RPCFailure.methodNotFound {
      throw AuthoringError(.child, "\(name) refused to start: \(failure.message)")
    }
    showNews()
    write(style.note("\(name) is ready; type a message, or /help"))
  }

  /// Does what the person says.
  /// - Returns: whether answers are to be waited for.
  private func serve() throws(AuthoringError) -> Bool {
    while let item = inbox.take() {
      switch item {
      case .endOfInput: return true
      case .happened(let entries): try show(entries)
      case .line(let line):
        let command = ConsoleCommand(line)
        if command == .quit { return false }
        obey(command)
      }
    }
    return false
  }

  private func obey(_ command: ConsoleCommand) {
    switch command {
    case .say(let text): ask("message", rig.message(text))
    case .ping: ask("ping", [:])
    case .cancel(let id):
      let messages = asked.filter { $0.method == "message" }.map(\.id)
      guard let id = id ?? messages.last, messages.contains(id) else {
        return write(style.note("there is no such message to be taken back"))
      }
      asked.removeAll { $0.id == id }
      rig.send([rig.notification("cancel", ["id": .number(String(id))])])
    case .state:
      let state = rig.savedState.map { ConsoleStyle.indented($0) } ?? "nothing is saved"
      write(style.note(ConsoleStyle.printable(state)))
    case .help: write(ConsoleCommand.helpText)
    case .unknown(let complaint): write(style.note(complaint))
    case .nothing, .quit: break
    }
  }

  private func ask(_ method: String, _ params: JSON) {
    let (id, frame) = rig.request(method, params)
    asked.append((id, method))
    rig.send([frame])
  }

  /// Shows what has happened, and what was answered.
  private func show(_ entries: [RigTranscript.Entry]) throws(AuthoringError) {
    for entry in entries { write(style.show(entry)) }
    shownCount += entries.count
    for (id, method) in asked {
      guard let answer = rig.answer(to: id, within: .zero) else { continue }
      asked.removeAll { $0.id == id }
      let time = style.note("\(method) \(id) was answered after \(answer.latency.words)")
      write(method == "message" ? style.show(answer.outcome, to: id) : time)
    }
    if rig.isEnded {
      let name = rig.setup.manifest.id
      throw AuthoringError(.child, "\(name) ended by itself: \(rig.absence(within: .zero))")
    }
  }

  /// Waits for what is not answered, as long as chatd would.
  private func awaitAnswers() throws(AuthoringError) {
    let limit = rig.setup.manifest.messages.timeoutMax
    let end = DispatchTime.now() + .milliseconds(Int(limit.wholeMilliseconds))
    while !asked.isEmpty {
      guard let item = inbox.take(until: end) else {
        throw AuthoringError(
          .child, "\(rig.setup.manifest.id): \(asked.count) unanswered within \(limit.words)")
      }
      if case .happened(let entries) = item { try show(entries) }
    }
  }

  private func shutDown() throws(AuthoringError) {
    let manifest = rig.setup.manifest
    let params: JSON = [
      "deadline_ms": .number(String(manifest.drain.wholeMilliseconds)), "reason": "stop",
    ]
    _ = rig.ask("shutdown", params, within: manifest.drain)
    rig.closeWriting()
    guard let (end, _) = rig.exit(within: manifest.drain) else {
      throw AuthoringError(
        .child, "\(manifest.id) did not end within \(manifest.drain.words) after shutdown")
    }
    guard case .exited(0) = end else {
      throw AuthoringError(.child, "\(manifest.id) \(end.words) after shutdown; expected 0")
    }
  }

  /// Shows what has not been shown.
  private func showNews() {
    let entries = rig.transcript.entries.dropFirst(shownCount)
    for entry in entries { write(style.show(entry)) }
    shownCount += entries.count
  }
}

extension Rig {
  /// Whether the child's process has ended.
  fileprivate var isEnded: Bool { board.look { $0.end != nil } }

  /// Waits for something to happen, if only that more is counted than kept.
  /// - Returns: what, and how much there was in all; nil: nothing will.
  fileprivate func news(after count: Int) -> ([RigTranscript.Entry], total: Int)? {
    while true {
      let found = board.wait(within: .seconds(3600)) { contents -> News? in
        let entries = contents.transcript.entries
        let total = entries.count + contents.transcript.droppedCount
        if total > count {
          return News(entries: Array(entries[min(count, entries.count)...]), total: total)
        }
        return contents.isGone ? News(entries: [], total: nil) : nil
      }
      if let found { return found.total.map { (found.entries, $0) } }
    }
  }

  private struct News: Sendable {
    let entries: [RigTranscript.Entry]
    let total: Int?
  }
}
