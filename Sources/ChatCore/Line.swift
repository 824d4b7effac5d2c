/// The messages that wait for their turn, in the order in which they were handed in.
struct Line {
  /// A message's place.
  struct Place {
    enum State {
      /// Not on disk yet.
      case unsettled
      /// On disk as `complete` with its parent: its turn begins as soon as it is reached.
      case begun(Message)
      /// On disk as `queued`, with the place that was asked for; nil: the head.
      case queued(branchFrom: BranchPoint?)
    }

    let id: EntryID
    /// How long what waits there is, once it is written.
    let byteCount: Int
    var state: State
    /// Its turn was begun by an earlier run of chatd.
    var isResumed = false

    var isSettled: Bool { if case .unsettled = state { false } else { true } }
  }

  /// What may wait: whoever asks for the thread is shown all of it at once.
  static let limit = (messageCount: 4096, byteCount: 16 << 20)

  private var places: [Place] = []
  private var byteCount = 0

  var first: Place? { places.first }
  var isEmpty: Bool { places.isEmpty }
  /// Whether anybody waits who is certain to have a turn: a place that is not settled may yet be
  /// given up.
  var isAwaited: Bool { places.contains { $0.isSettled } }

  /// Whether one more may wait; what goes beyond the bound in bytes is the last that may.
  var hasRoom: Bool {
    places.count < Self.limit.messageCount && byteCount < Self.limit.byteCount
  }

  /// Takes the last place.
  mutating func enter(_ id: EntryID, byteCount: Int = 0) {
    places.append(Place(id: id, byteCount: byteCount, state: .unsettled))
    self.byteCount += byteCount
  }

  /// Says that the message of a place is on disk.
  mutating func settle(_ id: EntryID, _ state: Place.State) {
    guard let index = places.firstIndex(where: { $0.id == id }) else { return }
    places[index].state = state
  }

  /// Gives a place up.
  mutating func leave(_ id: EntryID) {
    for place in places where place.id == id { byteCount -= place.byteCount }
    places.removeAll { $0.id == id }
  }

  /// Puts what an earlier run left before everything else.
  mutating func resume(turn: Message?, queued: [(message: Message, branchFrom: BranchPoint?)]) {
    var earlier = queued.map { message, branchFrom in
      Place(
        id: message.id, byteCount: Entry.message(message).json.count,
        state: .queued(branchFrom: branchFrom))
    }
    if let turn {
      earlier.insert(Place(id: turn.id, byteCount: 0, state: .begun(turn), isResumed: true), at: 0)
    }
    byteCount += earlier.reduce(0) { $0 + $1.byteCount }
    places.insert(contentsOf: earlier, at: 0)
  }
}
