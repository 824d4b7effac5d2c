package import Foundation

/// Builds a child that was written, with the Makefile in its folder.
package enum ScaffoldBuild {
  /// What became of it.
  package enum Outcome: Hashable, Sendable {
    case built
    /// These programs are not on `PATH`.
    case missing([String])
    /// `make` ended with this exit code, or was ended by a signal: 128 and its number.
    case failed(code: Int32)
  }

  /// Runs `make` in `folder`, on whose standard error everything is said that it prints. Blocks
  /// until it has ended.
  /// - Parameter builders: the programs that it takes.
  /// - Throws: `AuthoringError` where it can't be started.
  package static func run(
    in folder: URL, with builders: [String], path: String
  ) throws(AuthoringError) -> Outcome {
    let missing = builders.filter { find($0, path) == nil }
    guard missing.isEmpty, let make = find("make", path) else { return .missing(missing) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    let words: [String] = ["make", "--silent", "-C", folder.path]
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    let variables: [UnsafeMutablePointer<CChar>?] =
      ProcessInfo.processInfo.environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for pointer in arguments + variables { free(pointer) } }
    var pid: pid_t = 0
    let result = posix_spawn(&pid, make, &actions, nil, arguments, variables)
    guard result == 0 else {
      throw AuthoringError(.system, "\(make): \(String(cString: strerror(result)))")
    }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 {
      guard errno == EINTR else {
        throw AuthoringError(.system, "\(make): \(String(cString: strerror(errno)))")
      }
    }
    let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    return code == 0 ? .built : .failed(code: code)
  }

  /// The file that a bare name stands for, as a shell would have it.
  private static func find(_ program: String, _ path: String) -> String? {
    path.split(separator: ":").map { "\($0)/\(program)" }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }
}
