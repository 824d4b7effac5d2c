/// What a person who debugs a child types: a message, or a word of the console's.
enum ConsoleCommand: Hashable, Sendable {
  case say(String)
  case ping
  /// Takes back the message of that request; nil: the last one that is not answered.
  case cancel(Int64?)
  /// Shows what the child has saved.
  case state
  /// Ends the child and starts it again.
  case restart
  case help
  case quit
  /// An empty line.
  case nothing
  /// A word that is none, with what was expected.
  case unknown(String)

  /// Reads a line. A message that begins with a slash is typed with two.
  init(_ line: String) {
    guard line.hasPrefix("/") else {
      self = line.allSatisfy(\.isWhitespace) ? .nothing : .say(line)
      return
    }
    if line.hasPrefix("//") {
      self = .say(String(line.dropFirst()))
      return
    }
    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    switch (words[0], words.count) {
    case ("/ping", 1): self = .ping
    case ("/cancel", 1): self = .cancel(nil)
    case ("/cancel", 2):
      guard let id = Int64(words[1]) else {
        self = .unknown("/cancel \(words[1]): expected the id of a request")
        return
      }
      self = .cancel(id)
    case ("/state", 1): self = .state
    case ("/restart", 1): self = .restart
    case ("/help", 1): self = .help
    case ("/quit", 1): self = .quit
    default: self = .unknown("\(line): no such word; /help lists them")
    }
  }

  static let helpText = """
    TEXT          say it to the child (//TEXT for one that begins with a slash)
    /ping         ask whether it lives
    /cancel [ID]  take a message back: the last one, or that of request ID
    /state        show what it has saved
    /restart      shut it down, without waiting for answers, and start it again as its folder is now
    /quit         shut it down, without waiting for answers; the end of input (Ctrl-D) waits for them
    """
}
