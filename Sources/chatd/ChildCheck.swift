import ArgumentParser
import ChatChildren
import ChildAuthoring
import ChildProtocol
import Foundation

/// `chatd child check`: holds one child to the contract.
struct ChildCheck: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Start one child alone and see whether it keeps the rules of children/README.md.")

  @Argument(help: "The child's folder, or its manifest.toml.")
  var path: String?

  @Option(name: .customLong("rule"), help: "Try this rule only; may be repeated.")
  var only: [String] = []

  @Flag(help: "List the rules and start nothing.")
  var list = false

  @Flag(help: "Print one JSON object, with the transcript of every rule that is broken.")
  var json = false

  @Flag(help: "Print no transcripts.")
  var quiet = false

  func run() async throws {
    if list { return Self.printRules() }
    let known = Set(Conformance.rules.map(\.id))
    if let unknown = only.first(where: { !known.contains($0) }) {
      throw ValidationError(
        "there is no rule \"\(unknown)\"; chatd child check --list has them all")
    }
    let folder = try self.folder()
    let programs = Config.programFolder
    var conformance = Conformance(
      folder: folder, wardenPath: programs.appendingPathComponent("chatd-warden").path,
      chatdFolder: programs.path, environment: ProcessInfo.processInfo.environment)
    conformance.only = Set(only)
    let report = Report(json: json, quiet: quiet, child: folder.lastPathComponent)
    do {
      let findings = try await conformance.run { report.tell($0) }
      report.finish(findings, version: (try? Manifest(readingFolder: folder))?.version)
      if findings.contains(where: \.isFailure) { throw Exit.failure }
    } catch let complaints as Complaints {
      Exit.say(complaints.description)
      report.finish(complaints)
      throw Exit.configuration
    } catch let error as AuthoringError {
      Exit.say(error.description)
      throw Exit.failure
    }
  }

  /// The folder that `path` means.
  private func folder() throws -> URL {
    guard let path else { throw ValidationError("expected the path of a child's folder") }
    let url = URL(fileURLWithPath: path).standardizedFileURL
    let folder = url.lastPathComponent == "manifest.toml" ? url.deletingLastPathComponent() : url
    let manifest = folder.appendingPathComponent("manifest.toml")
    guard FileManager.default.fileExists(atPath: manifest.path) else {
      throw ValidationError("\(path): expected a folder with a manifest.toml, or that file")
    }
    return folder
  }

  private static func printRules() {
    let width = Conformance.rules.map(\.id.count).max() ?? 0
    for rule in Conformance.rules {
      let space = String(repeating: " ", count: width - rule.id.count)
      print("\(rule.id)\(space)  \(rule.title)  (children/README.md#\(rule.section))")
    }
  }
}

/// Says what came of a check, on standard output.
private struct Report: Sendable {
  let json: Bool
  let quiet: Bool
  let child: String

  /// Says what is known of one rule, at once.
  func tell(_ finding: Finding) {
    if json { return }
    say(finding.line)
    guard finding.isFailure, !quiet else { return }
    for entry in finding.transcript { say("         \(entry.line())") }
  }

  /// Says what there is to say at the end.
  func finish(_ findings: [Finding], version: String?) {
    if json {
      let members: JSON = [
        "child": .string(child), "version": version.map(JSON.string) ?? .null,
        "passed": .bool(!findings.contains(where: \.isFailure)),
        "findings": .array(findings.map(\.json)),
      ]
      return say(members.text)
    }
    let failed = findings.count(where: \.isFailure)
    let skipped = findings.count { if case .skipped = $0.outcome { true } else { false } }
    say(
      "\(child) \(version ?? ""): \(findings.count - failed - skipped) ok, \(failed) failed, "
        + "\(skipped) skipped")
  }

  /// Says that the manifest is wrong, which standard error explains.
  func finish(_ complaints: Complaints) {
    let finding = Conformance.finding(complaints)
    if json { finish([finding], version: nil) } else { tell(finding) }
  }

  private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
