import ArgumentParser
import ChatChildren
import ChildAuthoring
import Foundation
import Synchronization
import UnixSignals

/// `chatd child install PATH|ARCHIVE`: puts a child into the user's folder of children.
struct ChildInstall: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract: "Check a child and put it into your folder of children.",
    discussion: """
      Only files and folders are installed: an archive or a folder with links, devices, paths that \
      lead out of it, or far too much in it is refused. So is a child that breaks the protocol; to \
      see that, it is started. Where anything is wrong nothing is changed.
      """)

  @Argument(
    help: "A child's folder, or a .tar, .tar.gz, .tar.xz, .tar.zst, .tar.bz2 or .zip of it.")
  var source: String

  @Option(help: "The folder to put it into (default: $XDG_CONFIG_HOME/chatd/children).")
  var into: String?

  @Flag(help: "Put it in the place of the child that has its name.")
  var replace = false

  @Flag(help: "Do not start it to see whether it keeps to the protocol.")
  var noCheck = false

  func run() async throws {
    let home = into.map { URL(fileURLWithPath: $0).standardizedFileURL } ?? Config.userChildren
    let check: Installation.Check = { try await Self.broken(in: $0) }
    let installation = Installation(
      home: home, isReplacing: replace, check: noCheck ? nil : check)
    do {
      report(try await Self.install(URL(fileURLWithPath: source), by: installation))
    } catch let complaints as Complaints {
      Exit.say(complaints.description)
      throw Exit.configuration
    } catch let error as AuthoringError {
      throw Exit.code(for: error)
    }
  }

  /// Installs, unless a signal comes: then what was written so far goes, and the program with it.
  private static func install(
    _ source: URL, by installation: Installation
  ) async throws -> Installation.Installed {
    let staging = Staging()
    var installation = installation
    installation.onStaging = { folder in staging.folder.withLock { $0 = folder } }
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    return try await withThrowingTaskGroup(of: Installation.Installed?.self) { tasks in
      tasks.addTask { [installation] in try await installation.install(source) }
      tasks.addTask {
        for await signal in signals { staging.giveUp(signal) }
        return nil
      }
      defer { tasks.cancelAll() }
      while let installed = try await tasks.next() {
        if let installed { return installed }
      }
      throw CancellationError()
    }
  }

  /// What the check says about the rules that the child in `folder` breaks, a line each.
  private static func broken(in folder: URL) async throws -> [String] {
    let programs = Config.programFolder
    let conformance = Conformance(
      folder: folder, wardenPath: programs.appendingPathComponent("chatd-warden").path,
      chatdFolder: programs.path, environment: ProcessInfo.processInfo.environment)
    return try await conformance.run { _ in }.filter(\.isFailure).map(\.line)
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

/// The folder that goes when an installation is broken off.
private final class Staging: Sendable {
  let folder = Mutex<URL?>(nil)

  /// Removes it and ends the program as the signal would have, and the child that is being checked
  /// with it: the check itself can't be hurried.
  func giveUp(_ signal: UnixSignal) -> Never {
    // What is being written just then may be in the way of the first attempt.
    for _ in 0..<10 {
      guard let folder = folder.withLock({ $0 }) else { break }
      do { try FileManager.default.removeItem(at: folder) } catch { continue }
      break
    }
    _exit(128 + signal.number)
  }
}
