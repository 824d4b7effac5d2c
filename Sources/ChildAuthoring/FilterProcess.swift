import ChildProtocol
import Glibc

/// A process of the program, with the adapter's ends of its pipes.
final class FilterProcess {
  let pid: pid_t
  /// The message it works on; nil: none, or no answer is wanted any more.
  var message: JSON?
  /// Whether it has answered anything (`--lines`).
  var hasAnswered = false
  /// Whether it has written lines that nobody asked for (`--lines`).
  var hasBabbled = false
  /// What the adapter has ended it for, though its message counts (`--lines`): "closed its input".
  private(set) var fault: String?
  /// Whether the adapter has killed it.
  private(set) var isKilled = false

  private(set) var input: FilterDescriptor?
  private(set) var output: FilterDescriptor?
  private(set) var errors: FilterDescriptor?
  var gathered = FilterOutput()
  var errorLines = FilterErrorLines()

  /// What is still to be written to its standard input.
  private var unwritten: ArraySlice<UInt8> = []
  /// Whether its standard input stays open for more (`--lines`).
  private let keepsInput: Bool

  /// Starts `program`.
  /// - Throws: `RPCFailure` that names the program.
  init(_ program: FilterProgram, variables: [String: String]) throws(RPCFailure) {
    do {
      let (theirInput, ourInput) = try FilterDescriptor.pipe()
      let (ourOutput, theirOutput) = try FilterDescriptor.pipe()
      let (ourErrors, theirErrors) = try FilterDescriptor.pipe()
      for end in [ourInput, ourOutput, ourErrors] { try end.unblock() }
      // Their ends are closed when these go, which must not be before the program has them.
      defer { withExtendedLifetime((theirInput, theirOutput, theirErrors)) {} }
      pid = try program.start(
        variables, input: theirInput.number, output: theirOutput.number,
        errors: theirErrors.number)
      (input, output, errors) = (ourInput, ourOutput, ourErrors)
    } catch let error as RPCFailure {
      throw error
    } catch {
      throw .program("the program \(program.options.name) could not be started: \(error)")
    }
    keepsInput = program.options.mode == .lines
  }

  /// Whether there is something to write, or the end of it to be told.
  var wantsToWrite: Bool { input != nil && (!unwritten.isEmpty || !keepsInput) }

  /// Begins to write `message`'s input; one before it has been answered.
  func give(_ message: FilterMessage) {
    self.message = message.id
    errorLines.forget()
    unwritten = message.input[...]
    write()
  }

  /// Writes what there is room for. A program that does not read, or not to the end, does no wrong.
  func write() {
    guard let end = input else { return }
    if !unwritten.isEmpty {
      guard let count = end.write(unwritten) else {
        unwritten = []
        input = nil
        return
      }
      unwritten = unwritten.dropFirst(count)
    }
    guard unwritten.isEmpty else { return }
    unwritten = []
    if !keepsInput { input = nil }
  }

  /// Closes the adapter's end of its standard output.
  func closeOutput() { output = nil }

  /// Closes the adapter's end of its standard error.
  func closeErrors() { errors = nil }

  /// Kills the process and all that is left in its group; what it writes no longer counts. It has
  /// not been reaped: nobody else can have its number.
  func kill() {
    isKilled = true
    message = nil
    unwritten = []
    input = nil
    output = nil
    endGroup()
    _ = Glibc.kill(pid, SIGKILL)
  }

  /// Kills the process and its group; what it has written counts. Of several faults the first one
  /// is kept: a killed process closes everything.
  func endAll(for fault: String) {
    self.fault = self.fault ?? fault
    endGroup()
    _ = Glibc.kill(pid, SIGKILL)
  }

  /// Kills what the process, which may have ended, has left in its group.
  func endGroup() { _ = Glibc.kill(-pid, SIGKILL) }

  /// A child of the adapter's that has ended and is not reaped: a process of the program, or what
  /// one that has ended left behind, where the adapter inherits it (chatd's warden makes it so).
  static func nextEnded() -> pid_t? {
    var info = siginfo_t()
    // The adapter's own process has no other children that anybody waits for.
    let result = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT)
    guard result == 0, info._sifields._sigchld.si_pid > 0 else { return nil }
    return info._sifields._sigchld.si_pid
  }

  /// Reaps a child that has ended.
  static func reap(_ pid: pid_t) -> FilterEnd {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return FilterEnd(status: status)
  }
}
