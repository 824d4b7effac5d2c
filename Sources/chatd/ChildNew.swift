import ArgumentParser
import ChildAuthoring
import Foundation

/// `chatd child new NAME --lang L`: writes a child that runs.
struct ChildNew: ParsableCommand {
  private static let languages = Scaffold.Language.allCases.map(\.rawValue).joined(separator: ", ")

  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Write a child that runs, in a language of your choice.",
    discussion: """
      It is written into the first of chatd's folders of children that can be written to; --config \
      and --children name them as they do for chatd start. One in C is built at once.
      """)

  @Argument(help: "The child's name: a-z, 0-9, _ and -, 64 at most.")
  var name: String

  @Option(help: "One of \(languages).")
  var lang: String

  @Option(help: "The folder to write it into.")
  var into: String?

  @Flag(inversion: .prefixedNo, help: "Build it with make (default: C yes, Swift no).")
  var build: Bool?

  @OptionGroup(visibility: .hidden) var options: Options

  func run() throws {
    try Exit.authoring {
      let language = try Scaffold.Language(named: lang)
      let config = try options.read()
      let home = into.map { URL(fileURLWithPath: $0).standardizedFileURL } ?? config.authorsFolder
      let scaffold = Scaffold(templates: try Scaffold.templates(forProgramIn: Config.programFolder))
      let folder = try scaffold.write(name, in: language, into: home)
      print("\(folder.path): a child in \(language.title)")
      print("  your own code goes into \(language.mainFile)")
      if let page = scaffold.page { print("  the protocol is on one page, \(page.path)") }
      let isReady = try make(language, in: folder)
      print("next:")
      if !isReady { print("  make -C \(folder.path)") }
      print("  chatd child check \(folder.path)")
      print("  chatd child run \(folder.path)")
      let isKnown = config.children.contains { $0.standardizedFileURL.path == home.path }
      print("  chatd start\(isKnown ? "" : " --children \(home.path)")")
      if isReady { print("a chatd that runs on this folder starts it by itself within 2 s") }
    }
  }

  /// Builds what has to be built, and says what became of that.
  /// - Returns: whether it can run now.
  private func make(_ language: Scaffold.Language, in folder: URL) throws -> Bool {
    guard let builders = language.builders else { return true }
    guard build ?? language.isBuiltAtOnce else {
      print("  it has to be built first; --build would have done it")
      return false
    }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    switch try ScaffoldBuild.run(in: folder, with: builders, path: path) {
    case .built:
      print("  built it with make; do so after each change")
      return true
    case .missing(let programs):
      print("  it has to be built, but there is no \(programs.joined(separator: ", ")) on PATH")
      return false
    case .failed(let code):
      throw AuthoringError(.child, "\(folder.path) is written, but make ended with code \(code)")
    }
  }
}

extension Config {
  /// Where an author's children go: the first folder of children that is there and can be written
  /// to, else the last one, which is the user's own.
  var authorsFolder: URL {
    let writable = children.first { FileManager.default.isWritableFile(atPath: $0.path) }
    return writable ?? children.last ?? Self.userChildren
  }
}

extension Exit {
  /// Does what an author asked for, or ends the command: 64 where the command line is wrong, 1 else,
  /// with the reason on standard error.
  static func authoring(_ body: () throws -> Void) throws {
    do { try body() } catch let error as AuthoringError { throw code(for: error) }
  }

  /// Says what an author can do about an error.
  static func code(for error: AuthoringError) -> ExitCode {
    say(error.description)
    return switch error.kind {
    case .usage: .validationFailure
    case .child, .system: failure
    }
  }
}
