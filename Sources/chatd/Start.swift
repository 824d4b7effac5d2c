import ArgumentParser
import Foundation

/// `chatd start`: runs in the foreground until it is told to stop.
struct Start: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run chatd in the foreground, with its children and its web page.")

  @OptionGroup var options: Options

  func run() async throws {
    let config = try options.read()
    guard Self.isLoopback(config.host) else {
      Exit.say(
        "host: expected a loopback address, got \"\(config.host)\": without sign-in chatd serves this machine alone"
      )
      throw Exit.configuration
    }
    umask(0o077)
    StandardErrorLog.bootstrap(config)
    do {
      try await Daemon(config, environment: ProcessInfo.processInfo.environment).run()
    } catch let refused as DataFolder.Refused {
      Exit.say(refused.description)
      throw Exit.failure
    } catch {
      Exit.say("\(error)")
      throw Exit.failure
    }
  }

  /// Whether only this machine can reach an address.
  private static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "::1" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return parts.count == 4 && parts.allSatisfy { $0 != nil } && parts[0] == 127
  }
}
