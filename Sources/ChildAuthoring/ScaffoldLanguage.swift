package import Foundation

extension Scaffold {
  /// A language that there is a template for.
  package enum Language: String, CaseIterable, Sendable {
    case python, node, perl, c, swift, shell

    /// - Throws: `AuthoringError` that lists them all, for a name that is none.
    package init(named name: String) throws(AuthoringError) {
      guard let language = Self(rawValue: name) else {
        let all = Self.allCases.map(\.rawValue).joined(separator: ", ")
        throw AuthoringError(
          .usage, "there is no template for \"\(name)\"; expected one of \(all)")
      }
      self = language
    }

    /// Its name to people.
    package var title: String {
      switch self {
      case .python: "Python"
      case .node: "JavaScript"
      case .perl: "Perl"
      case .c: "C"
      case .swift: "Swift"
      case .shell: "shell"
      }
    }

    /// The file in which an author's own code goes.
    package var mainFile: String {
      switch self {
      case .python: "main.py"
      case .node: "main.mjs"
      case .perl: "main.pl"
      case .c: "main.c"
      case .swift: "Sources/child/main.swift"
      case .shell: "main.sh"
      }
    }

    /// The programs that `make` needs to build it; nil: there is nothing to be built.
    package var builders: [String]? {
      switch self {
      case .c: ["make", "cc"]
      case .swift: ["make", "swift"]
      case .python, .node, .perl, .shell: nil
      }
    }

    /// Whether building takes but a moment.
    package var isBuiltAtOnce: Bool { self == .c }
  }

  /// The templates that belong to a program in `folder`: `share/chatd/children/templates` beside
  /// it, as it is installed, else those of the checkout that it was built in.
  /// - Throws: `AuthoringError` with both places, where neither has them.
  package static func templates(forProgramIn folder: URL) throws(AuthoringError) -> URL {
    let installed = folder.deletingLastPathComponent()
      .appendingPathComponent("share/chatd/children/templates")
    if isFolder(installed) { return installed }
    var above = folder.standardizedFileURL
    while above.path != "/" {
      above.deleteLastPathComponent()
      let checkout = above.appendingPathComponent("children/templates")
      if isFolder(checkout) { return checkout }
    }
    throw AuthoringError(
      .system,
      "there are no templates: expected \(installed.path), or children/templates in a folder above "
        + folder.path)
  }

  static func isFolder(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}
