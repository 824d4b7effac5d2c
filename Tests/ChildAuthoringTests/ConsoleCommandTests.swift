import Testing

@testable import ChildAuthoring

@Suite struct ConsoleCommandTests {
  @Test(
    arguments: [
      ("hello /ping", .say("hello /ping")), ("  two  blanks ", .say("  two  blanks ")),
      ("//ping", .say("/ping")), ("//", .say("/")), ("", .nothing), (" \t", .nothing),
      ("/ping", .ping), ("/ping ", .ping), ("/cancel", .cancel(nil)), ("/cancel 12", .cancel(12)),
      ("/state", .state), ("/help", .help), ("/restart", .restart), ("/quit", .quit),
    ] as [(String, ConsoleCommand)])
  func `a line is a message or a word`(line: String, command: ConsoleCommand) {
    #expect(ConsoleCommand(line) == command)
  }

  @Test(arguments: [
    "/", "/PING", "/ping now", "/cancel x", "/cancel 1 2", "/nonsense", "/quit 1", "/restart now",
  ])
  func `what is no word is shown`(line: String) {
    guard case .unknown(let complaint) = ConsoleCommand(line) else {
      Issue.record("taken for a word")
      return
    }
    #expect(complaint.hasPrefix(line))
  }

  @Test func `every word is in the help`() {
    for word in ["/ping", "/cancel", "/state", "/restart", "/quit", "//TEXT"] {
      #expect(ConsoleCommand.helpText.contains(word))
    }
  }
}
