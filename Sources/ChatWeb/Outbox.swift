import NIOCore

/// What waits for a client's socket to take more, in the order in which it was sent.
///
/// Live frames are bounded: a client that lets more of them wait is cut off. Answers to its own
/// commands are not, since it is asked for no more commands while they wait.
struct Outbox {
  /// What became of a live frame.
  enum Effect {
    case waiting
    /// Over the bound; nothing of it was taken.
    case overflow
  }

  private struct Item {
    let bytes: ByteBuffer
    /// How many events stand in it; 0: it is an answer.
    let events: Int
  }

  private let eventLimit: Int
  private let byteLimit: Int
  private var items = CircularBuffer<Item>()
  private var liveBytes = 0
  private var liveEvents = 0
  /// Bytes of answers that wait.
  private(set) var answerBytes = 0

  /// An outbox for at most so many live events and bytes.
  init(eventLimit: Int, byteLimit: Int) {
    self.eventLimit = eventLimit
    self.byteLimit = byteLimit
  }

  var isEmpty: Bool { items.isEmpty }

  /// Whether so much waits that what can be left out should be.
  var isBusy: Bool { liveEvents > eventLimit / 8 || liveBytes > byteLimit / 4 }

  /// Puts an answer at the end.
  mutating func put(answer: ByteBuffer) {
    items.append(Item(bytes: answer, events: 0))
    answerBytes += answer.readableBytes
  }

  /// Puts live frames at the end.
  mutating func put(live bytes: ByteBuffer, events: Int) -> Effect {
    // A single event over the byte limit is let through where nothing else waits: it could never be
    // sent otherwise.
    let isOver = liveBytes + bytes.readableBytes > byteLimit && liveEvents > 0
    guard !isOver, liveEvents + events <= eventLimit else { return .overflow }
    items.append(Item(bytes: bytes, events: events))
    liveBytes += bytes.readableBytes
    liveEvents += events
    return .waiting
  }

  /// Takes the first out.
  mutating func next() -> ByteBuffer? {
    guard let item = items.popFirst() else { return nil }
    if item.events == 0 {
      answerBytes -= item.bytes.readableBytes
    } else {
      liveBytes -= item.bytes.readableBytes
      liveEvents -= item.events
    }
    return item.bytes
  }

  /// Drops everything.
  mutating func clear() { self = Outbox(eventLimit: eventLimit, byteLimit: byteLimit) }
}
