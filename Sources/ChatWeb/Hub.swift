package import ChatCore
import NIOCore
import Synchronization

/// Tells everybody who watches what happens: each event is encoded once and written to all.
///
/// Events are put in one line for each event loop that has watchers, in the order in which they
/// were published, and dealt with there; so nothing here waits for a watcher, and those that come
/// while a loop is busy go out joined in one write. What concerns one watcher alone (its beginning,
/// its subscriptions) stands in the same line, so its place among the events is exact.
package final class Hub: EventSink, Sendable {
  /// Something to be done with an event loop's watchers.
  typealias Step = @Sendable (WatcherGroup) -> Void

  enum Item: Sendable {
    case frame(LiveFrame)
    /// The children as they are when it is dealt with.
    case children
    case step(Step)
  }

  fileprivate struct Line {
    let loop: any EventLoop
    let group: NIOLoopBound<WatcherGroup>
    var watcherCount = 0
    var items: [Item] = []
    var isScheduled = false
    /// `items` shows the children, and nothing after it concerns one watcher alone.
    var showsChildren = false
    /// Events were left out: whoever watches has to be cut off.
    var isOverfull = false
  }

  fileprivate struct State {
    var live = LiveState()
    var lines: [Line] = []
  }

  /// Events that may wait for an event loop; one that is stuck for longer loses its watchers.
  private static let lineLimit = 16_384

  let counters = Counters()
  private let state = Mutex(State())

  /// A hub nobody watches yet.
  package init() {}

  /// The number of the last change that was published.
  var seq: Int64 { state.withLock { $0.live.seq } }

  /// The children by what was published of them.
  var children: [ChildStatus] { state.withLock { $0.live }.children }

  /// Counts what is heard of children; `adopt` is told what it was before the list was read.
  var childVersion: Int { state.withLock { $0.live.childVersion } }

  /// Takes every child from a list that was read when `childVersion` was `version`.
  func adopt(_ list: [ChildStatus], readAt version: Int) {
    state.withLock { $0.live.adopt(list, readAt: version) }
  }

  /// Takes the log's last number as it was read from disk.
  func reach(seq: Int64) { state.withLock { $0.live.reach(seq: seq) } }

  package func publish(_ event: Event) {
    if case .changed = event { counters.changes.add(1, ordering: .relaxed) }
    // Encoded outside the lock where it is likely to be wanted.
    let isWatched = counters.watchers.load(ordering: .relaxed) > 0
    let early = isWatched ? LiveFrame(event) : nil
    let scheduled = state.withLock { state in
      state.live.apply(event)
      var scheduled: [(Int, any EventLoop)] = []
      guard state.lines.contains(where: { $0.watcherCount > 0 }) else { return scheduled }
      let frame = early ?? LiveFrame(event)
      for index in state.lines.indices where state.lines[index].watcherCount > 0 {
        let isFirst = state.lines[index].put(frame, limit: Self.lineLimit)
        if isFirst { scheduled.append((index, state.lines[index].loop)) }
      }
      return scheduled
    }
    for (index, loop) in scheduled { loop.execute { self.drain(index) } }
  }

  /// Adds a watcher. On its event loop.
  /// - Parameter begin: Given the log's last number: what to do in the watcher's group, before
  ///   anything that is
  ///   published later reaches it.
  func join(on loop: any EventLoop, _ begin: (Int64) -> Step) {
    let scheduled: Int? = state.withLock { state in
      let index = state.index(of: loop)
      state.lines[index].watcherCount += 1
      return state.lines[index].put(begin(state.live.seq)) ? index : nil
    }
    counters.watchers.add(1, ordering: .relaxed)
    if let scheduled { schedule(scheduled) }
  }

  /// Takes one watcher of that event loop out of the count; it has left its group.
  func leave(from loop: any EventLoop) {
    state.withLock { $0.lines[$0.index(of: loop)].watcherCount -= 1 }
    counters.watchers.subtract(1, ordering: .relaxed)
  }

  /// Does something with one event loop's watchers, after what was published before and before what
  /// is published later.
  /// - Parameter make: Given the state at that point, makes what is to be done on the loop.
  func inLine(on loop: any EventLoop, _ make: (LiveState) -> Step) {
    let scheduled: Int? = state.withLock { state in
      guard let index = state.lines.firstIndex(where: { $0.loop === loop }) else { return nil }
      return state.lines[index].put(make(state.live)) ? index : nil
    }
    if let scheduled { schedule(scheduled) }
  }

  private func schedule(_ index: Int) {
    state.withLock { $0.lines[index].loop }.execute { self.drain(index) }
  }

  private func drain(_ index: Int) {
    let (line, children) = state.withLock { state in
      let line = state.lines[index]
      state.lines[index].empty()
      let isShown = line.items.contains { if case .children = $0 { true } else { false } }
      return (line, isShown ? state.live.children : [])
    }
    line.group.value.take(
      line.items, children: { LiveFrame.children(children) }, isOverfull: line.isOverfull)
  }
}

extension Hub.State {
  /// The line of an event loop; on that loop, where there may be none yet.
  fileprivate mutating func index(of loop: any EventLoop) -> Int {
    if let index = lines.firstIndex(where: { $0.loop === loop }) { return index }
    lines.append(
      Hub.Line(loop: loop, group: NIOLoopBound(WatcherGroup(), eventLoop: loop)))
    return lines.count - 1
  }
}

extension Hub.Line {
  /// Puts an event at the end; nil: the children's.
  /// - Returns: whether the line has to be scheduled.
  fileprivate mutating func put(_ frame: LiveFrame?, limit: Int) -> Bool {
    guard items.count < limit else {
      isOverfull = true
      return schedule()
    }
    if let frame {
      items.append(.frame(frame))
    } else if !showsChildren {
      items.append(.children)
      showsChildren = true
    }
    return schedule()
  }

  /// Puts a step at the end, however many there are: each belongs to a watcher that waits for it.
  fileprivate mutating func put(_ step: @escaping Hub.Step) -> Bool {
    items.append(.step(step))
    showsChildren = false
    return schedule()
  }

  private mutating func schedule() -> Bool {
    defer { isScheduled = true }
    return !isScheduled
  }

  fileprivate mutating func empty() {
    (items, isScheduled, showsChildren, isOverfull) = ([], false, false, false)
  }
}
