import Foundation
import Synchronization

/// What the console's thread is told by those that listen: to the person, to the child, to signals.
final class ConsoleInbox: Sendable {
  /// One thing to be dealt with.
  enum Item: Hashable, Sendable {
    case line(String)
    /// The end of the person's input, after all its lines.
    case endOfInput
    /// Something has happened to the child.
    case news
    case signal(Int32)
  }

  fileprivate struct Contents {
    var lines: [String] = []
    var isInputOver = false
    var hasNews = false
    var signal: Int32?
    var isClosed = false
  }

  /// Whoever reads lines faster than this waits: a file may be the person.
  private static let lineLimit = 64

  private let contents = Mutex(Contents())
  private let room = DispatchSemaphore(value: 0)
  /// Says that it is worth another look.
  private let filled = DispatchSemaphore(value: 0)

  init() {
    // Not made with this value: a semaphore must not go while it is lower than at first.
    for _ in 0..<Self.lineLimit { room.signal() }
  }

  /// Puts an item in; a line waits until there is room.
  /// - Returns: false where nobody takes any more.
  @discardableResult func put(_ item: Item) -> Bool {
    if case .line = item { room.wait() }
    let isTaken = contents.withLock { contents in
      if contents.isClosed { return false }
      switch item {
      case .line(let line): contents.lines.append(line)
      case .endOfInput: contents.isInputOver = true
      case .news: contents.hasNews = true
      case .signal(let number): contents.signal = number
      }
      return true
    }
    // One who is not taken from leaves the room to the next who waits for it.
    if isTaken { filled.signal() } else { room.signal() }
    return isTaken
  }

  /// Takes nothing any more.
  func close() {
    contents.withLock { $0.isClosed = true }
    room.signal()
  }

  /// Takes the next item out: what is urgent first, lines last, and only if they are wanted.
  /// - Returns: nil where none came before `end`.
  func take(lines: Bool = true, until end: DispatchTime = .distantFuture) -> Item? {
    while true {
      if let item = contents.withLock({ $0.next(lines: lines) }) {
        if case .line = item { room.signal() }
        return item
      }
      guard filled.wait(timeout: end) == .success else { return nil }
    }
  }
}

extension ConsoleInbox.Contents {
  fileprivate mutating func next(lines wantsLines: Bool) -> ConsoleInbox.Item? {
    if let number = signal {
      signal = nil
      return .signal(number)
    }
    if hasNews {
      hasNews = false
      return .news
    }
    guard wantsLines else { return nil }
    if !lines.isEmpty { return .line(lines.removeFirst()) }
    guard isInputOver else { return nil }
    isInputOver = false
    return .endOfInput
  }
}
