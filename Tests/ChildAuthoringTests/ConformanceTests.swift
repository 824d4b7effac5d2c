import ChatChildren
import ChatCore
import ChildProtocol
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ChildAuthoring

@Suite(.serialized, .timeLimit(.minutes(1))) struct ConformanceTests {
  private func conformance(_ folder: URL, only: Set<String> = []) -> Conformance {
    var conformance = Conformance(
      folder: folder, wardenPath: Places.programs.appendingPathComponent("chatd-warden").path,
      chatdFolder: Places.programs.path, environment: ProcessInfo.processInfo.environment)
    conformance.only = only
    return conformance
  }

  private func findings(of child: String, only: Set<String> = []) async throws -> [Finding] {
    let folder = Places.faultyChildren.appendingPathComponent(child)
    return try await conformance(folder, only: only).run { _ in }
  }

  @Test func `each rule is told once, in the order of all, and as it is returned`() async throws {
    let told = Mutex<[String]>([])
    let folder = Places.faultyChildren.appendingPathComponent("echo")
    let findings = try await conformance(folder).run { finding in
      told.withLock { $0.append(finding.rule) }
    }
    #expect(findings.map(\.rule) == Conformance.rules.map(\.id))
    #expect(told.withLock(\.self) == findings.map(\.rule))
    for finding in findings where finding.outcome != .passed {
      #expect(finding.outcome == .skipped(reason: "it declares no tools"), "\(finding.line)")
    }
  }

  @Test func `only the rules that were named are tried`() async throws {
    let findings = try await findings(of: "echo", only: ["half-close", "start"])
    #expect(findings.map(\.rule) == ["start", "half-close"])
    #expect(findings.map(\.outcome) == [.passed, .passed])
  }

  @Test(arguments: [
    ("init-error", "start"), ("exit-at-once", "start"), ("never-connects", "start"),
    ("crash-always", "deadline"), ("hang", "deadline"),
  ])
  func `what depends on what it does not do is skipped`(
    child: String, rule: String
  ) async throws {
    let findings = try await findings(
      of: child, only: ["manifest", "start", "deadline", "unicode"])
    #expect(findings.filter(\.isFailure).map(\.rule) == [rule])
    #expect(findings.first?.outcome == .passed)
    let unicode = findings.first { $0.rule == "unicode" }
    guard case .skipped? = unicode?.outcome else {
      Issue.record("\(unicode?.line ?? "no finding")")
      return
    }
    #expect(findings.first { $0.isFailure }?.transcript.isEmpty == false)
  }

  @Test func `a wrong manifest is told with all that is wrong`() async throws {
    let folder = try TemporaryFolder()
    try folder.file("child/manifest.toml", "name = 7\n")
    let complaints = await #expect(throws: Complaints.self) {
      try await conformance(folder.url.appendingPathComponent("child")).run { _ in }
    }
    #expect(complaints?.all.contains { $0.key == "name" } == true)
  }

  @Test func `a finding is one line, and JSON that has it all`() throws {
    let found = ConformanceRule.all.first { $0.id == "shutdown" }
    let rule = try #require(found)
    var transcript = RigTranscript()
    transcript.add(.received, Array("{}".utf8), at: .milliseconds(5))
    let failed = rule.finding(.failed(expected: "this", got: "that"), transcript)
    let place = "(children/README.md#starting-ending-restarting)"
    #expect(failed.line == "FAILED   shutdown  \(rule.title) \(place): expected this; got that")
    #expect(failed.json["transcript"]?.array?.first?["kind"] == "received")
    #expect(rule.finding(.passed).line == "ok       shutdown  \(rule.title)")
    #expect(rule.finding(.skipped(reason: "why")).line == "skipped  shutdown  \(rule.title): why")
    #expect(rule.finding(.skipped(reason: "why")).json["reason"] == "why")
  }

  @Test func `a line of a transcript is short and can be printed`() {
    var transcript = RigTranscript()
    transcript.add(.sent, [UInt8](repeating: UInt8(ascii: "x"), count: 9000), at: .milliseconds(12))
    transcript.add(.log(.stdout), Array("a\u{1B}[31mb".utf8), at: .seconds(1))
    let lines = transcript.entries.map { $0.line(width: 10) }
    #expect(lines == ["    12 ms  → xxxxxxxxxx… (9000 bytes)", "  1000 ms  out a�[31mb"])
    #expect(transcript.entries[0].text.utf8.count == RigTranscript.keptByteCount)
  }

  @Test func `a transcript has an end`() {
    var transcript = RigTranscript()
    for _ in 0..<RigTranscript.entryLimit + 3 { transcript.add(.note, [], at: .zero) }
    #expect(transcript.entries.count == RigTranscript.entryLimit)
    #expect(transcript.droppedCount == 3)
  }
}
