import ArgumentParser
import ChatChildren
import ChatCore
import ChatStore
import Foundation

/// `chatd check`: reads configuration, manifests and database and starts nothing.
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the configuration, every manifest and the database; start nothing.",
    discussion: """
      The database is only read, beside a chatd that runs or without one. A mistake in configuration \
      or manifests ends this with exit code 78, a damaged database with 1.
      """)

  @OptionGroup var options: Options

  @Flag(help: "Leave out the database, which takes a while where it is large.")
  var noDatabase = false

  func run() async throws {
    let config = try options.read()
    let areManifestsGood = await checkManifests(config)
    let isDatabaseGood =
      noDatabase ? true : try await checkDatabase(DataFolder.database(in: config.data).path)
    if !areManifestsGood { throw Exit.configuration }
    if !isDatabaseGood { throw Exit.failure }
  }

  private func checkManifests(_ config: Config) async -> Bool {
    var isGood = true
    for folder in config.children { print("# \(folder.path)") }
    for found in await ManifestLoader(folders: config.children).load() {
      switch found.manifest {
      case .success(let manifest):
        let start = manifest.autostart ? "autostart" : "by hand"
        print("ok       \(found.id)  \(manifest.command.joined(separator: " "))  (\(start))")
      case .failure(let complaints):
        isGood = false
        print("invalid  \(found.id)")
        Exit.say(complaints.description)
      }
    }
    return isGood
  }

  private func checkDatabase(_ path: String) async throws -> Bool {
    print("# \(path)")
    // What stands there now is of use while the rest takes long.
    fflush(nil)
    let verification: Verification?
    do {
      verification = try await Interruption.heeded {
        let line = ProgressLine()
        return try await line.beside { try await Verification.run(on: path, progress: line.show) }
      }
    } catch let error as ChatError {
      print("refused  database")
      Exit.say("\(error)")
      return false
    }
    guard let verification else {
      print("none     no database yet")
      return true
    }
    guard verification.findings.isEmpty else {
      print("damaged  database")
      for finding in verification.findings { Exit.say("\(path): \(finding)") }
      if verification.isCutShort { Exit.say("\(path): there is more, which is not told") }
      Exit.say("\(path) is left as it is: stop chatd and go back to a backup")
      return false
    }
    print("ok       database  \(verification.entryCount) entries, last seq \(verification.lastSeq)")
    return true
  }
}
