package import ChatCore
package import ChildProtocol
import NIOCore

/// What people do with children.
extension Supervisor: ChildControl {
  package func statuses() -> [ChildStatus] {
    let all =
      children.values.map(\.status)
      + invalid.map { id, it in
        ChildStatus(
          id: id, name: id.text, state: .invalid, since: it.since, problem: it.problem)
      }
    return all.sorted { $0.id < $1.id }
  }

  package func perform(
    _ command: ChildCommand, on id: ChildID, generation: Int64?
  ) async throws -> ChildStatus {
    guard let child = children[id] else {
      guard let status = statuses().first(where: { $0.id == id }) else {
        throw ChatError.notFound(what: "child \"\(id)\"")
      }
      if command == .stop || command == .kill { return status }
      throw ChatError.conflict(reason: "\(id) can't be started: \(status.problem ?? "")")
    }
    guard !isShuttingDown else { throw ChatError.unavailable(reason: "chatd is stopping") }
    if let generation, generation != child.generation {
      throw ChatError.conflict(
        reason: "generation \(generation) of \(id) is over: it is at \(child.generation) now")
    }
    if child.isRemoved, command != .stop, command != .kill {
      throw ChatError.conflict(reason: "\(id) can't be started: its folder is gone")
    }
    let waiter = child.obey(command)
    try await records.keep(id, .init(wanted: child.word))
    try await waiter?.wait(isolation: self)
    return child.status
  }

  package func state(of id: ChildID) throws -> JSON? { try known(id)?.savedState }

  package func clearState(of id: ChildID) async throws {
    guard let child = try known(id) else { return }
    do {
      try await withCheckedThrowingContinuation { continuation in
        do {
          try child.save(.null, byteCount: 0) { continuation.resume(with: $0) }
        } catch {
          continuation.resume(throwing: error)
        }
      }
    } catch let error as ChatError {
      throw error
    } catch {
      throw ChatError.unavailable(reason: "what \(id) saved was not cleared: \(error)")
    }
  }

  package func log(of id: ChildID, lineCount: Int, within span: TimeSpan) throws -> [LogLine] {
    try known(id)?.log.last(lineCount, within: span) ?? []
  }

  package func tail(_ id: ChildID, _ on: Bool) throws { try known(id)?.log.tail(on) }

  /// - Returns: nil for a child that has never had a manifest that is right, and so no log.
  private func known(_ id: ChildID) throws -> Child? {
    if let child = children[id] { return child }
    guard invalid[id] != nil else { throw ChatError.notFound(what: "child \"\(id)\"") }
    return nil
  }
}
