import ChatChildren
import ChatCore
import ChildProtocol
import Foundation

/// What is known of the child that is tried.
struct ConformancePlan: Sendable {
  /// What each rig is started with.
  var setup: Rig.Setup
  /// It answers even a plain message with an error; so that is no news elsewhere.
  var answersWithErrors = false
  /// What it declared in answer to `initialize`.
  var tools: JSON?
  /// What was said when it was first started.
  var beginning = RigTranscript()

  var manifest: Manifest { setup.manifest }

  /// How long an answer that has no deadline may take.
  static let patience = Duration.seconds(5)

  /// How long the answer to a message is waited for: longer than its deadline, so that late is told
  /// from never.
  var messagePatience: Duration {
    let timeout = manifest.messages.timeout
    return max(timeout + .seconds(2), min(timeout * 2, .seconds(60)))
  }

  /// How long it may take to exit. A second is little for a machine that is busy.
  var exitLimit: Duration { max(manifest.drain, .seconds(1)) }
}

/// One try of a rule: starts as many rigs as it takes, and ends them all.
///
/// Confined to the thread that tries.
final class ConformanceTrial {
  let plan: ConformancePlan
  private(set) var rigs: [Rig] = []

  init(_ plan: ConformancePlan) { self.plan = plan }

  /// Ends what was started. The transcripts are whole then.
  func end() { for rig in rigs { rig.end() } }

  /// Starts the child and waits for its connection.
  func connected(_ change: (inout Rig.Setup) -> Void = { _ in }) throws -> Rig {
    var setup = plan.setup
    change(&setup)
    let rig: Rig
    do throws(AuthoringError) { rig = try Rig(setup) } catch {
      guard error.kind == .child else { throw error }
      throw ConformanceRule.Failed(expected: "a command that can be started", got: "\(error)")
    }
    rigs.append(rig)
    let limit = plan.manifest.readyTimeout
    guard rig.connect() else {
      throw ConformanceRule.Failed(
        expected: "a connection to CHATD_SOCKET within \(limit.words)",
        got: rig.absence(within: limit))
    }
    return rig
  }

  /// Starts the child and has it answer `initialize`.
  func ready(
    why: String = "initialize", _ change: (inout Rig.Setup) -> Void = { _ in }
  ) throws -> Rig {
    let rig = try connected(change)
    try expectReady(rig.initialize(), rig, why)
    return rig
  }

  /// The child has to be ready with this answer to `initialize`.
  func expectReady(_ answer: Rig.Answer?, _ rig: Rig, _ why: String = "initialize") throws {
    let expected = "an object, or error -32601, in answer to \(why)"
    guard let answer else {
      throw ConformanceRule.Failed(
        expected: expected, got: rig.absence(within: plan.manifest.readyTimeout))
    }
    switch answer.outcome {
    case .success(let result):
      try expect(result.members != nil, expected, got: result.text)
      for name in ["name", "version"] {
        guard let value = result[name], !value.isNull else { continue }
        try expect(value.string != nil, "a string as \"\(name)\"", got: value.text)
      }
    case .failure(let failure):
      try expect(
        failure.code == RPCFailure.methodNotFound, expected, got: "error \(failure)")
    }
  }

  func expect(_ holds: Bool, _ expected: String, got: @autoclosure () -> String) throws {
    if !holds { throw ConformanceRule.Failed(expected: expected, got: got()) }
  }

  /// Has a ping answered: the child lives and is through with what came before.
  func ping(_ rig: Rig, after what: String) throws {
    let limit = ConformancePlan.patience + plan.messagePatience
    let answer = rig.ask("ping", [:], within: limit)
    try expect(
      answer?.result != nil, "an answer to a ping after \(what)",
      got: answer?.failure.map { "error \($0)" } ?? rig.absence(within: limit))
  }

  /// Says `text` and has it answered, in whatever way a message may be.
  @discardableResult
  func say(
    _ text: String, to rig: Rig, as role: Message.Role? = nil, _ what: String = "a message"
  ) throws -> Rig.Answer? {
    let (id, frame) = rig.request("message", rig.message(text, role: role ?? plan.role))
    rig.send([frame])
    return try answered(id, rig, what)
  }

  /// Waits for the answer to a message. One that was too long to be kept is one, too: that is for
  /// another rule.
  @discardableResult
  func answered(
    _ id: Int64, _ rig: Rig, _ what: String, within limit: Duration? = nil
  ) throws -> Rig.Answer? {
    let limit = limit ?? plan.messagePatience
    guard let answer = rig.answer(to: id, within: limit) else {
      if rig.board.look({ $0.asked[id]?.isTooLong }) == true { return nil }
      throw ConformanceRule.Failed(
        expected: "an answer to \(what)",
        got: rig.absence(within: max(limit, plan.messagePatience)))
    }
    if let failure = answer.failure, !plan.answersWithErrors {
      try expect(
        failure.code == RPCFailure.methodNotFound,
        "an object, null or error -32601 in answer to \(what)", got: "error \(failure)")
    }
    return answer
  }

  /// Stops the child as chatd does, so that all it has to say is heard. How it takes that is for
  /// other rules.
  func shutDown(_ rig: Rig) {
    _ = rig.ask("shutdown", plan.shutdownParams, within: plan.exitLimit)
    rig.disconnect()
    _ = rig.exit(within: plan.exitLimit)
  }

  /// The first thing of these kinds that it did.
  func breach(of kinds: Set<RigBreach.Kind>) -> (RigBreach, RigTranscript)? {
    for rig in rigs {
      let breaches = rig.board.look(\.breaches)
      if let breach = breaches.first(where: { kinds.contains($0.kind) }) {
        return (breach, rig.transcript)
      }
    }
    return nil
  }
}

extension ConformancePlan {
  /// A role that it hears.
  var role: Message.Role { manifest.messages.roles.contains(.user) ? .user : .assistant }

  var shutdownParams: JSON {
    let deadline = JSON.number(String(manifest.drain.wholeMilliseconds))
    return ["deadline_ms": deadline, "reason": "stop"]
  }
}
