import ChildProtocol

/// The messages that the adapter holds, in the order they came: which wait, which are worked on, and
/// until when. It has no clock and starts nothing.
struct FilterTable: Sendable {
  /// Where a message that is held stands.
  enum Place: Hashable, Sendable {
    /// No program has seen it.
    case waiting
    /// A program works on it.
    case working
  }

  private var entries: [(message: FilterMessage, place: Place)] = []
  private var byteCount = 0

  /// How many messages are held.
  var count: Int { entries.count }

  /// When the first of the messages held runs out of time; nil: none does.
  var nextDeadline: ContinuousClock.Instant? { entries.compactMap(\.message.deadline).min() }

  /// Takes a message in; it waits.
  /// - Throws: `RPCFailure` where too much is held, or one with that id.
  mutating func take(_ message: FilterMessage) throws(RPCFailure) {
    guard index(of: message.id) == nil else {
      throw .program("a message with id \(message.id.text) is held already")
    }
    guard entries.count < FilterLimits.messageCount else {
      throw .program("\(entries.count) messages are held; more than that is not taken")
    }
    guard byteCount + message.input.count <= FilterLimits.messageByteCount else {
      throw .program("messages of \(byteCount) bytes are held; this one is too much")
    }
    byteCount += message.input.count
    entries.append((message, .waiting))
  }

  /// The message that has waited longest is worked on from now.
  /// - Returns: nil where none waits.
  mutating func start() -> FilterMessage? {
    guard let index = entries.firstIndex(where: { $0.place == .waiting }) else { return nil }
    entries[index].place = .working
    return entries[index].message
  }

  /// Whether a message waits.
  var hasWaiting: Bool { entries.contains { $0.place == .waiting } }

  /// Lets go of a message: it is answered, or no answer is wanted.
  /// - Returns: where it stood; nil: it is not held.
  @discardableResult
  mutating func remove(_ id: JSON) -> Place? {
    guard let index = index(of: id) else { return nil }
    let entry = entries.remove(at: index)
    byteCount -= entry.message.input.count
    return entry.place
  }

  /// Begins a message's wait anew.
  mutating func prolong(_ id: JSON, from now: ContinuousClock.Instant) {
    if let index = index(of: id) { entries[index].message.prolong(from: now) }
  }

  /// Lets go of the messages whose time is over.
  mutating func expire(at now: ContinuousClock.Instant) -> [(message: FilterMessage, place: Place)]
  {
    let expired = entries.filter { $0.message.deadline.map { $0 <= now } ?? false }
    for entry in expired { remove(entry.message.id) }
    return expired
  }

  /// Lets go of all.
  mutating func removeAll() -> [FilterMessage] {
    defer {
      entries = []
      byteCount = 0
    }
    return entries.map(\.message)
  }

  private func index(of id: JSON) -> Int? { entries.firstIndex { $0.message.id == id } }
}
