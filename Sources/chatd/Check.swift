import ArgumentParser
import ChatChildren
import Foundation

/// `chatd check`: reads configuration and manifests and starts nothing.
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the configuration and every manifest; start nothing.")

  @OptionGroup var options: Options

  func run() async throws {
    let config = try options.read()
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
    if !isGood { throw Exit.configuration }
  }
}
