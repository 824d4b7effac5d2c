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

  /// Takes a line in. A child's own lines beyond `bytesPerSecond` are dropped, chatd's never.
  func append(_ text: String, _ stream: LogLine.Stream, generation: Int64, at: Timestamp = .now) {
    let line = LogLine(at: at, stream: stream, generation: generation, text: text)
    let event: Event? = state.withLock { state in
      let second = at.milliseconds / 1000
      var dropped = 0
      if second != state.second {
        (state.second, state.keptInSecond) = (second, 0)
        (dropped, state.dropped) = (state.dropped, 0)
      }
      if stream != .chatd {
        state.keptInSecond += text.utf8.count + 1
        if state.keptInSecond > Self.bytesPerSecond {
          state.dropped += 1 + dropped
          return nil
        }
      }
      if dropped > 0 { state.keep(dropNotice(dropped, like: line)) }
      state.keep(line)
      return state.tailCount > 0 ? .logLines(child, [line], dropped: dropped) : nil
    }
    if let event { publish(event) }
  }

  /// Counts lines that were not even read.
  func drop(_ count: Int) { state.withLock { $0.dropped += count } }

  /// The last lines, oldest first.
  func last(_ count: Int) -> [LogLine] { state.withLock { $0.lines.suffix(max(0, count)) } }

  /// The last lines that a generation wrote to standard error.
  func errorTail(of generation: Int64, lineCount: Int) -> [String] {
    state.withLock { state in
      state.lines.lazy.filter { $0.stream == .stderr && $0.generation == generation }
        .suffix(lineCount).map(\.text)
    }
  }

  /// Begins or ends publishing; calls count.
  func tail(_ on: Bool) {
    state.withLock { $0.tailCount = max(0, $0.tailCount + (on ? 1 : -1)) }
  }

  private func dropNotice(_ count: Int, like line: LogLine) -> LogLine {
    LogLine(
      at: line.at, stream: .chatd, generation: line.generation,
      text: "\(count) lines dropped: more than \(Self.bytesPerSecond >> 20) MiB in a second")
  }
}

extension ChildLog.State {
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
