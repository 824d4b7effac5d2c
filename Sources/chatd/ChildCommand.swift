import ArgumentParser

/// `chatd child …`: what has to do with one child.
struct ChildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "child",
    abstract: "Write, check, install and run children.",
    subcommands: [
      ChildCheck.self,
      ChildExec.self,
      ChildInstall.self,
      ChildNew.self,
      ChildRun.self,
      ChildState.self,
    ])
}
