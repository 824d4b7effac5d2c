import ChatCore
import ChildProtocol
import Synchronization

/// An assistant that answers as a test says.
final class FakeModel: LanguageModel {
  typealias Hear = @Sendable (ModelEvent) async -> Void
  /// Given the request, the number of requests before it, and whom to tell.
  typealias Script = @Sendable (ModelRequest, Int, Hear) async throws -> ModelAnswer

  let assistant: Assistant
  /// All that was asked, in its order.
  let requests = Watched<[ModelRequest]>([])
  private let script: Mutex<Script>

  /// Without a script it says `answer 1`, `answer 2`, …
  init(
    _ assistant: Assistant = Assistant(kind: .claude, model: "model-1"),
    _ script: @escaping Script = { _, count, hear in
      await hear(.text("answer "))
      await hear(.text("\(count + 1)"))
      return .ended
    }
  ) {
    self.assistant = assistant
    self.script = Mutex(script)
  }

  /// One that is not there.
  static var off: FakeModel { FakeModel(Assistant(kind: .off, reason: "no key")) }

  /// From now on it answers like this.
  func follow(_ script: @escaping Script) { self.script.withLock { $0 = script } }

  /// From now on it says `answer 1`, `answer 2`, …; the one with so many before it goes on to `gate`
  /// and is broken off behind it.
  func breakOff(answerAfter number: Int, at gate: Gate) {
    follow { _, count, hear in
      await hear(.text("answer \(count + 1)"))
      guard count == number else { return .ended }
      await gate.pass()
      throw CancellationError()
    }
  }

  func answer(
    _ request: ModelRequest, hear: @escaping @Sendable (ModelEvent) async -> Void
  ) async throws -> ModelAnswer {
    let script = script.withLock { $0 }
    let count = requests.update {
      $0.append(request)
      return $0.count - 1
    }
    return try await script(request, count, hear)
  }
}

extension ModelCall {
  /// A call of a tool of a child.
  init(_ child: String, _ tool: String, _ arguments: JSON = [:], problem: String? = nil) {
    self.init(child: ChildID(child), tool: tool, arguments: arguments, problem: problem)
  }
}

extension ModelAnswer {
  /// One that ends with calls, and says what it wants back of it.
  static func calling(_ calls: ModelCall...) -> ModelAnswer { calling(calls) }

  static func calling(_ calls: [ModelCall]) -> ModelAnswer {
    ModelAnswer(
      model: "model-1-20261122", stopReason: "tool_use",
      usage: Message.Usage(inputTokens: 5, outputTokens: 1),
      kept: ["content": .array(calls.map { .string($0.tool) })], calls: calls)
  }

  static let ended = ModelAnswer(
    model: "model-1-20261122", stopReason: "end_turn",
    usage: Message.Usage(inputTokens: 7, outputTokens: 2))
}
