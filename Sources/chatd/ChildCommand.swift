import ArgumentParser

/// `chatd child …`: what has to do with one child.
struct ChildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "child",
    abstract: "Write, check and run children.",
    subcommands: [
      ChildCheck.self,
      ChildExec.self,
      ChildNew.self,
      ChildRun.self,
      ChildState.self,
    ])
}
