import Foundation
import Synchronization

/// What the console's thread is told by the two that read: one the person's lines, one what happens
/// to the child.
final class ConsoleInbox: Sendable {
  /// One thing to be dealt with.
  enum Item: Sendable {
    case line(String)
    /// The end of the person's input.
    case endOfInput
    case happened([RigTranscript.Entry])
  }

  /// Who reads faster than this waits: a file may be the person.
  private static let itemLimit = 64

  private let items = Mutex<(waiting: [Item], isClosed: Bool)>(([], false))
  private let room = DispatchSemaphore(value: 0)
  private let filled = DispatchSemaphore(value: 0)

  init() {
    // Not made with this value: a semaphore must not go while it is lower than at first.
    for _ in 0..<Self.itemLimit { room.signal() }
  }

  /// Puts an item in; waits until there is room.
  /// - Returns: false where nobody takes any more.
  func put(_ item: Item) -> Bool {
    room.wait()
    let isTaken = items.withLock { items in
      if !items.isClosed { items.waiting.append(item) }
      return !items.isClosed
    }
    // One who is not taken from leaves the room to the next who waits for it.
    if isTaken { filled.signal() } else { room.signal() }
    return isTaken
  }

  /// Takes nothing any more.
  func close() {
    items.withLock { $0.isClosed = true }
    room.signal()
  }

  /// Takes the next item out.
  /// - Returns: nil where none came before `end`.
  func take(until end: DispatchTime = .distantFuture) -> Item? {
    guard filled.wait(timeout: end) == .success else { return nil }
    defer { room.signal() }
    return items.withLock { $0.waiting.removeFirst() }
  }
}
