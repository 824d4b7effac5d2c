import ArgumentParser
import ChatChildren
import ChildAuthoring
import Foundation

/// `chatd child run`: one child in the foreground, to be talked to.
struct ChildRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Start one child alone and talk to it: its frames, its log, its answers.",
    discussion: """
      Each line typed is a message; /help lists the other words. The end of input (Ctrl-D) waits for \
      what is not answered and shuts the child down. Ctrl-C shuts it down without waiting, a second \
      one ends it at once. When the child ends by itself, /restart starts it again; without a \
      terminal on standard input that is the end. Nothing is stored.

      It exits with 0 if the child was shut down, exited with 0 and answered every message that was \
      waited for; with 1 if it did not start, ended by itself, left a message unanswered or did not \
      end as it should; with 64 for a wrong path, 78 for a wrong manifest. After Ctrl-C it ends by \
      that signal: 130 to a shell.
      """)

  @Argument(help: "The child's folder, or its manifest.toml.")
  var path: String

  @Flag(help: "Show frames in one line each, as long as they are.")
  var raw = false

  @Flag(help: "Show frames indented.")
  var pretty = false

  func validate() throws {
    if raw && pretty { throw ValidationError("expected --raw or --pretty, not both") }
  }

  func run() async throws {
    let manifest = try self.manifest()
    let programs = Config.programFolder
    let environment = ProcessInfo.processInfo.environment
    var setup = Rig.Setup(
      manifest: manifest, wardenPath: programs.appendingPathComponent("chatd-warden").path,
      chatdFolder: programs.path, environment: environment)
    setup.isOpenEnded = true
    let style = ConsoleStyle(
      frames: raw ? .raw : pretty ? .pretty : .short,
      hasColours: ConsoleStyle.wantsColours(
        isTerminal: isatty(STDOUT_FILENO) == 1, environment: environment))
    do {
      try await Rig.onThread { [setup] in
        let isInteractive = isatty(STDIN_FILENO) == 1
        let console = try Console(setup, style: style, isInteractive: isInteractive)
        try console.run { readLine() }
      }
    } catch let error as AuthoringError {
      Exit.say(error.description)
      throw Exit.failure
    }
  }

  /// The manifest that `path` means.
  private func manifest() throws -> Manifest {
    let url = URL(fileURLWithPath: path).standardizedFileURL
    let folder = url.lastPathComponent == "manifest.toml" ? url.deletingLastPathComponent() : url
    guard FileManager.default.fileExists(atPath: folder.path + "/manifest.toml") else {
      throw ValidationError("\(path): expected a folder with a manifest.toml, or that file")
    }
    do throws(Complaints) {
      return try Manifest(readingFolder: folder)
    } catch {
      Exit.say(error.description)
      throw Exit.configuration
    }
  }
}
