import NIOCore

/// The watchers of one event loop. Lives there.
final class WatcherGroup {
  private var handlers: [ObjectIdentifier: WebSocketHandler] = [:]

  /// Adds one, which gets what comes from now on.
  func add(_ handler: WebSocketHandler) { handlers[ObjectIdentifier(handler)] = handler }

  /// Takes one out.
  /// - Returns: whether it was there.
  func remove(_ handler: WebSocketHandler) -> Bool {
    handlers.removeValue(forKey: ObjectIdentifier(handler)) != nil
  }

  /// Deals with what waited, in order, and lets each socket write once.
  func take(_ items: [Hub.Item], children: () -> LiveFrame, isOverfull: Bool) {
    var run: [LiveFrame] = []
    for item in items {
      switch item {
      case .frame(let frame): run.append(frame)
      case .children: run.append(children())
      case .step(let step):
        deliver(run)
        run = []
        step(self)
      }
    }
    deliver(run)
    for handler in Array(handlers.values) {
      if isOverfull { handler.cutOff() }
      handler.flush()
    }
  }

  private func deliver(_ run: [LiveFrame]) {
    for batch in Batch.batches(of: run) {
      // A copy: a watcher that is cut off leaves while this goes on.
      for handler in Array(handlers.values) { handler.deliver(batch) }
    }
  }
}
