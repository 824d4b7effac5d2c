package import Foundation

/// Writes new children that run: a language's template, with the child's names put in.
package struct Scaffold: Sendable {
  /// A folder for each language, named after it.
  package let templates: URL

  package init(templates: URL) { self.templates = templates }

  /// Writes the child `name` into `home`, a folder of children, whole or not at all.
  /// - Returns: its folder.
  /// - Throws: `AuthoringError`: `usage` for a bad name and for one that is taken.
  package func write(
    _ name: String, in language: Language, into home: URL
  ) throws(AuthoringError) -> URL {
    try StagedChild.checkFree(name, in: home)
    let staged = try StagedChild(name, in: home)
    let template = templates.appendingPathComponent(language.rawValue)
    try copy(template, to: staged.folder) { Self.named(name, $0) }
    if language == .swift {
      let target = staged.folder.appendingPathComponent("Sources/ChildProtocol")
      if !Self.isFolder(target) { try copy(protocolSources(), to: target) { $0 } }
    }
    return try staged.settle()
  }

  /// The page with the protocol, where it is to be found.
  package var page: URL? {
    let page = templates.deletingLastPathComponent().appendingPathComponent("README.md")
    return FileManager.default.fileExists(atPath: page.path) ? page : nil
  }

  /// A template's text for the child `name`: `my-child` is `My child` to people.
  private static func named(_ name: String, _ text: String) -> String {
    let words = name.replacing("-", with: " ").replacing("_", with: " ")
    let title = words.prefix(1).uppercased() + words.dropFirst()
    return text.replacing("{{name}}", with: name).replacing("{{title}}", with: title)
  }

  /// The checkout's `Sources/ChildProtocol`. What is installed has no sources: there they are part
  /// of the template, and are copied with it.
  private func protocolSources() throws(AuthoringError) -> URL {
    let sources = templates.deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources/ChildProtocol")
    guard Self.isFolder(sources) else {
      throw AuthoringError(
        .system,
        "there is no ChildProtocol to copy: expected \(sources.path), or Sources/ChildProtocol in "
          + templates.appendingPathComponent(Language.swift.rawValue).path)
    }
    return sources
  }

  /// Copies a folder of text files; those that can be run stay so.
  private func copy(
    _ source: URL, to target: URL, _ change: (String) -> String
  ) throws(AuthoringError) {
    let files = FileManager.default
    do {
      try files.createDirectory(at: target, withIntermediateDirectories: true)
      for path in try files.subpathsOfDirectory(atPath: source.path).sorted() {
        let (from, to) = (source.appendingPathComponent(path), target.appendingPathComponent(path))
        if Self.isFolder(from) {
          try files.createDirectory(at: to, withIntermediateDirectories: true)
        } else {
          try Data(change(String(contentsOf: from, encoding: .utf8)).utf8).write(to: to)
          let mode = files.isExecutableFile(atPath: from.path) ? 0o755 : 0o644
          try files.setAttributes([.posixPermissions: mode], ofItemAtPath: to.path)
        }
      }
    } catch {
      throw AuthoringError(.system, "\(source.path) can't be copied: \(error.words)")
    }
  }
}
