import ChatCore
import NIOCore
import Synchronization

/// A client's socket as the rest sees it, from whatever thread.
struct Socket: Sendable {
  /// Something done to the handler on its event loop, which keeps the promise when its answers are
  /// nearly gone.
  typealias Step = @Sendable (WebSocketHandler, EventLoopPromise<Void>) -> Void

  let loop: any EventLoop
  private let bound: NIOLoopBound<WebSocketHandler>

  /// The socket of a handler; on its event loop.
  init(_ handler: WebSocketHandler) {
    loop = handler.loop
    bound = NIOLoopBound(handler, eventLoop: handler.loop)
  }

  /// The handler; on its event loop alone.
  var handler: WebSocketHandler { bound.value }

  /// Does something on the event loop, some time.
  func onLoop(_ body: @escaping @Sendable (WebSocketHandler) -> Void) {
    loop.execute { body(bound.value) }
  }

  /// Sends answers, and returns once the client has taken so much that there is room for the next.
  func send(_ frames: [ByteBuffer]) async {
    let done = loop.makePromise(of: Void.self)
    onLoop { $0.send(answer: frames, done: done) }
    try? await done.futureResult.get()
  }

  /// Sends answers at their exact place among the events of `hub`, and returns as `send` does.
  func inLine(of hub: Hub, _ make: (LiveState) -> Step) async {
    let done = loop.makePromise(of: Void.self)
    hub.inLine(on: loop) { live in
      let step = make(live)
      return { _ in step(bound.value, done) }
    }
    try? await done.futureResult.get()
  }

  /// Hangs up, with a word to the client but without waiting for its own.
  func hangUp() {
    onLoop {
      $0.end(.goingAway, "chatd is stopping")
      $0.context?.close(promise: nil)
    }
  }
}

/// The children whose logs one client follows.
final class Tails: Sendable {
  private let children = Mutex<Set<ChildID>>([])

  var all: Set<ChildID> { children.withLock { $0 } }

  /// Whether it was not there before.
  func insert(_ child: ChildID) -> Bool { children.withLock { $0.insert(child).inserted } }

  /// Whether it was there.
  func remove(_ child: ChildID) -> Bool { children.withLock { $0.remove(child) != nil } }
}
