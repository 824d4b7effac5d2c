package import ChildProtocol
package import Foundation
import Synchronization

/// A program that a test runs, ended with the test. Its signals are default and none is blocked,
/// whatever the test's thread has.
package final class Program: Sendable {
  /// How long one may take to end that was told to; then it is killed.
  private static let endLimit = Duration.seconds(60)

  package let pid: Int32
  /// The first line it wrote to standard output, which all programs here write when they are ready.
  package let ready: JSON
  private let output: Int32
  private let code = Mutex<Int32?>(nil)

  /// Starts a program and waits for its first line.
  /// - Parameters:
  ///   - environment: comes on top of the test's own, of which nothing of chatd's is handed on.
  ///   - folder: where it runs; nil: where the test does.
  ///   - errors: a file for what it writes to standard error, appended to.
  package init(
    _ path: String, _ arguments: [String], environment: [String: String] = [:],
    folder: URL? = nil, errors: URL? = nil
  ) throws {
    var pipe: [Int32] = [0, 0]
    guard Foundation.pipe(&pipe) == 0 else { throw POSIXError(.EMFILE) }
    for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let log = errors.map { open($0.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600) }
    defer { if let log { close(log) } }
    do {
      pid = try Spawn.start(
        path, arguments, environment: environment, folder: folder, output: pipe[1], errors: log)
    } catch {
      for end in pipe { close(end) }
      throw error
    }
    close(pipe[1])
    output = pipe[0]
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
    ready = (try? JSON(parsing: line)) ?? .null
  }

  deinit {
    kill()
    close(output)
  }

  /// Sends a signal and waits for the end.
  /// - Returns: the exit code, or 128 and the signal.
  package func end(_ signal: Int32) -> Int32 {
    send(signal)
    return exitCode()
  }

  /// Sends a signal; one that has ended gets none.
  package func send(_ signal: Int32) {
    code.withLock { if $0 == nil { Foundation.kill(pid, signal) } }
  }

  /// Ends it as a crash would, and waits for that.
  package func kill() { _ = end(SIGKILL) }

  /// Waits for the end.
  /// - Returns: the exit code, or 128 and the signal.
  package func exitCode() -> Int32 {
    code.withLock { code in
      if let code { return code }
      if !ProcessWatch([pid]).sawAllEnd(within: Self.endLimit) { Foundation.kill(pid, SIGKILL) }
      var status: Int32 = 0
      waitpid(pid, &status, 0)
      let ended = Spawn.exitCode(status)
      code = ended
      return ended
    }
  }

  /// What it wrote to standard output after its first line. Waits for its end.
  package func restOfOutput() -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = read(output, &buffer, buffer.count), count > 0 {
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
