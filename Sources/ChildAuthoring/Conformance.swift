package import ChatChildren
import ChatCore
import ChildProtocol
package import Foundation

/// Holds one child to the contract: each rule is tried with processes of its own, some side by side.
package struct Conformance: Sendable {
  private let folder: URL
  private let wardenPath: String
  private let chatdFolder: String
  private let environment: [String: String]
  /// The rules to try; empty: all.
  package var only: Set<String> = []

  /// The child in `folder`.
  /// - Parameters:
  ///   - wardenPath: the warden's program.
  ///   - chatdFolder: where chatd's own programs are, for the child's PATH.
  ///   - environment: chatd's own.
  package init(
    folder: URL, wardenPath: String, chatdFolder: String, environment: [String: String]
  ) {
    self.folder = folder
    self.wardenPath = wardenPath
    self.chatdFolder = chatdFolder
    self.environment = environment
  }

  /// Every rule there is: its name, what it says, and where children/README.md explains it.
  package static var rules: [(id: String, title: String, section: String)] {
    ConformanceRule.all.map { ($0.id, $0.title, $0.section) }
  }

  /// The finding for a manifest that is wrong, for which there is no run.
  package static func finding(_ complaints: Complaints) -> Finding {
    let reason = complaints.all.map(\.description).joined(separator: "; ")
    return ConformanceRule.manifest.finding(
      .failed(expected: "a manifest without mistakes", got: reason))
  }

  /// Tries the rules; `report` gets each finding as soon as it and all before it are known.
  /// - Throws: `Complaints` where the manifest is wrong; `AuthoringError` where the child can't be
  ///   tried for reasons of the system's.
  package func run(_ report: @Sendable (Finding) -> Void) async throws -> [Finding] {
    let manifest = try Manifest(readingFolder: folder)
    var run = ConformanceRun(
      ConformancePlan(
        setup: Rig.Setup(
          manifest: manifest, wardenPath: wardenPath, chatdFolder: chatdFolder,
          environment: environment)))
    let rules = ConformanceRule.all.filter { only.isEmpty || only.contains($0.id) }
    try await run.look()
    try await run.tryAll(rules) { report($0) }
    return rules.compactMap { run.findings[$0.id] }
  }
}
