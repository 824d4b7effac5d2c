/// The messages that wait for their turn, in the order in which they were handed in.
struct Line {
  /// A message's place.
  struct Place {
    enum State {
      /// Not on disk yet.
      case unsettled
      /// On disk as `complete` with its parent: its turn begins as soon as it is reached.
      case begun(Message)
      /// On disk as `queued`, with the parent that was asked for.
      case queued(branchFrom: EntryID?)
    }

    let id: EntryID
    var state: State
    /// Its turn was begun by an earlier run of chatd.
    var isResumed = false

    var isSettled: Bool { if case .unsettled = state { false } else { true } }
  }

  private var places: [Place] = []

  var first: Place? { places.first }
  var isEmpty: Bool { places.isEmpty }
  /// Whether anybody waits who is certain to have a turn: a place that is not settled may yet be
  /// given up.
  var isAwaited: Bool { places.contains { $0.isSettled } }

  /// Takes the last place.
  mutating func enter(_ id: EntryID) { places.append(Place(id: id, state: .unsettled)) }

  /// Says that the message of a place is on disk.
  mutating func settle(_ id: EntryID, _ state: Place.State) {
    guard let index = places.firstIndex(where: { $0.id == id }) else { return }
    places[index].state = state
  }

  /// Gives a place up.
  mutating func leave(_ id: EntryID) { places.removeAll { $0.id == id } }

  /// Puts what an earlier run left before everything else.
  mutating func resume(turn: Message?, queued: [(message: Message, branchFrom: EntryID?)]) {
    var earlier = queued.map { Place(id: $0.message.id, state: .queued(branchFrom: $0.branchFrom)) }
    if let turn {
      earlier.insert(Place(id: turn.id, state: .begun(turn), isResumed: true), at: 0)
    }
    places.insert(contentsOf: earlier, at: 0)
  }
}
