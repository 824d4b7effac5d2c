import ArgumentParser
import ChatChildren
import ChatWeb
import Foundation

/// `chatd start`: runs in the foreground until it is told to stop.
struct Start: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run chatd in the foreground, with its children and its web page.")

  @OptionGroup var options: Options

  func run() async throws {
    let config = try options.read()
    let environment = ProcessInfo.processInfo.environment
    Self.closeToOthers(environment)
    if let failure = Descriptors.raiseLimit() { Exit.say("\(failure)") }
    umask(0o077)
    // A file at its limit of size fails to be written, as on a full disk; it ends nothing.
    signal(SIGXFSZ, SIG_IGN)
    StandardErrorLog.bootstrap(config)
    do {
      try await Daemon(config, environment: environment).run()
    } catch let refused as DataFolder.Refused {
      Exit.say(refused.description)
      throw Exit.failure
    } catch WebError.cannotListen(let address, _, let code) {
      let reason = String(cString: strerror(code))
      Exit.say("can't listen on \(address): \(reason) (--host, --port and --ws-port say where)")
      throw Exit.failure
    } catch {
      Exit.say("\(error)")
      throw Exit.failure
    }
  }

  /// Children run as the same user: none of them shall find the key in chatd's environment or
  /// memory.
  private static func closeToOthers(_ environment: [String: String]) {
    for name in environment.keys where name.hasPrefix("ANTHROPIC_") && name != "ANTHROPIC_BASE_URL"
    {
      Secrets.forget(name)
    }
    if let failure = Secrets.harden() { Exit.say("chatd is open to debuggers: \(failure)") }
  }
}
