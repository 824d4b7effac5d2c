import ArgumentParser
import ChatWeb
import Foundation

/// `chatd start`: runs in the foreground until it is told to stop.
struct Start: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run chatd in the foreground, with its children and its web page.")

  @OptionGroup var options: Options

  func run() async throws {
    let config = try options.read()
    umask(0o077)
    // A file at its limit of size fails to be written, as on a full disk; it ends nothing.
    signal(SIGXFSZ, SIG_IGN)
    StandardErrorLog.bootstrap(config)
    do {
      try await Daemon(config, environment: ProcessInfo.processInfo.environment).run()
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
}
