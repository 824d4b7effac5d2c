package import ChildProtocol
import Foundation

/// A program that a test runs, ended with the test. Its signals are default and none is blocked,
/// whatever the test's thread has.
package final class Program: Sendable {
  package let pid: Int32
  /// The first line it wrote to standard output, which all programs here write when they are ready.
  package let ready: JSON
  private let output: Int32

  /// Starts a program and waits for its first line.
  package init(
    _ path: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws {
    var pipe: [Int32] = [0, 0]
    guard Foundation.pipe(&pipe) == 0 else { throw POSIXError(.EMFILE) }
    for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var variables = ProcessInfo.processInfo.environment
    variables.merge(environment) { $1 }
    let words: [String] = [path] + arguments
    let argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    let envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var pid: pid_t = 0
    let result = posix_spawnp(&pid, path, &actions, &attributes, argv, envp)
    close(pipe[1])
    guard result == 0 else { throw POSIXError(POSIXErrorCode(rawValue: result) ?? .EINVAL) }
    self.pid = pid
    output = pipe[0]
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
    ready = (try? JSON(parsing: line)) ?? .null
  }

  deinit {
    kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
    close(output)
  }

  /// Sends a signal and waits for the end.
  /// - Returns: the exit code, or 128 and the signal.
  package func end(_ signal: Int32) -> Int32 {
    kill(pid, signal)
    return exitCode()
  }

  /// Waits for the end.
  package func exitCode() -> Int32 {
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
  }
}
