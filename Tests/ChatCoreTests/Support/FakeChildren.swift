import ChatCore
import ChildProtocol
import Synchronization

/// Children that answer as a test says.
final class FakeChildren: ChildGroup, ChildTools {
  typealias Script = @Sendable (Inquiry) async -> [ChildResponse]?

  /// Given the child and its tool.
  typealias ToolScript = @Sendable (ChildID, String) async -> ToolOutcome

  /// All that was asked, in its order.
  let inquiries = Watched<[Inquiry]>([])
  /// Every tool that was called, with its arguments.
  let toolCalls = Watched<[String]>([])
  /// Where tools wait until it is true.
  let toolGate = Mutex<Watched<Bool>?>(nil)
  /// What they offer.
  let offered = Watched<[Tool]>([])
  /// Every word of a person's about a tool, as `child tool auto`.
  let remembered = Watched<[String]>([])
  private let script: Mutex<Script>
  private let toolScript = Mutex<ToolScript?>(nil)
  private let known: Set<ChildID>

  /// Without a script there is nobody to ask.
  init(names: Set<ChildID> = [], _ script: @escaping Script = { _ in nil }) {
    known = names
    self.script = Mutex(script)
  }

  /// Children that repeat what they hear, each in its own name.
  static func echoing(_ names: String...) -> FakeChildren {
    let children = names.sorted().map { ChildID($0) }
    return FakeChildren(names: Set(children)) { inquiry in
      children.map { .replied($0, "\($0) heard \(inquiry.message.content)") }
    }
  }

  /// From now on they answer like this.
  func follow(_ script: @escaping Script) { self.script.withLock { $0 = script } }

  func consult(_ inquiry: Inquiry) async -> [ChildResponse]? {
    let script = script.withLock { $0 }
    inquiries.update { $0.append(inquiry) }
    return await script(inquiry)
  }

  func names() async -> Set<ChildID> { known }

  /// From now on their tools answer like this.
  func followCalls(_ script: @escaping ToolScript) { toolScript.withLock { $0 = script } }

  /// Has every call wait at `gate`, and then be done.
  func holdCalls(at gate: Gate) {
    followCalls { _, _ in
      await gate.pass()
      return ToolOutcome(.done)
    }
  }

  /// Offers tools of a child.
  func offer(_ child: String, _ names: String..., approval: Tool.Approval = .auto) {
    offered.update { offered in
      offered += names.map { name in
        Tool(
          child: ChildID(child), name: name, description: "does \(name)",
          inputSchema: ["type": "object"], annotations: nil, approval: approval)
      }
    }
  }

  func tools() async -> [Tool] { offered.value }

  func call(_ name: String, of child: ChildID, arguments: JSON) async -> ToolOutcome {
    toolCalls.update { $0.append("\(child) \(name) \(arguments.text)") }
    if let gate = toolGate.withLock({ $0 }) { await gate.wait { $0 } }
    if let script = toolScript.withLock({ $0 }) {
      let outcome = await script(child, name)
      return Task.isCancelled ? ToolOutcome(.failed, "it was stopped") : outcome
    }
    guard known.contains(child) else { return ToolOutcome(.refused, "there is no \(child)") }
    return ToolOutcome(.done, nil, ["ok"]).taking(.milliseconds(2))
  }

  func remember(
    _ approval: Tool.Approval?, for tool: String, of child: ChildID
  ) async throws {
    guard known.contains(child) else { throw ChatError.notFound(what: "child \"\(child)\"") }
    let word = approval?.rawValue ?? "nothing"
    remembered.update { $0.append("\(child) \(tool) \(word)") }
    guard let approval else { return }
    offered.update { offered in
      for index in offered.indices
      where offered[index].child == child && offered[index].name == tool {
        (offered[index].approval, offered[index].isRemembered) = (approval, true)
      }
    }
  }

  /// Returns the inquiry about the first message with this content, once it is made.
  func asked(about content: String) async throws -> Inquiry {
    await inquiries.wait { $0.contains { $0.message.content == content } }
    return try inquiries.value.first { $0.message.content == content }.unwrapped
  }
}

extension ChildResponse {
  static func replied(_ child: ChildID, _ text: String) -> ChildResponse {
    ChildResponse(child: child, messageID: .next(at: .now), status: .replied, text: text)
  }

  static func silent(_ child: ChildID) -> ChildResponse {
    ChildResponse(
      child: child, messageID: .next(at: .now), status: .timedOut, reason: "it did not answer")
  }

  /// What a child says after its rollup was closed.
  static func late(_ child: ChildID, _ text: String) -> ChildResponse {
    var response = replied(child, text)
    response.late = true
    return response
  }
}

struct Missing: Error {}

extension Optional {
  /// - Throws: `Missing`.
  var unwrapped: Wrapped {
    get throws {
      guard let self else { throw Missing() }
      return self
    }
  }
}
