import ChildProtocol

/// What `chatd child exec` was asked to run, and how its output is to be understood.
package struct FilterOptions: Hashable, Sendable {
  /// How messages reach the program and what it answers with.
  package enum Mode: Hashable, Sendable {
    /// A process for each message; its output is the text.
    case text
    /// The same, and each line is shown as it comes.
    case partial
    /// A process for each message; its output is the result, a JSON object or null.
    case json
    /// One process; each message's params are a line in, its result a line out.
    case lines
  }

  /// The program and its arguments; never empty.
  package let words: [String]
  package let mode: Mode

  /// The program as it was named: its first word.
  var name: String { words[0] }

  /// - Throws: `AuthoringError.Kind.usage` where there is no program or the flags exclude one
  ///   another.
  package init(
    _ words: [String], json: Bool = false, partial: Bool = false, lines: Bool = false
  ) throws(AuthoringError) {
    guard let name = words.first, !name.isEmpty else {
      throw AuthoringError(
        .usage, "child exec: expected a program after --, as in: chatd child exec -- wc -w")
    }
    let asked = [("--json", json), ("--partial", partial), ("--lines", lines)].filter(\.1)
    guard asked.count <= 1 else {
      throw AuthoringError(
        .usage, "child exec: expected one of \(asked.map(\.0).joined(separator: " and "))")
    }
    self.words = words
    mode = json ? .json : partial ? .partial : lines ? .lines : .text
  }

  /// The socket that chatd gave.
  /// - Throws: `AuthoringError.Kind.usage` where chatd did not start this, with the manifest's line
  ///   that makes it do so.
  package func socket(in environment: [String: String]) throws(AuthoringError) -> String {
    if let path = environment["CHATD_SOCKET"], !path.isEmpty { return path }
    throw AuthoringError(
      .usage,
      """
      child exec: chatd starts this: put it into a manifest's command (there is no CHATD_SOCKET \
      here)
      command = [\(command.map { JSON.string($0).text }.joined(separator: ", "))]
      """)
  }

  /// The whole command line as a manifest has it.
  private var command: [String] {
    let flag: [String] =
      switch mode {
      case .text: []
      case .partial: ["--partial"]
      case .json: ["--json"]
      case .lines: ["--lines"]
      }
    return ["chatd", "child", "exec"] + flag + ["--"] + words
  }
}
