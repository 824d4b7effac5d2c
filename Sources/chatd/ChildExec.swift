import ArgumentParser
import ChildAuthoring
import Foundation

/// `chatd child exec`: makes a child of a program that reads standard input and writes standard
/// output (contract §6). It runs by itself, with nothing of a daemon's: its one thread is all there
/// is.
struct ChildExec: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Be the child of a program that reads standard input and writes standard output.",
    usage: "chatd child exec [--json | --partial | --lines] -- PROGRAM [ARGUMENT ...]",
    discussion: """
      For a manifest's command: chatd starts it. The program is run once for each message, with the \
      message on its standard input; what it writes to standard output is the answer.
      """)

  @Flag(help: "Its output is the result object, in JSON.")
  var json = false

  @Flag(help: "Each line of its output is shown as it comes.")
  var partial = false

  @Flag(help: "Keep one process: each message is a line of JSON in, its result a line out.")
  var lines = false

  @Argument(parsing: .postTerminator, help: "The program and its arguments.")
  var program: [String] = []

  func run() throws {
    let code: Int32
    do throws(AuthoringError) {
      let options = try FilterOptions(program, json: json, partial: partial, lines: lines)
      code = try FilterAdapter.run(options, environment: ProcessInfo.processInfo.environment)
    } catch {
      Exit.say(error.description)
      throw error.kind == .usage ? ExitCode.validationFailure : Exit.failure
    }
    if code != 0 { throw ExitCode(code) }
  }
}
