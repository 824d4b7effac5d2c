import ChatCore

/// What chatd has asked a child and not had an answer to. A value; numbers are one generation's.
struct ChildRequests {
  /// What an answer means.
  enum Purpose {
    case initialize
    case ping
    case shutdown
    case message(Ask)
    case call(Call)
  }

  /// What an answer is to.
  enum Answered {
    case open(Purpose)
    /// A request that was cancelled or is past its time: no strike.
    case givenUp
    /// Nothing that was asked.
    case unknown
  }

  /// How many messages may wait for a child, and how many of its overdue ones are remembered.
  static let waitingLimit = 64
  /// Answers to so many requests that were given up are told from answers to none.
  private static let givenUpLimit = 1024

  private var open: [Int64: Purpose] = [:]
  private var givenUp: [Int64] = []
  private var lastID: Int64 = 0
  /// Messages that wait for their place, in order.
  var waiting: [Ask] = []
  /// Messages sent that hold a place in `max_in_flight`.
  private(set) var inFlight = 0

  /// The number of the next request, which is open from now on.
  mutating func begin(_ purpose: Purpose) -> Int64 {
    lastID += 1
    open[lastID] = purpose
    if case .message(let ask) = purpose {
      ask.holdsPlace = true
      inFlight += 1
    }
    return lastID
  }

  /// Takes the request that an answer is to.
  mutating func answer(_ id: Int64) -> Answered {
    guard let purpose = open.removeValue(forKey: id) else {
      return givenUp.contains(id) ? .givenUp : .unknown
    }
    if case .message(let ask) = purpose { freePlace(of: ask) }
    return .open(purpose)
  }

  /// The message that is asked as `id`.
  func ask(_ id: Int64) -> Ask? {
    if case .message(let ask)? = open[id] { ask } else { nil }
  }

  /// The message of a consultation that was sent.
  func ask(ofConsultation number: Int) -> Ask? {
    for case .message(let ask) in open.values where ask.consultation.number == number {
      return ask
    }
    return nil
  }

  /// The calls of others that it holds, by the requests they were sent as.
  var calls: [Int64: Call] {
    open.compactMapValues { purpose in
      if case .call(let call) = purpose { call } else { nil }
    }
  }

  /// The call that is asked as `id`.
  func call(_ id: Int64) -> Call? {
    if case .call(let call)? = open[id] { call } else { nil }
  }

  /// Gives up an overdue request: its answer, if it comes, means nothing.
  mutating func giveUp(_ id: Int64) {
    guard case .open = answer(id) else { return }
    givenUp.append(id)
    if givenUp.count > Self.givenUpLimit { givenUp.removeFirst(givenUp.count / 2) }
  }

  /// Takes its place from a message that holds one.
  mutating func freePlace(of ask: Ask) {
    guard ask.holdsPlace else { return }
    ask.holdsPlace = false
    inFlight -= 1
  }

  /// Messages that are past their deadline and still welcome.
  var overdueCount: Int {
    open.values.reduce(0) { count, purpose in
      if case .message(let ask) = purpose, ask.isOverdue { count + 1 } else { count }
    }
  }

  /// Whether it holds a request that it may still be working on: any message or call that was not
  /// given up.
  var isHoldingWork: Bool {
    open.values.contains { purpose in
      switch purpose {
      case .message, .call: true
      case .initialize, .ping, .shutdown: false
      }
    }
  }

  /// Ends the generation: everything that was sent comes back, in order of the numbers.
  mutating func end() -> [Purpose] {
    let sent = open.sorted { $0.key < $1.key }.map(\.value)
    open = [:]
    givenUp = []
    lastID = 0
    inFlight = 0
    return sent
  }
}
