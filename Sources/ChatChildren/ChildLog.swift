import ChatCore
import Foundation
import Synchronization

/// What one child wrote and what chatd says of it: the last lines in memory, all of them in rotated
/// files.
///
/// Called from the event loop of the pipes, the supervisor's and readers' threads; each call holds
/// the lock for a line.
final class ChildLog: Sendable {
  fileprivate struct State: ~Copyable {
    var lines: [LogLine] = []
    var byteCount = 0
    var file: RotatedFile
    var tailCount = 0
    /// The flood guard: how much of the second that began at `second` has been kept.
    var second: Int64 = 0
    var keptInSecond = 0
    var dropped = 0
  }

  /// What is kept in memory.
  static let lineLimit = 2000
  static let byteLimit = 1 << 20
  /// A longer line is cut there.
  static let lineByteLimit = 64 << 10
  /// What a child may write in a second; the rest is counted and dropped, so that a flood costs
  /// neither memory nor disk.
  static let bytesPerSecond = 1 << 20

  private let child: ChildID
  private let state: Mutex<State>
  private let publish: @Sendable (Event) -> Void

  /// The log of `child`, kept in the file at `path` too.
  init(
    child: ChildID, path: String, rules: Manifest.Log,
    publish: @escaping @Sendable (Event) -> Void
  ) {
    self.child = child
    self.publish = publish
    state = Mutex(
      State(file: RotatedFile(path: path, maxBytes: rules.maxBytes, fileCount: rules.files)))
  }

  /// Takes a line in, or several: what a child says through `log` may have more than one, and must
  /// not look like another's in the file. A child's own lines beyond `bytesPerSecond` are dropped,
  /// chatd's never.
  /// - Returns: false where it was dropped.
  @discardableResult
  func append(
    _ text: String, _ stream: LogLine.Stream, generation: Int64, at: Timestamp = .now
  ) -> Bool {
    let newline = UInt8(ascii: "\n")
    guard text.utf8.contains(newline) else { return take(text, stream, generation, at) }
    return text.utf8.split(separator: newline, omittingEmptySubsequences: false).reduce(true) {
      take(String(decoding: $1, as: UTF8.self), stream, generation, at) && $0
    }
  }

  /// Takes in what a child says through `log`: it is the child's own, though it stands in chatd's
  /// stream.
  func append(ofChild text: String, generation: Int64) {
    guard !isFlooded() else { return drop(1) }
    // Characters may be of many bytes; nobody needs the last of them.
    let isLong = text.utf8.count > Self.lineByteLimit
    let kept = isLong ? text.prefix(Self.lineByteLimit / 4) + " … (cut)" : text[...]
    state.withLock { $0.keptInSecond += kept.utf8.count + 1 }
    append(String(kept), .chatd, generation: generation)
  }

  private func take(
    _ text: String, _ stream: LogLine.Stream, _ generation: Int64, _ at: Timestamp
  ) -> Bool {
    let line = LogLine(at: at, stream: stream, generation: generation, text: text)
    let (isKept, event): (Bool, Event?) = state.withLock { state in
      let dropped = state.turn(to: at)
      if stream != .chatd {
        state.keptInSecond += text.utf8.count + 1
        if state.keptInSecond > Self.bytesPerSecond {
          // Said at once, so that the last thing to be seen of a flood is that it is one.
          if state.dropped == 0 { state.keep(floodNotice(at, generation)) }
          state.dropped += 1 + dropped
          return (false, nil)
        }
      }
      if dropped > 0 { state.keep(dropNotice(dropped, at, generation)) }
      state.keep(line)
      return (true, state.tailCount > 0 ? .logLines(child, [line], dropped: dropped) : nil)
    }
    if let event { publish(event) }
    return isKept
  }

  /// Whether what a child writes now would be dropped, so that it need not even be taken apart.
  func isFlooded(at now: Timestamp = .now) -> Bool {
    state.withLock {
      $0.second == now.milliseconds / 1000 && $0.keptInSecond > Self.bytesPerSecond
    }
  }

  /// Takes over what a changed manifest says.
  func adopt(_ rules: Manifest.Log) {
    state.withLock { $0.file.adopt(maxBytes: rules.maxBytes, fileCount: rules.files) }
  }

  /// Counts lines that were not even read.
  func drop(_ count: Int) { state.withLock { $0.dropped += count } }

  /// The last lines of those in memory that were written within `span`, oldest first; those dropped
  /// at the end of a flood are told of, too.
  func last(
    _ count: Int, within span: TimeSpan = TimeSpan(), at now: Timestamp = .now
  ) -> [LogLine] {
    state.withLock { state in
      let dropped = state.turn(to: now)
      if dropped > 0 {
        state.keep(dropNotice(dropped, now, state.lines.last?.generation ?? 0))
      }
      // The clock may have been set back in between, so each line is looked at.
      return state.lines.filter { span.contains($0.at) }.suffix(max(0, count))
    }
  }

  /// The last lines that a generation wrote to standard error, or to standard output if it wrote
  /// none there.
  func lastLines(of generation: Int64, lineCount: Int) -> [String] {
    state.withLock { state in
      let own = state.lines.filter { $0.generation == generation && $0.stream != .chatd }
      let errors = own.filter { $0.stream == .stderr }
      return (errors.isEmpty ? own : errors).suffix(lineCount).map(\.text)
    }
  }

  /// Begins or ends publishing; calls count.
  func tail(_ on: Bool) {
    state.withLock { $0.tailCount = max(0, $0.tailCount + (on ? 1 : -1)) }
  }

  private func floodNotice(_ at: Timestamp, _ generation: Int64) -> LogLine {
    LogLine(
      at: at, stream: .chatd, generation: generation,
      text: "more than \(Self.bytesPerSecond >> 20) MiB in a second: lines are dropped from here")
  }

  private func dropNotice(_ count: Int, _ at: Timestamp, _ generation: Int64) -> LogLine {
    LogLine(
      at: at, stream: .chatd, generation: generation,
      text: "\(count) lines dropped: more than \(Self.bytesPerSecond >> 20) MiB in a second")
  }
}

extension ChildLog.State {
  /// Begins another second, if it is one.
  /// - Returns: how many lines the seconds before had dropped that nobody was told of.
  fileprivate mutating func turn(to now: Timestamp) -> Int {
    let second = now.milliseconds / 1000
    guard second != self.second else { return 0 }
    (self.second, keptInSecond) = (second, 0)
    defer { dropped = 0 }
    return dropped
  }

  fileprivate mutating func keep(_ line: LogLine) {
    file.append(line)
    lines.append(line)
    byteCount += line.text.utf8.count
    guard lines.count > ChildLog.lineLimit * 5 / 4 || byteCount > ChildLog.byteLimit * 5 / 4 else {
      return
    }
    // Cut in one go, so that a line costs no shift of all others.
    var cut = max(0, lines.count - ChildLog.lineLimit)
    var left = byteCount - lines[..<cut].reduce(0) { $0 + $1.text.utf8.count }
    while left > ChildLog.byteLimit, cut < lines.count - 1 {
      left -= lines[cut].text.utf8.count
      cut += 1
    }
    lines.removeFirst(cut)
    byteCount = left
  }
}
