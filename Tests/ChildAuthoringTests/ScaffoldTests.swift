import ChatChildren
import Foundation
import TestSupport
import Testing

@testable import ChildAuthoring

@Suite struct ScaffoldTests {
  private let folder: TemporaryFolder
  private let scaffold = Scaffold(
    templates: Places.exampleChildren.appendingPathComponent("templates"))

  init() throws { folder = try TemporaryFolder() }

  private var home: URL { folder.url.appendingPathComponent("children") }

  private func names(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test(arguments: Scaffold.Language.allCases)
  func `every language has a template with a manifest, a page and its main file`(
    _ language: Scaffold.Language
  ) throws {
    let child = try scaffold.write("my-child_2", in: language, into: home)
    #expect(child.path == home.path + "/my-child_2")
    #expect(try names(home) == ["my-child_2"])
    for file in ["manifest.toml", "README.md", language.mainFile] {
      let text = try String(contentsOf: child.appendingPathComponent(file), encoding: .utf8)
      #expect(!text.contains("{{"), "\(file)")
      #expect(text.contains("My child 2"), "\(file)")
    }
    let hasMakefile = FileManager.default.fileExists(
      atPath: child.appendingPathComponent("Makefile").path)
    #expect(hasMakefile == (language.builders != nil))
  }

  @Test func `a home that was missing is its user's alone`() throws {
    _ = try scaffold.write("one", in: .python, into: home)
    let mode = try FileManager.default.attributesOfItem(atPath: home.path)[.posixPermissions]
    #expect(mode as? Int == 0o700)
  }

  @Test func `what can be run stays so`() throws {
    let child = try scaffold.write("one", in: .shell, into: home)
    let manifest = try Manifest(readingFolder: child)
    #expect(manifest.autostart && manifest.name == "One")
    let script = child.appendingPathComponent("main.sh").path
    #expect(FileManager.default.isExecutableFile(atPath: script))
    let page = child.appendingPathComponent("README.md").path
    let mode = try FileManager.default.attributesOfItem(atPath: page)[.posixPermissions]
    #expect(mode as? Int == 0o644)
  }

  @Test func `a child in Swift has the protocol, byte for byte`() throws {
    let child = try scaffold.write("one", in: .swift, into: home)
    let copied = child.appendingPathComponent("Sources/ChildProtocol")
    let sources = Places.root.appendingPathComponent("Sources/ChildProtocol")
    #expect(try names(copied) == names(sources))
    for name in try names(sources) {
      let copy = try Data(contentsOf: copied.appendingPathComponent(name))
      #expect(try copy == Data(contentsOf: sources.appendingPathComponent(name)), "\(name)")
    }
  }

  @Test func `where the protocol is part of the template, that is what is copied`() throws {
    for language in Scaffold.Language.allCases {
      try folder.file("share/templates/\(language.rawValue)/manifest.toml", "name = \"x\"\n")
    }
    try folder.file("share/templates/swift/Sources/ChildProtocol/Frame.swift", "// installed\n")
    let installed = Scaffold(templates: folder.url.appendingPathComponent("share/templates"))
    let child = try installed.write("one", in: .swift, into: home)
    #expect(try names(child.appendingPathComponent("Sources/ChildProtocol")) == ["Frame.swift"])
  }

  @Test(arguments: ["", "Parrot", "a b", "../a", "a/b", "-a", "_a", ".a", "é", "a\n"])
  func `a name that no child can have is refused, and nothing is made`(_ name: String) throws {
    let error = #expect(throws: AuthoringError.self) {
      try scaffold.write(name, in: .python, into: home)
    }
    #expect(error?.kind == .usage)
    #expect(!FileManager.default.fileExists(atPath: home.path))
  }

  @Test func `what has the name already stays as it is`() throws {
    try folder.file("children/one/mine", "mine")
    try folder.file("children/two", "mine")
    try FileManager.default.createSymbolicLink(
      atPath: home.appendingPathComponent("three").path, withDestinationPath: "nowhere")
    for name in ["one", "two", "three"] {
      let error = #expect(throws: AuthoringError.self) {
        try scaffold.write(name, in: .python, into: home)
      }
      #expect(error?.kind == .usage && error?.description.contains("is there already") == true)
    }
    #expect(try names(home) == ["one", "three", "two"])
    #expect(try names(home.appendingPathComponent("one")) == ["mine"])
  }

  @Test func `a failure half-way leaves nothing behind`() throws {
    // The manifest is copied first; what follows it is not text.
    let template = try folder.folder("templates/python")
    try folder.file("templates/python/a/manifest.toml", "name = \"{{title}}\"\n")
    try Data([0xFF, 0xFE, 0xFF]).write(to: template.appendingPathComponent("b"))
    let broken = Scaffold(templates: folder.url.appendingPathComponent("templates"))
    let error = #expect(throws: AuthoringError.self) {
      try broken.write("one", in: .python, into: home)
    }
    #expect(error?.kind == .system)
    #expect(!FileManager.default.fileExists(atPath: home.path))
  }

  @Test func `a language without template is answered with those that have one`() {
    let error = #expect(throws: AuthoringError.self) { try Scaffold.Language(named: "cobol") }
    #expect(error?.kind == .usage)
    #expect(
      error?.description
        == "there is no template for \"cobol\"; "
        + "expected one of python, node, perl, c, swift, shell")
  }

  @Test func `templates are found beside what is installed, else in the checkout`() throws {
    let programs = try folder.folder("usr/bin")
    #expect(throws: AuthoringError.self) { try Scaffold.templates(forProgramIn: programs) }
    let checkout = try folder.folder("children/templates")
    #expect(try Scaffold.templates(forProgramIn: programs).path == checkout.path)
    let installed = try folder.folder("usr/share/chatd/children/templates")
    #expect(try Scaffold.templates(forProgramIn: programs).path == installed.path)
    #expect(
      try Scaffold.templates(forProgramIn: Places.programs).path == scaffold.templates.path)
  }
}
