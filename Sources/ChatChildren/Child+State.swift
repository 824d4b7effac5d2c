import ChatCore
import ChildProtocol
import NIOCore

/// What the child saves goes to disk in the order in which it was saved; what comes while the disk
/// is at it goes with the next visit, all of it at once.
struct StateSaving {
  /// Answers that wait for the disk.
  typealias Answer = @Sendable (Result<Void, any Error>) -> Void

  /// What is to be written next; nil: nothing is.
  private var next: JSON?
  private var answers: [Answer] = []
  private(set) var isGoing = false

  /// Leaves a state to be written by whoever is sent to the disk, or is there.
  mutating func put(_ state: JSON, _ answer: @escaping Answer) {
    next = state
    answers.append(answer)
    isGoing = true
  }

  /// What to write now, and who waits for it; nil: nothing, and whoever was sent is through.
  mutating func take() -> (state: JSON, answers: [Answer])? {
    guard let state = next else {
      isGoing = false
      return nil
    }
    defer { (next, answers) = (nil, []) }
    return (state, answers)
  }
}

extension Child {
  /// Takes over a state and has it written.
  /// - Throws: `ChildError` where too much waits for the disk already.
  func save(_ state: JSON, byteCount: Int, _ answer: @escaping StateSaving.Answer) throws {
    let isSent = !saving.isGoing
    if isSent {
      let (id, records) = (id, place.supervisor.records)
      let isTaken = place.supervisor.assumeIsolated { supervisor in
        supervisor.perform { await supervisor.writeStates(of: id, to: records) }
      }
      guard isTaken else { throw ChildError.unusable(reason: "too many requests at once") }
    }
    keep(state, byteCount: byteCount)
    saving.put(state, answer)
    place.publish(.children([status]))
  }

  /// Takes over what it has saved, or had; `null` is nothing.
  func keep(_ state: JSON?, byteCount: Int) {
    if let state, !state.isNull {
      (savedState, savedStateBytes) = (state, byteCount)
    } else {
      (savedState, savedStateBytes) = (.none, 0)
    }
  }

  /// Forgets what it saved.
  func forgetState() {
    let answer: StateSaving.Answer = { [place, id] result in
      if case .failure(let error) = result {
        place.report("\(id): what it saved was not cleared on disk: \(error)")
      }
    }
    do { try save(.null, byteCount: 0, answer) } catch {
      place.report("\(id): what it saved was not cleared: \(error)")
    }
  }
}

extension Supervisor {
  /// Writes what a child saves until there is nothing left to be written.
  func writeStates(of id: ChildID, to records: any ChildRecords) async {
    while let (state, answers) = children[id]?.saving.take() {
      let result: Result<Void, any Error>
      do {
        try await records.keep(id, .init(state: state))
        result = .success(())
      } catch {
        result = .failure(error)
      }
      for answer in answers { answer(result) }
    }
  }
}
