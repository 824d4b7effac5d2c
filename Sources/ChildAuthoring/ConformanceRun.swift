import ChatChildren
import ChatCore
import ChildProtocol
import Foundation

/// One run over the rules: what is known of the child so far, and the findings.
struct ConformanceRun {
  /// What came of the tries of one rule.
  private struct Tried: Sendable {
    let rule: ConformanceRule
    let finding: Finding
    let breaches: [(RigBreach, RigTranscript)]
    let printed: Printed?
  }

  /// A line on standard output that has to do with frames.
  private struct Printed: Sendable {
    let line: String
    let transcript: RigTranscript
  }

  /// So many rules are tried at a time.
  private static let width = 4

  private var plan: ConformancePlan
  private(set) var findings: [String: Finding] = [:]
  /// What the child does not even do, with the finding of the rule that says so.
  private var lacks: [ConformanceRule.Need: String] = [:]
  private var isDead = false
  private var breaches: [(RigBreach, RigTranscript)] = []
  private var printed: Printed?

  init(_ plan: ConformancePlan) { self.plan = plan }

  // MARK: What it can do at all

  /// Starts the child once and finds out what it can be asked at all.
  mutating func look() async throws {
    let (plan, first) = try await Rig.onThread { [plan] in try Self.look(plan) }
    self.plan = plan
    self.plan.beginning = first.transcript
    lacks = first.lacks
    printed = first.printed
    breaches = first.breaches
    for (id, failed) in first.failures {
      guard let rule = ConformanceRule.all.first(where: { $0.id == id }) else { continue }
      findings[id] = rule.finding(
        .failed(expected: failed.expected, got: failed.got), first.transcript)
    }
    isDead = first.failures["start"] != nil
    // Whoever writes to standard output what belongs on the socket has that one fault.
    if isDead, printed != nil {
      let rule = ConformanceRule.all.first { $0.id == "start" }
      findings["start"] = rule?.finding(
        .skipped(reason: "it writes its frames to standard output; see the rule stdout"))
    }
  }

  private struct Look: Sendable {
    var failures: [String: ConformanceRule.Failed] = [:]
    var lacks: [ConformanceRule.Need: String] = [:]
    var breaches: [(RigBreach, RigTranscript)] = []
    var printed: Printed?
    var transcript = RigTranscript()
  }

  private static func look(
    _ given: ConformancePlan
  ) throws -> (ConformancePlan, Look) {
    var (plan, look) = (given, Look())
    let trial = ConformanceTrial(plan)
    defer { trial.end() }
    do {
      let rig = try trial.connected()
      let answer = rig.initialize()
      try trial.expectReady(answer, rig)
      plan.tools = answer?.result?["tools"].flatMap { $0.isNull ? nil : $0 }
      if plan.tools == nil { look.lacks[.tools] = "it declares no tools" }
      try Self.ask(trial, rig, &plan, &look)
    } catch let failed as ConformanceRule.Failed {
      look.failures["start"] = failed
    }
    if let rig = trial.rigs.first, look.failures.isEmpty { trial.shutDown(rig) }
    trial.end()
    look.transcript = trial.rigs.first?.transcript ?? RigTranscript()
    look.breaches = look.failures.isEmpty ? trial.allBreaches : []
    look.printed = Self.printed(trial)
    return (plan, look)
  }

  /// Asks what nearly all rules need: a ping and a message.
  private static func ask(
    _ trial: ConformanceTrial, _ rig: Rig, _ plan: inout ConformancePlan, _ look: inout Look
  ) throws {
    let limit = ConformancePlan.patience
    if rig.ask("ping", [:], within: limit)?.result == nil {
      look.lacks[.pings] = "it answers no ping"
      look.failures["ping"] = .init(
        expected: "an answer to a ping", got: rig.absence(within: limit))
    }
    let answer = rig.ask(
      "message", rig.message("hello", role: plan.role), within: plan.messagePatience)
    if let answer {
      plan.answersWithErrors = answer.failure.map { $0.code != RPCFailure.methodNotFound } ?? false
    } else if rig.board.look({ $0.asked.values.contains(where: \.isTooLong) }) == false {
      look.lacks[.messages] = "it answers no message"
      look.failures["deadline"] = .init(
        expected: "an answer to a message within \(plan.manifest.messages.timeout.words)",
        got: rig.absence(within: plan.messagePatience))
    }
  }

  // MARK: The rules

  /// Tries `rules`, which are in the order of all.
  mutating func tryAll(_ rules: [ConformanceRule], _ report: (Finding) -> Void) async throws {
    let last = Set(
      ConformanceRule.all.filter { !$0.breaches.isEmpty || $0.id == "stdout" }.map(\.id))
    var told = 0
    /// Tells what is known, as far as that goes.
    func tell(_ findings: [String: Finding], all: Bool) {
      while told < rules.count, let finding = findings[rules[told].id] {
        if !all, last.contains(finding.rule), !finding.isFailure { return }
        report(finding)
        told += 1
      }
    }
    for rule in rules where findings[rule.id] == nil {
      if let reason = reasonToSkip(rule) {
        findings[rule.id] = rule.finding(.skipped(reason: reason))
      }
    }
    // What has a deadline is tried first and alone.
    let waiting = rules.filter { findings[$0.id] == nil }
    for rule in waiting where rule.id == "deadline" { try await take(Self.attempt(rule, plan)) }
    try await withThrowingTaskGroup(of: Tried.self) { group in
      var rest = waiting.filter { $0.id != "deadline" }.makeIterator()
      for _ in 0..<Self.width {
        if let rule = rest.next() { group.addTask { [plan] in try await Self.attempt(rule, plan) } }
      }
      while let tried = try await group.next() {
        take(tried)
        tell(findings, all: false)
        if let rule = rest.next() { group.addTask { [plan] in try await Self.attempt(rule, plan) } }
      }
    }
    judge(rules)
    tell(findings, all: true)
  }

  private func reasonToSkip(_ rule: ConformanceRule) -> String? {
    if isDead { return rule.id == "manifest" ? nil : "it does not start" }
    return rule.needs.compactMap { lacks[$0] }.sorted().first
  }

  private mutating func take(_ tried: Tried) {
    findings[tried.rule.id] = tried.finding
    // What comes with a rule that is broken anyway is no news.
    if !tried.finding.isFailure { breaches += tried.breaches }
    if printed == nil { printed = tried.printed }
  }

  private static func attempt(
    _ rule: ConformanceRule, _ plan: ConformancePlan
  ) async throws -> Tried {
    try await Rig.onThread {
      let trial = ConformanceTrial(plan)
      defer { trial.end() }
      var outcome = Finding.Outcome.passed
      do { try rule.attempt(trial) } catch let failed as ConformanceRule.Failed {
        outcome = .failed(expected: failed.expected, got: failed.got)
      } catch let skipped as ConformanceRule.Skipped {
        outcome = .skipped(reason: skipped.reason)
      }
      trial.end()
      // A rule that starts nothing judges what was said first of all.
      let said = trial.rigs.last?.transcript ?? plan.beginning
      return Tried(
        rule: rule, finding: rule.finding(outcome, outcome == .passed ? nil : said),
        breaches: trial.allBreaches, printed: printed(trial))
    }
  }

  /// Settles the rules that every try says something about.
  private mutating func judge(_ rules: [ConformanceRule]) {
    for rule in rules where findings[rule.id]?.isFailure == false {
      if let (breach, transcript) = breaches.first(where: { rule.breaches.contains($0.0.kind) }) {
        findings[rule.id] = rule.finding(
          .failed(expected: "that \(rule.title)", got: breach.text), transcript)
      }
    }
    if let printed, let rule = rules.first(where: { $0.id == "stdout" }) {
      findings["stdout"] = rule.finding(
        .failed(
          expected: "frames on the socket alone, and words for the log on standard output",
          got: printed.line), printed.transcript)
    }
  }

  /// What it printed on standard output that is a frame, or a part of one.
  private static func printed(_ trial: ConformanceTrial) -> Printed? {
    for rig in trial.rigs {
      let transcript = rig.transcript
      let line = transcript.entries.first {
        $0.kind == .log(.stdout) && $0.text.contains("\"jsonrpc\"")
      }
      if let line {
        return Printed(
          line: String(line.line().drop { $0 != "o" }.prefix(120)), transcript: transcript)
      }
    }
    return nil
  }
}

extension ConformanceTrial {
  /// All that it did against the contract, each with the transcript that shows it.
  fileprivate var allBreaches: [(RigBreach, RigTranscript)] {
    rigs.flatMap { rig in
      let (breaches, transcript) = rig.board.look { ($0.breaches, $0.transcript) }
      return breaches.prefix(20).map { ($0, transcript) }
    }
  }
}
