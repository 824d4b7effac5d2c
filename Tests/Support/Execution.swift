package import Foundation

/// A program that was run to its end, with what it wrote.
package struct Execution: Sendable {
  /// The exit code, or 128 and the signal.
  package let exitCode: Int32
  package let output: String
  package let errors: String

  /// Runs a program, as `Program` does; one that takes longer than `limit` is killed.
  package init(
    _ path: String, _ arguments: [String], environment: [String: String] = [:],
    folder: URL? = nil, within limit: Duration = .seconds(60)
  ) throws {
    let files = try TemporaryFolder()
    let output = try files.file("output", "")
    let errors = try files.file("errors", "")
    let descriptors = [output, errors].map { open($0.path, O_WRONLY | O_CLOEXEC) }
    defer { for descriptor in descriptors { close(descriptor) } }
    let pid = try Spawn.start(
      path, arguments, environment: environment, folder: folder, output: descriptors[0],
      errors: descriptors[1])
    if !ProcessWatch([pid]).sawAllEnd(within: limit) { kill(pid, SIGKILL) }
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    exitCode = Spawn.exitCode(status)
    self.output = try String(contentsOf: output, encoding: .utf8)
    self.errors = try String(contentsOf: errors, encoding: .utf8)
  }

  /// What it wrote to standard output, line by line.
  package var lines: [String] { output.split(separator: "\n").map(String.init) }
  /// What it wrote to standard error, line by line.
  package var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
}
