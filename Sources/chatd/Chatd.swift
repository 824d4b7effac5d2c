import ArgumentParser

/// A chat in which programs take part.
@main
struct Chatd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chatd",
    abstract: "A chat in which programs take part.",
    version: "0.1.0",
    subcommands: [Start.self, Check.self, BackupCommand.self, PS.self, ChildCommand.self])
}
