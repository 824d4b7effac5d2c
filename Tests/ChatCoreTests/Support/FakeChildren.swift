import ChatCore
import ChildProtocol
import Synchronization

/// Children that answer as a test says.
final class FakeChildren: ChildGroup, ChildTools {
  typealias Script = @Sendable (Inquiry) async -> [ChildResponse]?

  /// All that was asked, in its order.
  let inquiries = Watched<[Inquiry]>([])
  /// Every tool that was called, with its arguments.
  let toolCalls = Watched<[String]>([])
  /// Where tools wait until it is true.
  let toolGate = Mutex<Watched<Bool>?>(nil)
  private let script: Mutex<Script>
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

  func tools() async -> [Tool] { [] }

  func call(_ name: String, of child: ChildID, arguments: JSON) async -> ToolOutcome {
    toolCalls.update { $0.append("\(child) \(name) \(arguments.text)") }
    if let gate = toolGate.withLock({ $0 }) { await gate.wait { $0 } }
    guard known.contains(child) else { return ToolOutcome(.refused, "there is no \(child)") }
    return ToolOutcome(.done, nil, ["ok"]).taking(.milliseconds(2))
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
