import Foundation

/// Starts programs as a user's shell would: default signals, none of them blocked, whatever the
/// test's thread has, and an environment that says nothing about chatd.
enum Spawn {
  /// Names with these beginnings are not handed on: a developer's own settings change no test.
  private static let withheld = ["CHATD_", "ANTHROPIC_", "XDG_"]

  /// Starts a program; a descriptor that is nil is /dev/null.
  static func start(
    _ path: String, _ arguments: [String], environment: [String: String], folder: URL?,
    output: Int32?, errors: Int32?
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for (target, source) in [(Int32(1), output), (2, errors)] {
      if let source {
        posix_spawn_file_actions_adddup2(&actions, source, target)
      } else {
        posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_WRONLY, 0)
      }
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var variables = ProcessInfo.processInfo.environment.filter { name, _ in
      !withheld.contains { name.hasPrefix($0) }
    }
    variables.merge(environment) { $1 }
    // `posix_spawn` can't change the folder by itself.
    let move = folder.map { ["env", "-C", $0.path] } ?? []
    let words: [String] = move + [path] + arguments
    let argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    let envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var pid: pid_t = 0
    let result = posix_spawnp(&pid, words[0], &actions, &attributes, argv, envp)
    guard result == 0 else { throw POSIXError(POSIXErrorCode(rawValue: result) ?? .EINVAL) }
    return pid
  }

  /// The exit code in what `waitpid` tells, or 128 and the signal, as shells have it.
  static func exitCode(_ status: Int32) -> Int32 {
    status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
  }
}
