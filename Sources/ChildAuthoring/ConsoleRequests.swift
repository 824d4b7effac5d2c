import ChatChildren

/// What a person has asked of the child: what waits for its turn, and what is not answered, held to
/// the manifest's `[messages]` as chatd would.
struct ConsoleRequests {
  /// A request that is not answered.
  struct Asked: Hashable {
    let id: Int64
    let method: String
    let at: Duration
    /// When the child last gave a sign of it.
    var lastSign: Duration
    /// chatd's turn would not have waited for it any longer.
    var isLate = false
  }

  /// What time has done to a request.
  enum Lapse: Hashable {
    /// Its `timeout_ms` is over: the answer will be late, and its place is free.
    case late(Asked)
    /// Its `timeout_max_ms` is over: nobody waits for it any more.
    case givenUp(Asked)
  }

  /// As many messages wait for a child as in chatd.
  private static let waitingLimit = 64

  private let limits: Manifest.Messages
  private var waiting: [String] = []
  private(set) var asked: [Asked] = []

  init(_ limits: Manifest.Messages) { self.limits = limits }

  /// Whether another message may wait.
  var hasRoom: Bool { waiting.count < Self.waitingLimit }
  var isEmpty: Bool { waiting.isEmpty && asked.isEmpty }
  /// How many wait for something.
  var count: Int { waiting.count + asked.count }
  /// How many wait for their turn.
  var waitingCount: Int { waiting.count }

  /// Keeps a message for its turn.
  mutating func wait(_ text: String) { waiting.append(text) }

  /// The next message, if there is one and its turn has come.
  mutating func next() -> String? {
    let held = asked.count { $0.method == "message" && !$0.isLate }
    return held < limits.maxInFlight && !waiting.isEmpty ? waiting.removeFirst() : nil
  }

  mutating func add(_ id: Int64, _ method: String, at time: Duration) {
    asked.append(Asked(id: id, method: method, at: time, lastSign: time))
  }

  /// Keeps that the child gave a sign of a request.
  mutating func sign(of id: Int64, at time: Duration) {
    if let index = asked.firstIndex(where: { $0.id == id }) { asked[index].lastSign = time }
  }

  mutating func remove(_ id: Int64) { asked.removeAll { $0.id == id } }

  private func isLate(_ request: Asked) -> Duration {
    min(request.lastSign + limits.timeout, request.at + limits.timeoutMax)
  }

  /// When the next request lapses; nil: none will.
  var nextLapse: Duration? {
    asked.map { $0.isLate ? $0.at + limits.timeoutMax : isLate($0) }.min()
  }

  /// What has lapsed by `now`, each once.
  mutating func lapse(_ now: Duration) -> [Lapse] {
    var lapses: [Lapse] = []
    for index in asked.indices.reversed() {
      if now >= asked[index].at + limits.timeoutMax {
        lapses.append(.givenUp(asked.remove(at: index)))
      } else if !asked[index].isLate, now >= isLate(asked[index]) {
        asked[index].isLate = true
        lapses.append(.late(asked[index]))
      }
    }
    return lapses.reversed()
  }
}
