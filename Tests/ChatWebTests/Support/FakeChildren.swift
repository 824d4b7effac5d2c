import ChatCore
import ChildProtocol
import Foundation
import Synchronization

/// Children without processes: what they answer and how they start is the test's to say.
final class FakeChildren: ChildGroup, ChildControl, ChildTools, Sendable {
  struct State {
    var statuses: [ChildID: ChildStatus] = [:]
    var logs: [ChildID: [LogLine]] = [:]
    var performed: [(ChildCommand, ChildID)] = []
    var tails: [ChildID: Int] = [:]
    var startGates: [ChildID: Gate] = [:]
    var logGate: Gate?
    /// Where a list waits that has been read.
    var listGate: Gate?
    var saved: [ChildID: JSON] = [:]
    var tools: [Tool] = []
    var toolGate: Gate?
    /// What was to be remembered or forgotten, in its order.
    var remembered: [String] = []
  }

  let state: Mutex<State>
  private let answer: @Sendable (Inquiry) async -> [ChildResponse]?

  init(
    _ names: [String] = [],
    answer: @escaping @Sendable (Inquiry) async -> [ChildResponse]? = { _ in nil }
  ) {
    let statuses = names.map { name in
      ChildStatus(
        id: ChildID(name), name: name.capitalized, description: "Says \(name)", version: "1.0",
        state: .stopped, since: Timestamp(milliseconds: 0))
    }
    state = Mutex(State(statuses: Dictionary(uniqueKeysWithValues: statuses.map { ($0.id, $0) })))
    self.answer = answer
  }

  var performed: [String] { state.withLock { $0.performed.map { "\($0) \($1)" } } }

  func consult(_ inquiry: Inquiry) async -> [ChildResponse]? { await answer(inquiry) }

  func names() async -> Set<ChildID> { Set(state.withLock { $0.statuses.keys }) }

  func statuses() async -> [ChildStatus] {
    let (list, gate) = state.withLock { (Array($0.statuses.values), $0.listGate) }
    await gate?.pass()
    return list.sorted { $0.id < $1.id }
  }

  func perform(
    _ command: ChildCommand, on child: ChildID, generation: Int64?
  ) async throws -> ChildStatus {
    let gate = try state.withLock { state in
      guard state.statuses[child] != nil else {
        throw ChatError.notFound(what: "child \"\(child)\"")
      }
      state.performed.append((command, child))
      return command == .start ? state.startGates[child] : nil
    }
    if child.text == "broken", command == .start {
      throw ChatError.conflict(reason: "child \"broken\" left with code 1 before it was ready")
    }
    await gate?.pass()
    return state.withLock { state in
      let isUp = command != .stop && command != .kill
      state.statuses[child]?.state = isUp ? .ready : .stopped
      state.statuses[child]?.isWanted = isUp
      if isUp { state.statuses[child]?.generation += 1 }
      return state.statuses[child]!
    }
  }

  func state(of child: ChildID) async throws -> JSON? {
    try state.withLock { state in
      guard state.statuses[child] != nil else {
        throw ChatError.notFound(what: "child \"\(child)\"")
      }
      return state.saved[child]
    }
  }

  func clearState(of child: ChildID) async throws {
    _ = try await state(of: child)
    state.withLock { $0.saved[child] = nil }
  }

  func tools() async -> [Tool] { state.withLock { $0.tools } }

  func call(_ name: String, of child: ChildID, arguments: JSON) async -> ToolOutcome {
    await state.withLock { $0.toolGate }?.pass()
    guard await tools().contains(where: { $0.child == child && $0.name == name }) else {
      return ToolOutcome(.refused, "\(child) has no tool \"\(name)\"")
    }
    let text: JSON = ["type": "text", "text": .string(arguments.text)]
    return ToolOutcome(.done, nil, [text]).taking(.milliseconds(2))
  }

  func remember(
    _ approval: Tool.Approval?, for tool: String, of child: ChildID
  ) async throws {
    try state.withLock { state in
      guard state.statuses[child] != nil else {
        throw ChatError.notFound(what: "child \"\(child)\"")
      }
      state.remembered.append("\(child) \(tool) \(approval?.rawValue ?? "forgotten")")
      for index in state.tools.indices
      where state.tools[index].child == child && state.tools[index].name == tool {
        state.tools[index].approval = approval ?? .ask
        state.tools[index].isRemembered = approval != nil
      }
    }
  }

  func log(
    of child: ChildID, lineCount: Int, within span: TimeSpan
  ) async throws -> [LogLine] {
    let (lines, gate) = try state.withLock { state in
      guard state.statuses[child] != nil else {
        throw ChatError.notFound(what: "child \"\(child)\"")
      }
      return (state.logs[child] ?? [], state.logGate)
    }
    await gate?.pass()
    return lines.filter { span.contains($0.at) }.suffix(lineCount)
  }

  func tail(_ child: ChildID, _ on: Bool) async throws {
    try state.withLock { state in
      guard state.statuses[child] != nil else {
        throw ChatError.notFound(what: "child \"\(child)\"")
      }
      state.tails[child, default: 0] += on ? 1 : -1
    }
  }
}

/// A model that says what the test has it say.
struct FakeModel: LanguageModel {
  var assistant = Assistant(kind: .off, reason: "no key")
  var speak: @Sendable (@escaping @Sendable (ModelEvent) async -> Void) async throws -> Void = {
    _ in
  }
  var list: @Sendable () async throws -> [ModelInfo] = { [ModelInfo(id: "fake-1")] }

  func models() async throws -> [ModelInfo] { try await list() }

  func answer(
    _ request: ModelRequest, hear: @escaping @Sendable (ModelEvent) async -> Void
  ) async throws -> ModelAnswer {
    try await speak(hear)
    return ModelAnswer(model: "fake-1", stopReason: "end_turn")
  }
}
