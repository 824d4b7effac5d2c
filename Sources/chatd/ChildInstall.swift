import ArgumentParser
import ChatChildren
import ChildAuthoring
import Foundation

/// `chatd child install PATH|ARCHIVE`: puts a child into the user's folder of children.
struct ChildInstall: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract: "Check a child and put it into your folder of children.",
    discussion: """
      What is installed is looked at first: paths and links that lead out of its folder, devices \
      and what is far too large are refused, and a child that breaks the protocol is, too. To \
      check that, it is started. Where anything is wrong nothing is changed.
      """)

  @Argument(help: "A folder with a manifest.toml, or a .tar, .tar.gz, .tgz or .zip of one.")
  var source: String

  @Option(help: "The folder to put it into (default: $XDG_CONFIG_HOME/chatd/children).")
  var into: String?

  @Flag(help: "Put it in the place of the child that has its name.")
  var replace = false

  @Flag(help: "Do not start it to see whether it keeps to the protocol.")
  var noCheck = false

  func run() async throws {
    let home = into.map { URL(fileURLWithPath: $0).standardizedFileURL } ?? Config.userChildren
    let installation = Installation(home: home, isReplacing: replace) { _ in [] }
    do {
      let installed = try await installation.install(URL(fileURLWithPath: source))
      report(installed)
    } catch let error as AuthoringError {
      throw Exit.code(for: error)
    }
  }

  private func report(_ installed: Installation.Installed) {
    let manifest = installed.manifest
    print("\(manifest.id) is in \(installed.folder.path)")
    print(
      noCheck
        ? "it was not checked (--no-check): chatd child check \(installed.folder.path)"
        : "it keeps to the protocol")
    if let replaced = installed.replaced, replaced == manifest {
      print("a chatd that runs has to be told to restart it: its manifest is what it was")
    } else if manifest.autostart {
      print("a chatd that runs on this folder starts it by itself within 2 s")
    } else {
      print("a chatd that runs on this folder shows it within 2 s, and starts it when told to")
    }
  }
}
