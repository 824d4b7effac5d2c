import ChatCore
import TestSupport
import Testing

@testable import ChatClaude

@Suite struct ToolNameTests {
  private static func isName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.wholeMatch(of: /[a-zA-Z0-9_\-]+/) != nil
  }

  private func name(_ child: String, _ tool: String) -> String {
    ToolName.of(ChildID(child), tool)
  }

  @Test func `A name is the child's and the tool's`() {
    #expect(name("calculator", "calculate") == "calculator__calculate")
    #expect(name("a-b_c", "d__e-f") == "a-b_c__d__e-f")
  }

  @Test func `What is no name gets one of its own`() {
    let odd = name("files", "read.file")
    #expect(odd.hasPrefix("files__read_file_") && odd.utf8.count == 17 + 13)
    #expect(odd != name("files", "read/file") && odd != name("files", "read_file"))
    #expect(name("a_", "b") != name("a", "_b"))
    #expect(name("a__b", "c") != name("a", "b__c"))
    #expect(Self.isName(name("a", "ü")) && Self.isName(name("a", "")))
    let long = String(repeating: "x", count: 128)
    #expect(name("a", long).utf8.count == 62)
    #expect(name("a", long) != name("a", long + "x"))
  }

  @Test func `A tool can't take the name that another gets`() {
    let odd = name("a", "b.c")
    #expect(odd.hasPrefix("a__"))
    #expect(name("a", String(odd.dropFirst(3))) != odd)
  }

  @Test func `No two tools have the same name, whatever they are called`() {
    var generator = SeededGenerator(seed: 1)
    let children = Array("abc019_-")
    let tools = Array("abcXYZ019_-./")
    var pairs: Set<[String]> = []
    while pairs.count < 10_000 {
      // Short ones over few letters, so that many are nearly alike.
      let isLong = Int.random(in: 0...3, using: &generator) == 0
      let child = (0..<Int.random(in: 1...(isLong ? 64 : 4), using: &generator)).map { _ in
        children.randomElement(using: &generator) ?? "a"
      }
      let tool = (0..<Int.random(in: 1...(isLong ? 128 : 4), using: &generator)).map { _ in
        tools.randomElement(using: &generator) ?? "a"
      }
      pairs.insert([String(child), String(tool)])
    }
    let names = pairs.map { name($0[0], $0[1]) }
    #expect(names.allSatisfy { Self.isName($0) })
    #expect(Set(names).count == pairs.count)
  }

  @Test func `A name that a model made up is made one`() {
    #expect(ToolName.acceptable("functions.get weather") == "functions_get_weather")
    #expect(ToolName.acceptable("") == "unknown")
    #expect(Self.isName(ToolName.acceptable(String(repeating: "ü", count: 300))))
  }
}
