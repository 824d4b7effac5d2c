import ArgumentParser
import ChatChildren
import Foundation

/// The program's exit codes (contract §2).
enum Exit {
  static let configuration = ExitCode(78)
  static let failure = ExitCode(1)

  /// Says what was wrong on standard error, a line each.
  static func say(_ text: String) {
    for line in text.split(separator: "\n") {
      FileHandle.standardError.write(Data("chatd: \(line)\n".utf8))
    }
  }
}

extension Options {
  /// Reads the configuration, or ends the command with exit code 78 and every complaint on standard
  /// error.
  func read() throws -> Config {
    do throws(Complaints) {
      return try Config(self, environment: ProcessInfo.processInfo.environment)
    } catch {
      Exit.say(error.description)
      throw Exit.configuration
    }
  }
}
