import TestSupport
import Testing

@testable import ChildProtocol

@Suite struct JSONPartsTests {
  /// Every part as it is parsed.
  private func parts(
    _ kind: JSONParts.Kind, _ text: String
  ) throws -> [(name: String?, value: JSON)] {
    // Not at the beginning of its array, as an inner part never is.
    let bytes = Array("12".utf8) + Array(text.utf8)
    var parts = try JSONParts(kind, of: bytes[2...])
    var found: [(String?, JSON)] = []
    while let part = try parts.next() { found.append((part.name, try JSON(parsing: part.value))) }
    return found
  }

  @Test(arguments: [
    "[]", " [ ] ", "[1]", #"[ 1 , "a,]\"}" ,true,null, -1.5e3 ]"#, #"[{"a":[1,{"b":"]"}]},[[]]]"#,
    #"["\\","\\\"",[" "]]"#, "[\n1\r,\t2\n]\n",
  ])
  func `The elements of an array are what the parser finds`(_ text: String) throws {
    let found = try parts(.array, text)
    #expect(try JSON(parsing: text.utf8) == .array(found.map(\.value)))
    #expect(found.allSatisfy { $0.name == nil })
  }

  @Test(arguments: [
    "{}", #"{"a":1}"#, #" { "a" : "x" , "\u0062\"" : {"c":[1,2]} } "#, #"{"a":1,"a":2}"#,
    #"{"a":"{","b":"}"}"#,
  ])
  func `The members of an object are what the parser finds`(_ text: String) throws {
    let found = try parts(.object, text)
    #expect(
      try JSON(parsing: text.utf8)
        == .object(found.map { JSON.Member($0.name ?? "none", $0.value) }))
  }

  @Test(arguments: [
    "", " ", "{}", "1", "[", "[1", "[1,", "[,", "[,1]", "[1,]", "[1 2]", "[1]]", "[1]x", "[1}",
    #"["a]"#, #"["\"]"#, "[[1]", "[{]}]", "[1:2]",
  ])
  func `What is no array is refused`(_ text: String) {
    #expect(throws: JSONError.self) { try parts(.array, text) }
  }

  @Test(arguments: [
    "[]", "{", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{a:1}"#, "{1:2}", #"{"a" 1}"#, #"{"a":1"#,
    #"{"a":1}}"#, #"{"\x":1}"#, #"{"a":1]"#,
  ])
  func `What is no object is refused`(_ text: String) {
    #expect(throws: JSONError.self) { try parts(.object, text) }
  }

  @Test(arguments: 1...200)
  func `Whatever bytes come, both refuse or both find the same`(seed: Int) {
    var numbers = SeededGenerator(seed: UInt64(seed))
    let pieces = ["[", "]", "{", "}", ",", ":", "\"", "\\", "1", "a", " ", "true", "\"a\"", "\n"]
    for _ in 0..<200 {
      let text = (0..<Int.random(in: 0...12, using: &numbers))
        .map { _ in pieces.randomElement(using: &numbers) ?? "" }.joined()
      for (kind, begin) in [(JSONParts.Kind.array, "["), (.object, "{")] {
        let parsed = try? JSON(parsing: text.utf8)
        let found = try? parts(kind, text)
        let isSuch = parsed.map { kind == .array ? $0.array != nil : $0.members != nil } ?? false
        #expect((found != nil) == isSuch, "\(begin) \(text)")
      }
    }
  }
}
